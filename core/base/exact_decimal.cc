#include "core/base/exact_decimal.h"

#include <algorithm>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace core {
namespace {

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// Takes the digits that `text` begins with.
std::string_view take_digits(std::string_view& text) noexcept {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const std::string_view digits(text.begin(), end);
  text.remove_prefix(digits.size());
  return digits;
}

// Farther from 0 than any exponent can be made up for by digits: texts are shorter than that.
constexpr std::int64_t kExponentMax = 1'000'000'000'000;

// "", "e5", "E-12". Nothing: something else.
std::optional<std::int64_t> read_exponent(std::string_view text) noexcept {
  if (text.empty()) return 0;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::string_view digits = take_digits(text);
  if (digits.empty() || !text.empty()) return std::nullopt;
  std::int64_t exponent = 0;
  for (const char c : digits) exponent = std::min(exponent * 10 + (c - '0'), kExponentMax);
  return negative ? -exponent : exponent;
}

// A number in parts: whole.fraction * 10^exponent.
struct Parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;

  std::int64_t size() const noexcept {
    return static_cast<std::int64_t>(whole.size() + fraction.size());
  }
  int digit(std::int64_t i) const noexcept {
    const auto at = static_cast<std::size_t>(i);
    return (at < whole.size() ? whole[at] : fraction[at - whole.size()]) - '0';
  }
};

std::optional<Parts> read_parts(std::string_view text) noexcept {
  Parts parts;
  parts.negative = text.starts_with('-');
  if (parts.negative) text.remove_prefix(1);
  parts.whole = take_digits(text);
  if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole.front() == '0')) {
    return std::nullopt;
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    parts.fraction = take_digits(text);
    if (parts.fraction.empty()) return std::nullopt;
  }
  const auto exponent = read_exponent(text);
  if (!exponent) return std::nullopt;
  parts.exponent = *exponent;
  return parts;
}

}  // namespace

std::optional<ExactDecimal> ExactDecimal::parse(std::string_view text, Digits most) noexcept {
  const auto parts = read_parts(text);
  if (!parts) return std::nullopt;
  std::int64_t first = 0;  // The digits that count: from first to before end.
  std::int64_t end = parts->size();
  while (first < end && parts->digit(first) == 0) ++first;
  while (first < end && parts->digit(end - 1) == 0) --end;
  ExactDecimal number;
  if (first == end) return number;

  const std::int64_t point = static_cast<std::int64_t>(parts->whole.size()) + parts->exponent;
  if (point - first > most.whole || end - point > most.fraction) return std::nullopt;
  // At most 20 + 18 turns, by the line before.
  const std::int64_t last = point + kFractionDigitsMax;
  for (std::int64_t i = first; i < last; ++i) {
    number.scaled_ = number.scaled_ * 10 + (i < end ? parts->digit(i) : 0);
  }
  if (parts->negative) number.scaled_ = -number.scaled_;
  return number;
}

std::string ExactDecimal::to_text(int fraction_digits_min) const {
  CHECK(fraction_digits_min >= 0 && fraction_digits_min <= kFractionDigitsMax);
  std::string reversed;
  Int128 rest = scaled_ < 0 ? -scaled_ : scaled_;
  for (int place = kFractionDigitsMax; place > 0; --place, rest /= 10) {
    const auto digit = static_cast<char>('0' + static_cast<int>(rest % 10));
    if (digit != '0' || !reversed.empty() || place <= fraction_digits_min) reversed += digit;
  }
  if (!reversed.empty()) reversed += '.';
  do {
    reversed += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  if (scaled_ < 0) reversed += '-';
  std::ranges::reverse(reversed);
  return reversed;
}

void ExactDecimal::append_ordered(std::string& out) const {
  // The sign bit turned over puts negative numbers in front.
  const auto bits =
      static_cast<unsigned __int128>(scaled_) ^ (static_cast<unsigned __int128>(1) << 127);
  char bytes[16];
  store_be64(bytes, static_cast<std::uint64_t>(bits >> 64));
  store_be64(bytes + 8, static_cast<std::uint64_t>(bits));
  out.append(bytes, sizeof bytes);
}

}  // namespace core
