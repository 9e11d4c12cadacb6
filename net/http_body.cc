#include "net/http_body.h"

#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "net/http_chars.h"
#include "net/http_fields.h"

namespace net {

// Where in the chunked coding (RFC 9112 7.1) the next byte stands.
enum class BodyReader::State : std::uint8_t {
  kSizeFirst,  // first digit of a chunk's size
  kSize,       // more digits, or what ends them
  kExtName,    // first character of an extension's name
  kExtNameOn,  // more of it
  kExtValue,   // first character of its value
  kExtToken,   // more of a value that is a token
  kExtQuoted,  // inside a quoted-string
  kExtEscape,  // behind a backslash in it
  kExtClosed,  // behind its closing quote
  kSizeLf,     // LF of the size line
  kDataCr,     // CR behind a chunk's data
  kDataLf,     // LF behind it
  kLineFirst,  // first byte of a trailer line, or CR of the last line
  kName,       // more of a trailer's name
  kValue,      // in a trailer's value
  kTrailerLf,  // LF of a trailer line
  kLastLf,     // LF of the last line
  // Not places of a byte:
  kSized,  // the body has a Content-Length
  kData,   // left_ bytes of the chunk's data
  kEnd,    // the body is complete, or none was begun
  kRefused,
};

namespace {

constexpr Refusal kTooLarge{413, "the body is too large"};
constexpr Refusal kBadChunkLine{400, "a chunk does not begin with its size in hex and CRLF"};
constexpr Refusal kBadChunkEnd{400, "a chunk's data is not followed by CRLF"};
constexpr Refusal kBadTrailer{400, "a trailer field is not name: value and CRLF"};
constexpr Refusal kLongChunkSize{400, "a chunk's size has more than 16 digits"};
constexpr Refusal kExtensions{400, "the chunk extensions are too long"};
constexpr Refusal kSmallChunks{400, "the chunks are too small for what they carry"};
constexpr Refusal kForbiddenTrailer{400, "a field that must be in the head is in the trailers"};
constexpr Refusal kLongTrailers{431, "the trailer section is too long"};

static_assert(sizeof(BodyReader) <= 96, "a waiting connection holds one");

constexpr std::uint8_t kSizeDigitsMax = 16;

// The bytes that the coding tells apart.
enum class ByteClass : std::uint8_t {
  kHex,        // HEXDIG, a tchar too
  kTokenChar,  // every other tchar
  kSemicolon,
  kEquals,
  kQuote,
  kBackslash,
  kColon,
  kCr,
  kLf,
  kText,     // what else may be in a quoted-string or a field value: HTAB, SP, VCHAR, 0x80 on
  kControl,  // what may be nowhere
};
constexpr std::size_t kByteClasses = 11;

consteval std::array<ByteClass, 256> make_byte_classes() {
  std::array<ByteClass, 256> classes{};
  for (unsigned c = 0; c < classes.size(); ++c) {
    const char byte = static_cast<char>(c);
    ByteClass& slot = classes[c];
    slot = (c < 0x20 && byte != '\t') || c == 0x7f ? ByteClass::kControl : ByteClass::kText;
    if (is_token_char(byte)) slot = ByteClass::kTokenChar;
    if (is_hex_digit(byte)) slot = ByteClass::kHex;
  }
  classes[';'] = ByteClass::kSemicolon;
  classes['='] = ByteClass::kEquals;
  classes['"'] = ByteClass::kQuote;
  classes['\\'] = ByteClass::kBackslash;
  classes[':'] = ByteClass::kColon;
  classes['\r'] = ByteClass::kCr;
  classes['\n'] = ByteClass::kLf;
  return classes;
}
constexpr std::array<ByteClass, 256> kByteClassOf = make_byte_classes();

}  // namespace

// The coding as a table: row = state, column = ByteClass. A hole is kRefused. The whitespace that
// RFC 9112 7.1.1 lets a reader tolerate around extensions has no edge here.
struct BodyReader::Grammar {
  std::array<std::array<State, kByteClasses>, static_cast<std::size_t>(State::kSized)> next;

  consteval Grammar() : next{} {
    for (auto& row : next) row.fill(State::kRefused);
    using enum State;
    using enum ByteClass;
    edge(kSizeFirst, kHex, kSize);
    edge(kSize, kHex, kSize);
    token(kExtName, kExtNameOn);
    token(kExtNameOn, kExtNameOn);
    edge(kExtNameOn, kEquals, kExtValue);
    token(kExtValue, kExtToken);
    edge(kExtValue, kQuote, kExtQuoted);
    token(kExtToken, kExtToken);
    text(kExtQuoted, kExtQuoted);
    edge(kExtQuoted, kQuote, kExtClosed);
    edge(kExtQuoted, kBackslash, kExtEscape);
    text(kExtEscape, kExtQuoted);
    for (const State state : {kSize, kExtNameOn, kExtToken, kExtClosed}) {
      edge(state, kSemicolon, kExtName);
      edge(state, kCr, kSizeLf);
    }
    edge(kSizeLf, kLf, kData);
    edge(kDataCr, kCr, kDataLf);
    edge(kDataLf, kLf, kSizeFirst);
    token(kLineFirst, kName);
    edge(kLineFirst, kCr, kLastLf);
    token(kName, kName);
    edge(kName, kColon, kValue);
    text(kValue, kValue);
    edge(kValue, kCr, kTrailerLf);
    edge(kTrailerLf, kLf, kLineFirst);
    edge(kLastLf, kLf, kEnd);
  }

  consteval void edge(State from, ByteClass on, State to) {
    next[static_cast<std::size_t>(from)][static_cast<std::size_t>(on)] = to;
  }
  consteval void token(State from, State to) {
    edge(from, ByteClass::kHex, to);
    edge(from, ByteClass::kTokenChar, to);
  }
  consteval void text(State from, State to) {
    token(from, to);
    for (const ByteClass on : {ByteClass::kSemicolon, ByteClass::kEquals, ByteClass::kQuote,
                               ByteClass::kBackslash, ByteClass::kColon, ByteClass::kText}) {
      edge(from, on, to);
    }
  }

  State at(State from, char byte) const noexcept {
    const ByteClass on = kByteClassOf[static_cast<unsigned char>(byte)];
    return next[static_cast<std::size_t>(from)][static_cast<std::size_t>(on)];
  }

  static Refusal why_not(State from) noexcept {
    if (from <= State::kSizeLf) return kBadChunkLine;
    return from <= State::kDataLf ? kBadChunkEnd : kBadTrailer;
  }
};

BodyReader::BodyReader(const BodyLimits& limits) noexcept : limits_(&limits), state_(State::kEnd) {}

BodyOutcome BodyReader::start(const RequestHead& head) noexcept {
  const BodyLimits& limits = *limits_;
  *this = BodyReader(limits);
  if (!head.has_body) return BodyOutcome::kComplete;
  if (head.chunked) {
    state_ = State::kSizeFirst;
    return BodyOutcome::kNeedMore;
  }
  if (head.content_length > limits.body_bytes) {
    refuse(kTooLarge);
    return BodyOutcome::kRefused;
  }
  state_ = State::kSized;
  left_ = head.content_length;
  return BodyOutcome::kNeedMore;
}

BodyProgress BodyReader::feed(std::string_view bytes, std::string& payload) {
  CHECK(state_ != State::kEnd && state_ != State::kRefused);
  std::size_t at = 0;
  while (at < bytes.size() && state_ != State::kEnd && state_ != State::kRefused) {
    if (state_ == State::kSized || state_ == State::kData) {
      at += take_payload(bytes.substr(at), payload);
    } else {
      step(bytes[at++]);
    }
  }
  if (state_ == State::kRefused) return {BodyOutcome::kRefused, at};
  return {state_ == State::kEnd ? BodyOutcome::kComplete : BodyOutcome::kNeedMore, at};
}

// Appends what `bytes` has of the payload that is left, and answers how much that was.
std::size_t BodyReader::take_payload(std::string_view bytes, std::string& payload) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  payload.append(bytes.substr(0, taken));
  left_ -= taken;
  if (left_ == 0) state_ = state_ == State::kSized ? State::kEnd : State::kDataCr;
  return taken;
}

// Goes over one byte of the chunked coding: the grammar says where to, then the bounds are kept.
void BodyReader::step(char byte) noexcept {
  static constexpr Grammar kGrammar;
  const State from = state_;
  state_ = kGrammar.at(from, byte);
  if (state_ == State::kRefused) return refuse(Grammar::why_not(from));

  if (from >= State::kLineFirst) {
    if (++trailer_bytes_ > limits_->trailer_bytes) return refuse(kLongTrailers);
    return step_trailer(from, byte);
  }
  ++framing_bytes_;
  switch (state_) {
    case State::kSize:
      if (++size_digits_ > kSizeDigitsMax) return refuse(kLongChunkSize);
      left_ = left_ * 16 + hex_value(byte);
      return;
    case State::kData:
      return begin_chunk();
    case State::kSizeLf:
    case State::kDataLf:
    case State::kSizeFirst:
      return;
    default:
      if (++extension_bytes_ > limits_->extension_bytes) refuse(kExtensions);
  }
}

// At the end of a size line: the size is known, so its bounds are kept before its data is read.
void BodyReader::begin_chunk() noexcept {
  size_digits_ = 0;
  if (left_ == 0) {
    state_ = State::kLineFirst;
    return;
  }
  if (left_ > limits_->body_bytes - payload_bytes_) return refuse(kTooLarge);
  payload_bytes_ += left_;
  if (framing_bytes_ > payload_bytes_ + limits_->framing_slack_bytes) refuse(kSmallChunks);
}

void BodyReader::step_trailer(State from, char byte) noexcept {
  if (state_ == State::kName) {
    if (from == State::kLineFirst) name_bytes_ = 0;
    if (name_bytes_ < name_.size()) name_[name_bytes_++] = byte;
  } else if (from == State::kName) {
    if (++trailer_fields_ > limits_->trailer_fields) return refuse(kLongTrailers);
    switch (classify_field({name_.data(), name_bytes_})) {
      case FieldName::kContentLength:
      case FieldName::kTransferEncoding:
      case FieldName::kHost:
      case FieldName::kApiKey:
      case FieldName::kAuthorization:
        return refuse(kForbiddenTrailer);
      default:
        return;
    }
  }
}

void BodyReader::refuse(Refusal refusal) noexcept {
  refusal_ = refusal;
  state_ = State::kRefused;
}

}  // namespace net
