// Decimal numbers as they are written, without a double's rounding: amounts, rates, bounds.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace core {

// A decimal number of at most 20 digits before the point and 18 behind it: 38 in all, so that the
// number times 10^18 fits 128 bits (10^38 < 2^127). A value: copied and compared like an integer.
class ExactDecimal {
 public:
  static constexpr int kWholeDigitsMax = 20;
  static constexpr int kFractionDigitsMax = 18;

  // How many digits may count, without leading and trailing zeros.
  struct Digits {
    int whole = kWholeDigitsMax;
    int fraction = kFractionDigitsMax;
  };

  ExactDecimal() = default;

  // Reads what JSON calls a number (RFC 8259 6), of any length: "-12.50", "1e3". Nothing: it is
  // none, or has more digits than `most`; nothing is rounded. Linear in the text.
  static std::optional<ExactDecimal> parse(std::string_view text, Digits most) noexcept;
  static std::optional<ExactDecimal> parse(std::string_view text) noexcept {
    return parse(text, Digits{});
  }

  // The shortest text without exponent that has at least so many digits behind the point:
  // "12.50", "-0.001", "0". Requires: 0 <= fraction_digits_min <= kFractionDigitsMax.
  std::string to_text(int fraction_digits_min = 0) const;

  // 16 bytes that sort (memcmp) as the numbers do.
  void append_ordered(std::string& out) const;

  auto operator<=>(const ExactDecimal&) const = default;

 private:
  using Int128 = __int128;

  Int128 scaled_ = 0;  // The number times 10^18.
};

}  // namespace core
