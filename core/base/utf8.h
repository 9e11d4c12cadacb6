// Well-formed UTF-8, by the table of the Unicode Standard (3.9, table 3-7; RFC 3629 4).
#pragma once

#include <cstddef>
#include <string_view>

namespace core {

// The length, 1 to 4, of the code point that `text` begins with; 0 if what it begins with is not
// well-formed: a stray continuation, an overlong form, a surrogate, above U+10FFFF, or cut short.
// Requires: text is not empty.
constexpr std::size_t utf8_sequence_length(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto continues = [byte](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return continues(1) ? 2 : 0;
  // Only the second byte's range depends on the lead: it shuts out overlong forms, surrogates and
  // what is above U+10FFFF.
  const unsigned lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < lowest || byte(1) > highest || !continues(2)) return 0;
  if (lead < 0xF0) return 3;
  return continues(3) ? 4 : 0;
}

// Whether all of `text` is well-formed.
constexpr bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// The code points of well-formed UTF-8: bytes that are not continuations.
constexpr std::size_t utf8_count(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

// Whether a character of C0 or DEL is in it: line ends, tabs, NUL.
constexpr bool has_control(std::string_view text) noexcept {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return true;
  }
  return false;
}

}  // namespace core
