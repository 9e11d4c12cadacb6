#include "net/http_response.h"

#include <cstring>

#include "core/base/decimal.h"

namespace net {
namespace {

struct StatusLine {
  int status;
  std::string_view line;  // With the CRLF; the reason phrase begins at kReasonAt.
};

constexpr std::size_t kReasonAt = 13;  // Behind "HTTP/1.1 200 ".

constexpr StatusLine kStatusLines[] = {
    {200, "HTTP/1.1 200 OK\r\n"},
    {201, "HTTP/1.1 201 Created\r\n"},
    {204, "HTTP/1.1 204 No Content\r\n"},
    {304, "HTTP/1.1 304 Not Modified\r\n"},
    {400, "HTTP/1.1 400 Bad Request\r\n"},
    {401, "HTTP/1.1 401 Unauthorized\r\n"},
    {403, "HTTP/1.1 403 Forbidden\r\n"},
    {404, "HTTP/1.1 404 Not Found\r\n"},
    {405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    {408, "HTTP/1.1 408 Request Timeout\r\n"},
    {409, "HTTP/1.1 409 Conflict\r\n"},
    {412, "HTTP/1.1 412 Precondition Failed\r\n"},
    {413, "HTTP/1.1 413 Content Too Large\r\n"},
    {414, "HTTP/1.1 414 URI Too Long\r\n"},
    {417, "HTTP/1.1 417 Expectation Failed\r\n"},
    {422, "HTTP/1.1 422 Unprocessable Content\r\n"},
    {429, "HTTP/1.1 429 Too Many Requests\r\n"},
    {431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    {500, "HTTP/1.1 500 Internal Server Error\r\n"},
    {501, "HTTP/1.1 501 Not Implemented\r\n"},
    {503, "HTTP/1.1 503 Service Unavailable\r\n"},
    {505, "HTTP/1.1 505 HTTP Version Not Supported\r\n"},
};

const StatusLine& status_line(int status) noexcept {
  for (const StatusLine& entry : kStatusLines) {
    if (entry.status == status) return entry;
  }
  static constexpr StatusLine kOther{0, "HTTP/1.1 500 Unknown\r\n"};
  return kOther;
}

char* put(char* at, std::string_view text) noexcept {
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

char* put_line(char* at, std::string_view name, std::int64_t value) noexcept {
  at = put(at, name);
  at = core::write_decimal(at, value);
  return put(at, "\r\n");
}

char* put_etag(char* at, std::uint64_t version) noexcept {
  at = put(at, "ETag: \"");
  at = core::write_decimal(at, version);
  return put(at, "\"\r\n");
}

char* put_rate(char* at, const RateHeaders& rate) noexcept {
  at = put_line(at, "X-RateLimit-Limit: ", rate.limit);
  at = put_line(at, "X-RateLimit-Remaining: ", rate.remaining);
  at = put_line(at, "X-RateLimit-Reset: ", rate.reset_epoch_s);
  if (rate.retry_after_s > 0) at = put_line(at, "Retry-After: ", rate.retry_after_s);
  return at;
}

// Everything in a head but the texts of variable length: the longest status line is 47 bytes, each
// of the 12 lines below that at most 30 of name and 20 of number.
constexpr std::size_t kFixedBytesMax = 47 + 12 * 50;

}  // namespace

std::string_view status_text(int status) noexcept {
  const std::string_view line = status_line(status).line;
  return line.substr(kReasonAt, line.size() - kReasonAt - 2);
}

void DateLine::update(core::WallMicros now) noexcept {
  const std::int64_t second = now / core::kMicrosPerSecond;
  if (second == second_) return;
  second_ = second;
  char* at = put(line_.data(), "Date: ");
  at = core::write_http_date(at, now);
  put(at, "\r\n");
}

void write_head(OutBuffer& out, const ResponseHead& head, const DateLine& date) {
  char* at = out.reserve(kFixedBytesMax + head.content_type.size() + head.request_id.size() +
                         head.more.size() + date.text().size());
  at = put(at, status_line(head.status).line);
  at = put(at, date.text());
  if (!head.content_type.empty()) {
    at = put(at, "Content-Type: ");
    at = put(at, head.content_type);
    at = put(at, "\r\n");
  }
  // RFC 9110 8.6: no Content-Length in a 204, and in a 304 none but the 200's.
  if (head.status != 204 && head.status != 304) {
    at = put_line(at, "Content-Length: ", static_cast<std::int64_t>(head.content_length));
  }
  at = put(at, "X-Request-ID: ");
  at = put(at, head.request_id);
  at = put(at, "\r\n");
  if (head.rate != nullptr) at = put_rate(at, *head.rate);
  if (head.row_version != 0) at = put_etag(at, head.row_version);
  if (head.replayed) at = put(at, "Idempotency-Replayed: true\r\n");
  if (!head.more.empty()) at = put(at, head.more);
  if (head.close) {
    at = put(at, "Connection: close\r\n");
  } else if (head.keep_alive) {
    at = put(at, "Connection: keep-alive\r\n");
  }
  at = put(at, "\r\n");
  out.advance_to(at);
}

}  // namespace net
