#include "tests/support/http_vectors.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

namespace net {

std::string_view rule_name(Rule rule) {
  static constexpr std::array<std::string_view, kRules> kNames{
      "line end",
      "bare CR",
      "leading empty line",
      "blank before first field",
      "request line",
      "method",
      "version",
      "line length",
      "Host",
      "absolute-form",
      "asterisk-form",
      "CONNECT",
      "target bytes",
      "field name",
      "obs-fold",
      "field value",
      "head limits",
      "Content-Length",
      "CL and TE",
      "Transfer-Encoding",
      "chunk size",
      "chunk extension",
      "chunk end",
      "chunk overhead",
      "trailers",
      "body limit",
      "Expect",
      "keep-alive",
      "pipelining",
      "credentials",
  };
  return kNames[static_cast<std::size_t>(rule)];
}

void PrintTo(const HttpVerdict& verdict, std::ostream* out) {
  if (verdict.status != 0) {
    *out << "refused with " << verdict.status;
    return;
  }
  if (verdict.incomplete) {
    *out << "incomplete";
    return;
  }
  static constexpr std::array<const char*, 3> kFramings{"no", "a sized", "a chunked"};
  *out << verdict.method << ' ' << verdict.path.substr(0, 80) << " with " << verdict.fields
       << " fields, " << kFramings[static_cast<std::size_t>(verdict.framing)] << " body of "
       << verdict.body.size() << " bytes, " << verdict.rest.size() << " bytes left"
       << (verdict.keep_alive ? ", kept" : ", closed")
       << (verdict.expect_continue ? ", expecting 100" : "");
}

void HttpVectorTable::accept(std::string name, std::string bytes, HttpVerdict expected) {
  vectors_.push_back({rule_, std::move(name), std::move(bytes), std::move(expected)});
}

void HttpVectorTable::refuse(std::string name, std::string bytes, int status) {
  accept(std::move(name), std::move(bytes), {.status = status});
}

void HttpVectorTable::wait(std::string name, std::string bytes) {
  accept(std::move(name), std::move(bytes), {.incomplete = true});
}

void HttpVectorTable::accept_lines(std::string name, std::string lines) {
  const auto count = static_cast<std::size_t>(std::ranges::count(lines, '\n'));
  accept(std::move(name), "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n",
         {.method = "GET", .path = "/", .fields = 1 + count});
}

void HttpVectorTable::refuse_lines(std::string name, std::string lines, int status) {
  refuse(std::move(name), "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n", status);
}

void HttpVectorTable::accept_target(std::string name, std::string request_line, std::string path) {
  std::string method = request_line.substr(0, request_line.find(' '));
  accept(std::move(name), request_line + "\r\nHost: a\r\n\r\n",
         {.method = std::move(method), .path = std::move(path), .fields = 1});
}

void HttpVectorTable::refuse_target(std::string name, std::string request_line, int status) {
  refuse(std::move(name), request_line + "\r\nHost: a\r\n\r\n", status);
}

void HttpVectorTable::accept_chunked(std::string name, std::string coded, std::string body) {
  accept(std::move(name),
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + coded,
         {.method = "POST",
          .path = "/",
          .fields = 2,
          .framing = BodyFraming::kChunked,
          .body = std::move(body)});
}

void HttpVectorTable::refuse_chunked(std::string name, std::string coded, int status) {
  refuse(std::move(name),
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + coded, status);
}

const std::vector<HttpVector>& http_vectors() {
  static const std::vector<HttpVector> kVectors = [] {
    HttpVectorTable table;
    add_request_line_vectors(table);
    add_field_vectors(table);
    add_framing_vectors(table);
    add_chunked_vectors(table);
    return table.take();
  }();
  return kVectors;
}

}  // namespace net
