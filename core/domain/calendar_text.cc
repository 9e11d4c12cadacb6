#include "core/domain/calendar_text.h"

#include "core/base/civil_date.h"
#include "core/base/decimal.h"

namespace core {
namespace {

constexpr Error kNoDate{"must be a date such as 2030-01-31"};
constexpr Error kNoTime{"must be a time such as 23:59:59 or 23:59:59.123456"};

// The number of exactly `count` digits at `at`; above every unit where there are none. Requires:
// the text is that long.
unsigned digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
  constexpr unsigned kNone = 1'000'000;
  return static_cast<unsigned>(parse_decimal(text.substr(at, count)).value_or(kNone));
}

}  // namespace

Result<std::string> normal_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::unexpected(kNoDate);
  const unsigned year = digits(text, 0, 4);
  const unsigned month = digits(text, 5, 2);
  const unsigned day = digits(text, 8, 2);
  if (year > 9999 || month > 99 || day > 99) return std::unexpected(kNoDate);
  if (year < 1 || month < 1 || month > 12 || day < 1 ||
      static_cast<int>(day) >
          days_in_month(static_cast<std::int32_t>(year), static_cast<std::int32_t>(month))) {
    return std::unexpected(Error{"must be a day of the calendar from 0001-01-01 to 9999-12-31"});
  }
  return std::string(text);
}

Result<std::string> normal_time(std::string_view text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return std::unexpected(kNoTime);
  if (digits(text, 0, 2) > 23 || digits(text, 3, 2) > 59 || digits(text, 6, 2) > 59) {
    return std::unexpected(kNoTime);
  }
  std::string time(text.substr(0, 8));
  if (text.size() == 8) return time;
  std::string micros(text.substr(9));
  if (text[8] != '.' || micros.size() > 6 || !parse_decimal(micros)) {
    return std::unexpected(kNoTime);
  }
  micros.resize(6, '0');
  if (micros != "000000") time.append(1, '.').append(micros);
  return time;
}

}  // namespace core
