// Prints the parser's vectors, a JSON object a line, for http_vectors_test.py: the bytes and what
// is left of them in hexadecimal, and what a strict server must make of the first request.
#include <cstdio>
#include <string>

#include "core/base/json_writer.h"
#include "tests/support/http_vectors.h"

namespace {

std::string hex(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string to_line(const net::HttpVector& vector) {
  std::string line;
  core::JsonWriter json(line);
  json.begin_object();
  json.key("rule").string(net::rule_name(vector.rule));
  json.key("name").string(hex(vector.name));
  json.key("bytes").string(hex(vector.bytes));
  json.key("status").int64(vector.expected.status);
  json.key("incomplete").boolean(vector.expected.incomplete);
  json.key("method").string(vector.expected.method);
  json.key("rest").string(hex(vector.expected.rest));
  json.key("keep_alive").boolean(vector.expected.keep_alive);
  json.key("expect_continue").boolean(vector.expected.expect_continue);
  json.end_object();
  return line;
}

}  // namespace

int main() {
  for (const net::HttpVector& vector : net::http_vectors()) std::puts(to_line(vector).c_str());
}
