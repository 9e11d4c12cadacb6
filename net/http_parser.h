// Request heads of HTTP/1.1 (RFC 9112), read strictly: a request that two servers could read in
// two ways is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "net/http_head.h"
#include "net/http_refusal.h"

namespace net {

// Bounds of one head. A connection that offers head_bytes of room never meets a full buffer while
// the parser still asks for more: kNeedMore implies that fewer bytes than head_bytes were given.
struct ParserLimits {
  // Without CRLF; beyond it 414. RFC 9112 3 asks for at least 8000.
  std::uint32_t request_line_bytes = 8 * 1024;
  // From the first byte to the end of the blank line; beyond it 431 (in the request line 414).
  std::uint32_t head_bytes = 16 * 1024;
  // One header line without CRLF; beyond it 431.
  std::uint32_t field_bytes = 8 * 1024;
  // Header lines; beyond it 431. At most kFieldsMax.
  std::uint32_t fields = kFieldsMax;
};

enum class ParseOutcome : std::uint8_t {
  kNeedMore,  // all that was given is right so far, and not yet a head
  kComplete,  // the head is filled; the parser is ready for the next request
  kRefused,   // refusal() says why; stays so until reset()
};

// Reads request heads, one after another, from bytes that come in pieces.
//
// Splits:    the verdict depends on the bytes alone, never on how they were cut. A line is judged
//            when it is complete; a forbidden control character or a bound, when it is reached.
// Resuming:  each call gets everything received of this request so far and goes on where the last
//            one stopped. The bytes may have moved; earlier ones must be unchanged.
// Cost:      no allocation, no copy. A head that comes in one piece is read once. One that comes in
//            pieces is checked as it comes and read once more when complete; so what has to be kept
//            for a waiting connection is this object (64 bytes), not a RequestHead.
// Threads:   one at a time.
// Proven by: tests/unit/net/http_parser_test.cc at every split offset,
// tests/fuzz/http_parser_fuzz.cc.
class RequestParser {
 public:
  // Keeps a reference: `limits` outlives the parser.
  explicit RequestParser(const ParserLimits& limits) noexcept;

  // Reads on in `bytes`, which begin where the request does (up to two empty lines before it are
  // skipped, RFC 9112 2.2). `head` has a meaning after kComplete only; it need not be the one
  // given to the call before. Bytes behind head.head_bytes are not looked at.
  ParseOutcome parse(std::string_view bytes, RequestHead& head) noexcept;

  // Why the last parse() answered kRefused. Status 400, 414, 417, 431, 501 or 505.
  Refusal refusal() const noexcept { return refusal_; }

  // Forgets the request in progress, or the refusal.
  void reset() noexcept;

 private:
  // What the lines read so far say about the request, kept between calls in place of the head.
  struct Facts {
    std::uint64_t content_length = 0;
    std::uint16_t seen = 0;  // one bit for each FieldName met
    std::uint8_t version_minor = 0;
    bool says_close = false;
    bool says_keep_alive = false;
  };
  struct Progress {
    std::uint32_t line_begin = 0;   // where the line that is being read begins
    std::uint32_t scanned = 0;      // bytes before this hold no line end and no forbidden control
    std::uint16_t field_count = 0;  // header lines accepted
    std::uint8_t empty_lines = 0;   // skipped before the request line
    bool in_fields = false;         // the request line is behind us
  };

  std::size_t line_bound(std::size_t line_begin) const noexcept;
  ParseOutcome read_lines(std::string_view bytes, RequestHead& head) noexcept;
  bool stop_at(std::size_t end, std::string_view window) noexcept;
  bool read_request_line(std::string_view line, RequestHead& head) noexcept;
  bool read_method_and_target(std::string_view method, RequestHead& head) noexcept;
  bool read_field(std::string_view line, RequestHead& head) noexcept;
  bool note_field(const Field& field, RequestHead& head) noexcept;
  bool finish(RequestHead& head) noexcept;
  bool refuse(Refusal refusal) noexcept;  // always false

  const ParserLimits* limits_;
  Facts facts_;
  Progress progress_;
  Refusal refusal_;
};

}  // namespace net
