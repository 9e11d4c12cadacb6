// Feeds the HTTP parser and the body reader any bytes, and CHECKs what must hold whatever they are:
//   - no cut of the bytes into pieces changes the verdict;
//   - what was accepted, written out again in the plainest form, is accepted as the same request;
//   - nothing accepted holds a byte that could end a line.
//
// An input is 4 bytes of options (which bounds, where to cut), then the message.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "tests/support/http_reading.h"

namespace net {
namespace {

constexpr std::size_t kMessageBytesMax = 64 * 1024;
constexpr std::size_t kOptionBytes = 4;
constexpr std::size_t kByteByByteMax = 2048;  // Longer ones are quadratic.

// Bounds that a short input reaches.
constexpr ParserLimits kTightParser{
    .request_line_bytes = 64, .head_bytes = 256, .field_bytes = 48, .fields = 8};
constexpr BodyLimits kTightBody{.body_bytes = 64,
                                .extension_bytes = 16,
                                .framing_slack_bytes = 32,
                                .trailer_bytes = 48,
                                .trailer_fields = 3};

HttpReading& reading_with(bool tight) {
  static HttpReading kDefault(kMessageBytesMax);
  static HttpReading kTight(kMessageBytesMax, kTightParser, kTightBody);
  return tight ? kTight : kDefault;
}

// One to three cuts, where the options say.
std::vector<std::size_t> choose_cuts(std::uint32_t options, std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::uint32_t left = options >> 2; cuts.size() < 3; left /= 1021) {
    cuts.push_back(left % (size + 1));
    if (left == 0) break;
  }
  std::ranges::sort(cuts);
  return cuts;
}

std::vector<std::size_t> every_cut(std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = 0; at <= size; ++at) cuts.push_back(at);
  return cuts;
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

void check_head(const RequestHead& head, std::string_view message) {
  CHECK(head.head_bytes <= message.size());
  CHECK(message.substr(0, head.head_bytes).ends_with("\r\n\r\n"));
  CHECK(is_one_line(head.target) && head.target.find(' ') == head.target.npos);
  CHECK(head.path == "*" || head.path.starts_with('/'));
  CHECK(head.path.find('?') == head.path.npos);
  CHECK(head.http_1_0 || !head.authority.empty());
  CHECK(!(head.chunked && head.content_length != 0));
  CHECK(!(head.chunked && head.http_1_0));
  CHECK(head.has_body || !head.expect_continue);
  for (const Field& field : head.fields()) {
    CHECK(!field.name.empty() && is_one_line(field.name) && is_one_line(field.value));
    CHECK(field.name.find_first_of(" \t:") == field.name.npos);
  }
}

// The request again: one line each, one space each, the body in one chunk if it was in chunks.
std::string rewrite(const RequestHead& head, const HttpVerdict& verdict) {
  std::string text(method_name(head.method));
  text.append(" ").append(head.target).append(" HTTP/1.");
  text += static_cast<char>('0' + head.version_minor);
  text += "\r\n";
  for (const Field& field : head.fields()) {
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  text += "\r\n";
  if (!head.chunked) return text + verdict.body + verdict.rest;
  if (!verdict.body.empty()) {
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", verdict.body.size());
    text += size + verdict.body + "\r\n";
  }
  return text + "0\r\n\r\n" + verdict.rest;
}

void check_accepted(std::string_view message, const HttpVerdict& verdict) {
  const ParserLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  CHECK(parser.parse(message, head) == ParseOutcome::kComplete);
  check_head(head, message);
  // The plain form may be a little longer than what was sent: it gets the wide bounds, and is left
  // out where even those are near.
  const std::string again = rewrite(head, verdict);
  if (again.size() > kMessageBytesMax || head.head_bytes + 200 > limits.field_bytes) return;
  CHECK(reading_with(false).read(again, {}) == verdict);
}

void check_message(std::uint32_t options, std::string_view message) {
  HttpReading& reading = reading_with((options & 1) != 0);
  const HttpVerdict whole = reading.read(message, {});
  CHECK(reading.read(message, choose_cuts(options, message.size())) == whole);
  if (message.size() <= kByteByByteMax) {
    CHECK(reading.read(message, every_cut(message.size())) == whole);
  }
  if (whole.status == 0 && !whole.incomplete) check_accepted(message, whole);
}

}  // namespace
}  // namespace net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < net::kOptionBytes || size > net::kMessageBytesMax) return 0;
  const auto* text = reinterpret_cast<const char*>(data);
  net::check_message(core::load<std::uint32_t>(text),
                     {text + net::kOptionBytes, size - net::kOptionBytes});
  return 0;
}
