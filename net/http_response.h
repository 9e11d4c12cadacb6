// Response heads (RFC 9112 4, RFC 9110), written straight into the bytes that are sent.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/base/time.h"
#include "net/out_buffer.h"

namespace net {

// The state of the caller's limit, shown on every answer to an identified key that has one.
struct RateHeaders {
  std::uint32_t limit = 0;
  std::uint32_t remaining = 0;
  std::int64_t reset_epoch_s = 0;  // X-RateLimit-Reset: when the bucket is full again.
  std::int64_t retry_after_s = 0;  // Retry-After, at least 1; 0: none.
};

struct ResponseHead {
  int status = 200;
  std::string_view content_type = "application/json";
  std::size_t content_length = 0;
  std::string_view request_id = {};
  const RateHeaders* rate = nullptr;
  std::uint64_t row_version = 0;  // ETag: "7"; 0: none.
  bool replayed = false;          // "Idempotency-Replayed: true".
  std::string_view more = {};     // Whole header lines, each with its CRLF.
  bool close = false;             // "Connection: close".
  bool keep_alive = false;        // "Connection: keep-alive", which HTTP/1.0 clients need to see.
};

// "OK", "Not Found"; "Unknown" for codes that this server never sends.
std::string_view status_text(int status) noexcept;

// The Date line of a shard (RFC 9110 6.6.1), made once a second.
class DateLine {
 public:
  // Called once a turn.
  void update(core::WallMicros now) noexcept;

  // "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n".
  std::string_view text() const noexcept { return {line_.data(), line_.size()}; }

 private:
  std::int64_t second_ = -1;
  std::array<char, 6 + core::kHttpDateBytes + 2> line_{};
};

// Appends the head with its blank line.
void write_head(OutBuffer& out, const ResponseHead& head, const DateLine& date);

// "HTTP/1.1 100 Continue\r\n\r\n" (RFC 9110 15.2.1).
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace net
