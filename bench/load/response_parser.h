// Finds the ends of HTTP/1.1 responses in a stream of bytes, and their statuses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

// What next() met. Everything after kResponse is final: the connection is to be closed.
enum class ParseOutcome {
  kNeedMore,       // All of the input was consumed, no response ended in it.
  kResponse,       // One response ended; what follows it is still in the input.
  kMalformed,      // Not an HTTP/1.x status line, or a field line that doesn't end in CR LF.
  kHeadTooLong,    // No end of the head within kHeadMax bytes.
  kBadLength,      // A Content-Length that is no number, or two that differ.
  kChunked,        // A Transfer-Encoding: refused, servers under test send a length.
  kLengthMissing,  // Neither length nor Transfer-Encoding: the body would end with the connection.
};

enum class Bodies {
  kByLength,  // As Content-Length says.
  kNever,     // A response ends at its head: the answers to HEAD.
};

struct Response {
  int status = 0;
  bool close = false;  // The server said Connection: close: no answer will follow this one.
};

// Parses the answers of one connection (RFC 9112 section 6.3). Interim answers (1xx) are skipped.
// One thread. Bound: a head that arrives in parts is held, at most kHeadMax bytes of it.
class ResponseParser {
 public:
  static constexpr std::size_t kHeadMax = 16 * 1024;

  explicit ResponseParser(Bodies bodies = Bodies::kByLength) noexcept : bodies_(bodies) {}

  // Takes bytes off the front of `input`, up to the end of one response. Call it again with what
  // is left while it returns kResponse. `response` is written at kResponse only.
  ParseOutcome next(std::string_view& input, Response& response);

  // Forgets the connection; the next byte begins a response.
  void reset() noexcept;

 private:
  struct Head {
    Response response;
    std::uint64_t body_bytes = 0;
    bool has_length = false;
  };

  static ParseOutcome scan_head(std::string_view text, Head& head, std::size_t& head_bytes);
  static ParseOutcome scan_field(std::string_view line, Head& head);
  ParseOutcome read_head(std::string_view& input);
  ParseOutcome begin_body(const Head& head);

  const Bodies bodies_;
  bool in_body_ = false;
  std::uint64_t body_left_ = 0;
  Response response_;  // Of the response whose body is being skipped.
  std::string partial_head_;
};

}  // namespace bench
