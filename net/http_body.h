// Request bodies of HTTP/1.1, read to their exact end (RFC 9112 6 and 7).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http_head.h"
#include "net/http_refusal.h"

namespace net {

// Bounds of one body.
struct BodyLimits {
  // Payload; beyond it 413. A Content-Length beyond it is refused before any of the body is read.
  std::uint64_t body_bytes = 1024 * 1024;
  // Chunk extensions of the whole body; beyond it 400.
  std::uint32_t extension_bytes = 1024;
  // What chunking may cost: all bytes of the body before its trailers that are not payload may be
  // at most this many more than the payload; beyond it 400. A plain chunk costs 5 bytes up to
  // 15 B of payload, 7 up to 4 KiB: 100 000 chunks of 10 B (500 000 against 1 000 000) pass, of
  // chunks of 1 B only the first 4 096 do (4 bytes too many each).
  std::uint32_t framing_slack_bytes = 16 * 1024;
  // Trailer lines with their line ends; beyond it 431.
  std::uint32_t trailer_bytes = 8 * 1024;
  std::uint32_t trailer_fields = 100;
};

enum class BodyOutcome : std::uint8_t {
  kNeedMore,  // everything given was consumed, and the body goes on
  kComplete,  // the body is at its end; bytes from `consumed` on are the next request's
  kRefused,   // refusal() says why; the connection must close after the answer
};

struct BodyProgress {
  BodyOutcome outcome = BodyOutcome::kNeedMore;
  std::size_t consumed = 0;  // of the bytes given; all of them under kNeedMore
};

// Finds the end of one body and takes the payload out of its coding.
//
// Splits:    the verdict depends on the bytes alone, never on how they were cut.
// Chunked:   chunk-size of 1 to 16 hex digits, extensions checked and ignored, no whitespace
//            between the parts, exact CRLF everywhere; trailers are checked and dropped, and those
//            that would change framing, routing or credentials are refused.
// Size:      96 bytes at most; allocates nothing but what the payload string does.
// Threads:   one at a time.
// Proven by: tests/unit/net/http_body_test.cc at every split offset,
// tests/fuzz/http_parser_fuzz.cc.
class BodyReader {
 public:
  // Keeps a reference: `limits` outlives the reader.
  explicit BodyReader(const BodyLimits& limits) noexcept;

  // Begins the body of the request with that head (only its framing is read, nothing is kept).
  // kComplete: it has none. kRefused: its Content-Length is over the bound (413).
  //
  // A whole Content-Length body that is already in the buffer needs no reader: once start() has
  // not refused it, it is the content_length bytes behind the head.
  BodyOutcome start(const RequestHead& head) noexcept;

  // Consumes bytes that follow those consumed before and appends their payload to `payload`, which
  // gets at most limits.body_bytes in all. Not to be called again after kComplete or kRefused
  // until the next start().
  BodyProgress feed(std::string_view bytes, std::string& payload);

  // Why the last call answered kRefused. Status 400, 413 or 431.
  Refusal refusal() const noexcept { return refusal_; }

 private:
  enum class State : std::uint8_t;
  struct Grammar;

  std::size_t take_payload(std::string_view bytes, std::string& payload);
  void step(char byte) noexcept;
  void begin_chunk() noexcept;
  void step_trailer(State from, char byte) noexcept;
  void refuse(Refusal refusal) noexcept;

  const BodyLimits* limits_;
  std::uint64_t left_ = 0;           // payload bytes to come, of the sized body or of the chunk
  std::uint64_t payload_bytes_ = 0;  // of the chunks begun so far
  std::uint64_t framing_bytes_ = 0;  // of the lines around them so far
  Refusal refusal_;
  std::uint32_t extension_bytes_ = 0;
  std::uint32_t trailer_bytes_ = 0;
  std::uint16_t trailer_fields_ = 0;
  std::uint8_t size_digits_ = 0;
  std::uint8_t name_bytes_ = 0;
  State state_;
  // Begin of the trailer's name. One longer than the longest that is refused, so that a name of
  // which that is only the begin fills it up and is told apart.
  std::array<char, 18> name_{};
};

}  // namespace net
