#include "core/base/json_writer.h"

#include <bit>
#include <charconv>
#include <cmath>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "core/base/decimal.h"
#include "core/base/utf8.h"

namespace core {
namespace {

constexpr std::uint64_t repeat(std::uint8_t byte) noexcept {
  return 0x0101010101010101U * byte;
}

// The high bit of each zero byte, exact up to and including the lowest one.
constexpr std::uint64_t zero_bytes(std::uint64_t word) noexcept {
  return (word - repeat(1)) & ~word & repeat(0x80);
}

constexpr bool is_plain(unsigned char c) noexcept {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

// How many bytes at the front are ASCII and need no escape; eight at a time.
std::size_t plain_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  for (; text.size() - at >= 8; at += 8) {
    const auto word = load<std::uint64_t>(text.data() + at);
    const std::uint64_t below_space = (word - repeat(0x20)) & ~word & repeat(0x80);
    const std::uint64_t special = below_space | (word & repeat(0x80)) |
                                  zero_bytes(word ^ repeat('"')) | zero_bytes(word ^ repeat('\\'));
    if (special != 0) return at + static_cast<std::size_t>(std::countr_zero(special)) / 8;
  }
  while (at < text.size() && is_plain(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

void append_escape(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD.
  out += '"';
  std::size_t copied = 0;
  std::size_t at = plain_prefix(text);
  while (at < text.size()) {
    const char c = text[at];
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    const std::size_t length = ascii ? 0 : utf8_sequence_length(text.substr(at));
    if (length > 0) {
      at += length;
    } else {
      out.append(text, copied, at - copied);
      if (ascii) {
        append_escape(out, c);
      } else {
        out += kReplacement;
      }
      copied = ++at;
    }
    at += plain_prefix(text.substr(at));
  }
  out.append(text, copied);
  out += '"';
}

void JsonWriter::before_value() {
  if (needs_value_) {
    needs_value_ = false;
    return;
  }
  CHECK(!in_object());           // A value there needs a name first.
  CHECK(depth_ > 0 || !begun_);  // A text is one value.
  if (begun_) out_ += ',';
  begun_ = true;
}

JsonWriter& JsonWriter::begin(char bracket, bool object) {
  CHECK(depth_ < kDepthMax);
  before_value();
  objects_ = objects_ << 1 | static_cast<std::uint64_t>(object);
  ++depth_;
  begun_ = false;
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::end(char bracket, bool object) {
  CHECK(depth_ > 0 && in_object() == object && !needs_value_);
  objects_ >>= 1;
  --depth_;
  begun_ = true;
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::begin_object() {
  return begin('{', true);
}
JsonWriter& JsonWriter::end_object() {
  return end('}', true);
}
JsonWriter& JsonWriter::begin_array() {
  return begin('[', false);
}
JsonWriter& JsonWriter::end_array() {
  return end(']', false);
}

JsonWriter& JsonWriter::key(std::string_view name) {
  CHECK(in_object() && !needs_value_);
  if (begun_) out_ += ',';
  append_json_string(out_, name);
  out_ += ':';
  begun_ = true;
  needs_value_ = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  before_value();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::int64(std::int64_t value) {
  before_value();
  append_decimal(out_, value);
  return *this;
}

JsonWriter& JsonWriter::uint64(std::uint64_t value) {
  before_value();
  append_decimal(out_, value);
  return *this;
}

JsonWriter& JsonWriter::float64(double value) {
  if (!std::isfinite(value)) return null();
  before_value();
  char text[32];  // The shortest form of a double has at most 24 characters.
  const auto [end, failure] = std::to_chars(text, text + sizeof text, value);
  CHECK(failure == std::errc{});
  out_.append(text, end);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  return raw(value ? "true" : "false");
}
JsonWriter& JsonWriter::null() {
  return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  CHECK(!json.empty());
  before_value();
  out_ += json;
  return *this;
}

}  // namespace core
