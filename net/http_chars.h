// The character classes of HTTP and URI grammar, and the search for the first byte outside of one.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/base/bytes.h"

namespace net {

// Bits of one byte in kCharBits.
inline constexpr std::uint8_t kTokenBit = 1;  // tchar, RFC 9110 5.6.2
inline constexpr std::uint8_t kHexBit = 2;    // HEXDIG in either case
inline constexpr std::uint8_t kDigitBit = 4;  // DIGIT
inline constexpr std::uint8_t kHostBit =
    8;  // of reg-name, RFC 3986 3.2.2, with the % of its escapes

consteval std::array<std::uint8_t, 256> make_char_bits() {
  std::array<std::uint8_t, 256> bits{};
  const auto add = [&bits](std::string_view chars, std::uint8_t bit) {
    for (const char c : chars) bits[static_cast<unsigned char>(c)] |= bit;
  };
  add("0123456789", kTokenBit | kHexBit | kDigitBit | kHostBit);
  add("abcdefghijklmnopqrstuvwxyz", kTokenBit | kHostBit);
  add("ABCDEFGHIJKLMNOPQRSTUVWXYZ", kTokenBit | kHostBit);
  add("abcdefABCDEF", kHexBit);
  add("!#$%&'*+-.^_`|~", kTokenBit);
  add("-._~!$&'()*+,;=%", kHostBit);
  return bits;
}
inline constexpr std::array<std::uint8_t, 256> kCharBits = make_char_bits();

constexpr bool has_bits(char c, std::uint8_t bits) noexcept {
  return (kCharBits[static_cast<unsigned char>(c)] & bits) != 0;
}
constexpr bool is_token_char(char c) noexcept {
  return has_bits(c, kTokenBit);
}
constexpr bool is_hex_digit(char c) noexcept {
  return has_bits(c, kHexBit);
}
constexpr bool is_digit(char c) noexcept {
  return has_bits(c, kDigitBit);
}
constexpr bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

// The value of a hex digit; for others meaningless.
constexpr unsigned hex_value(char c) noexcept {
  return is_digit(c) ? static_cast<unsigned>(c - '0')
                     : static_cast<unsigned>((c | 0x20) - 'a' + 10);
}

constexpr bool is_token(std::string_view text) noexcept {
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}

// Without SP and HTAB at both ends: OWS of RFC 9110 5.6.3.
constexpr std::string_view trim_blanks(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

// Whether a token of at least 4 characters spells `lower`, of the same length, in any case. Bit
// 0x20 makes letters lower and leaves "-" and digits alone; no other tchar becomes one of those.
inline bool token_spells(const char* token, std::string_view lower) noexcept {
  const char* want = lower.data();
  const std::size_t size = lower.size();
  constexpr std::uint32_t kLower4 = 0x20202020;
  constexpr std::uint64_t kLower8 = 0x2020202020202020;
  if (size < 8) {
    const std::uint32_t head = core::load<std::uint32_t>(token) | kLower4;
    const std::uint32_t tail = core::load<std::uint32_t>(token + size - 4) | kLower4;
    return head == core::load<std::uint32_t>(want) &&
           tail == core::load<std::uint32_t>(want + size - 4);
  }
  for (std::size_t at = 0; at + 8 < size; at += 8) {
    if ((core::load<std::uint64_t>(token + at) | kLower8) != core::load<std::uint64_t>(want + at)) {
      return false;
    }
  }
  return (core::load<std::uint64_t>(token + size - 8) | kLower8) ==
         core::load<std::uint64_t>(want + size - 8);
}

// The bytes that end a line or may not be in one: 0x00 to 0x1F but HTAB, and DEL.
struct ControlBytes {
  static bool matches(unsigned char c) noexcept { return (c < 0x20 && c != '\t') || c == 0x7f; }
#ifdef __SSE2__
  static __m128i matches(__m128i block) noexcept {
    const __m128i low =
        _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);  // c <= 0x1f, unsigned
    const __m128i tab = _mm_cmpeq_epi8(block, _mm_set1_epi8('\t'));
    const __m128i del = _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f));
    return _mm_or_si128(_mm_andnot_si128(tab, low), del);
  }
#endif
};

// The bytes that end a request target or may not be in one: SP and below, "#", from 0x80 on. DEL
// is not among them: ControlBytes has it.
struct TargetEndBytes {
  static bool matches(unsigned char c) noexcept { return c <= ' ' || c >= 0x80 || c == '#'; }
#ifdef __SSE2__
  static __m128i matches(__m128i block) noexcept {
    const __m128i outside = _mm_cmplt_epi8(block, _mm_set1_epi8('!'));  // signed: 0x80 on are < 0
    return _mm_or_si128(outside, _mm_cmpeq_epi8(block, _mm_set1_epi8('#')));
  }
#endif
};

// The bytes of a path that are not taken as they are: the "?" that ends it, and "%".
struct PathMarkBytes {
  static bool matches(unsigned char c) noexcept { return c == '?' || c == '%'; }
#ifdef __SSE2__
  static __m128i matches(__m128i block) noexcept {
    return _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('?')),
                        _mm_cmpeq_epi8(block, _mm_set1_epi8('%')));
  }
#endif
};

// The first position in [from, bytes.size()) whose byte matches; bytes.size() if there is none.
template <typename Matcher>
std::size_t find_first_portably(std::string_view bytes, std::size_t from) noexcept {
  while (from < bytes.size() && !Matcher::matches(static_cast<unsigned char>(bytes[from]))) ++from;
  return from;
}

// The same, 16 bytes at a time where the processor can. Reads nothing outside of `bytes`: the last
// block is one that ends where they end, its part before `from` masked off.
template <typename Matcher>
std::size_t find_first(std::string_view bytes, std::size_t from) noexcept {
#ifdef __SSE2__
  constexpr std::size_t kBlock = 16;
  const auto mask_at = [&bytes](std::size_t at) noexcept {
    const auto* block = reinterpret_cast<const __m128i*>(bytes.data() + at);
    return static_cast<unsigned>(_mm_movemask_epi8(Matcher::matches(_mm_loadu_si128(block))));
  };
  for (; from + kBlock <= bytes.size(); from += kBlock) {
    const unsigned mask = mask_at(from);
    if (mask != 0) return from + static_cast<std::size_t>(std::countr_zero(mask));
  }
  if (bytes.size() >= kBlock && from < bytes.size()) {
    const std::size_t last = bytes.size() - kBlock;
    const unsigned mask = mask_at(last) >> (from - last);
    return mask == 0 ? bytes.size() : from + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  return find_first_portably<Matcher>(bytes, from);
}

}  // namespace net
