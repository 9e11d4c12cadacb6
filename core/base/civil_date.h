// Calendar dates of the proleptic Gregorian calendar and their day numbers. UTC only: time zones
// are the business of whoever draws the day's border.
#pragma once

#include <cstdint>

namespace core {

// Days since 1970-01-01, which is day 0.
using DayNumber = std::int32_t;

inline constexpr std::int64_t kSecondsPerDay = 86'400;

// Years 1970 to 9999: the range of every stamp in this system.
struct CivilDate {
  std::int32_t year = 1970;
  std::int32_t month = 1;  // 1 to 12.
  std::int32_t day = 1;    // 1 to 31.

  bool operator==(const CivilDate&) const = default;
};

inline constexpr DayNumber kLastDayNumber = 2'932'896;  // 9999-12-31.

constexpr bool is_leap_year(std::int32_t year) noexcept {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// Requires: month 1 to 12.
constexpr std::int32_t days_in_month(std::int32_t year, std::int32_t month) noexcept {
  constexpr std::int32_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && is_leap_year(year) ? 1 : 0);
}

constexpr bool is_valid(const CivilDate& date) noexcept {
  return date.year >= 1970 && date.year <= 9999 && date.month >= 1 && date.month <= 12 &&
         date.day >= 1 && date.day <= days_in_month(date.year, date.month);
}

// Both directions follow Neri and Schneider, "Euclidean affine functions and their application to
// calendar algorithms" (2023): a year that begins in March puts the leap day last, so that every
// division has a constant divisor and no table is needed. 2 to 4 ns each.

// 0000-03-01, where their count begins, in days before 1970-01-01.
inline constexpr std::uint32_t kDaysFromMarchOfYear0 = 719'468;

// Requires: 0 <= days <= kLastDayNumber.
constexpr CivilDate civil_from_days(DayNumber days) noexcept {
  const std::uint32_t quarter_days =
      4 * (static_cast<std::uint32_t>(days) + kDaysFromMarchOfYear0) + 3;
  const std::uint32_t century = quarter_days / 146'097;
  const std::uint32_t day_of_century = quarter_days % 146'097 / 4;
  // year_of_century = (4 * day_of_century + 3) / 1461, the division done by a multiplication whose
  // low half is the remainder, scaled.
  const std::uint64_t product = std::uint64_t{2'939'745} * (4 * day_of_century + 3);
  const auto year_of_century = static_cast<std::uint32_t>(product >> 32);
  const std::uint32_t day_of_year = static_cast<std::uint32_t>(product) / 2'939'745 / 4;
  const std::uint32_t month_and_day = 2'141 * day_of_year + 197'913;
  const std::uint32_t month = month_and_day >> 16;
  const std::uint32_t day = month_and_day % 65'536 / 2'141;
  const bool of_next_year = day_of_year >= 306;  // January and February.
  return {static_cast<std::int32_t>(100 * century + year_of_century + of_next_year),
          static_cast<std::int32_t>(of_next_year ? month - 12 : month),
          static_cast<std::int32_t>(day + 1)};
}

// Requires: is_valid(date).
constexpr DayNumber days_from_civil(const CivilDate& date) noexcept {
  const bool of_last_year = date.month <= 2;
  const auto year = static_cast<std::uint32_t>(date.year - of_last_year);
  const auto month = static_cast<std::uint32_t>(of_last_year ? date.month + 12 : date.month);
  const std::uint32_t century = year / 100;
  const std::uint32_t days_of_years = 1'461 * year / 4 - century + century / 4;
  const std::uint32_t days_of_months = (979 * month - 2'919) / 32;
  return static_cast<DayNumber>(days_of_years + days_of_months +
                                static_cast<std::uint32_t>(date.day) - 1 - kDaysFromMarchOfYear0);
}

}  // namespace core
