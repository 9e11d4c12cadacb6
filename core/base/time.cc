#include "core/base/time.h"

#include <cstring>
#include <optional>

#include "core/base/check.h"
#include "core/base/civil_date.h"
#include "core/base/decimal.h"

namespace core {
namespace {

// The first microsecond after year 9999.
constexpr WallMicros kEndOfTime = (kLastDayNumber + 1) * kSecondsPerDay * kMicrosPerSecond;

// A stamp taken apart. Requires: 0 <= time < kEndOfTime.
struct CivilTime {
  explicit CivilTime(WallMicros time) noexcept {
    CHECK(time >= 0 && time < kEndOfTime);
    const auto seconds = static_cast<std::uint64_t>(time) / kMicrosPerSecond;
    micros = static_cast<std::uint32_t>(static_cast<std::uint64_t>(time) % kMicrosPerSecond);
    days = static_cast<DayNumber>(seconds / kSecondsPerDay);
    date = civil_from_days(days);
    const auto second_of_day = static_cast<std::uint32_t>(seconds % kSecondsPerDay);
    hour = second_of_day / 3600;
    minute = second_of_day / 60 % 60;
    second = second_of_day % 60;
  }

  DayNumber days;
  CivilDate date;
  std::uint32_t hour, minute, second, micros;
};

char* write_year(char* out, std::int32_t year) noexcept {
  out = write_two_digits(out, static_cast<unsigned>(year) / 100);
  return write_two_digits(out, static_cast<unsigned>(year) % 100);
}

char* write_time_of_day(char* out, const CivilTime& time) noexcept {
  out = write_two_digits(out, time.hour);
  *out++ = ':';
  out = write_two_digits(out, time.minute);
  *out++ = ':';
  return write_two_digits(out, time.second);
}

// Takes pieces off the front of a date-time; each returns nothing, or false, where the text
// differs.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : rest_(text) {}

  std::optional<std::int32_t> digits(std::size_t count) noexcept {
    if (rest_.size() < count) return std::nullopt;
    const auto value = parse_decimal(rest_.substr(0, count));
    if (!value) return std::nullopt;
    rest_.remove_prefix(count);
    return static_cast<std::int32_t>(*value);
  }

  bool take(char upper, char lower) noexcept {
    if (rest_.empty() || (rest_.front() != upper && rest_.front() != lower)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(char c) noexcept { return take(c, c); }
  bool at_end() const noexcept { return rest_.empty(); }

  // Zero if there is no fraction; nothing if there is a point without 1 to 9 digits.
  std::optional<std::int32_t> fraction_micros() noexcept {
    if (!take('.')) return 0;
    std::int32_t micros = 0;
    std::size_t count = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; ++count) {
      if (count < 6) micros = micros * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    if (count == 0 || count > 9) return std::nullopt;
    for (; count < 6; ++count) micros *= 10;
    return micros;
  }

 private:
  std::string_view rest_;
};

// Seconds east of UTC.
Result<std::int32_t> scan_offset(Scanner& scan) noexcept {
  if (scan.take('Z', 'z')) return 0;
  const bool east = scan.take('+');
  if (!east && !scan.take('-')) return std::unexpected(Error{"expected an offset: Z or +hh:mm"});
  const auto hour = scan.digits(2);
  const bool colon = scan.take(':');
  const auto minute = scan.digits(2);
  if (!hour || !colon || !minute) return std::unexpected(Error{"expected the offset as +hh:mm"});
  if (*hour > 23 || *minute > 59) return std::unexpected(Error{"the offset is out of range"});
  const std::int32_t seconds = *hour * 3600 + *minute * 60;
  return east ? seconds : -seconds;
}

// A leap second is announced for the last second of a month in UTC and nowhere else (RFC 3339 5.7).
// `next` is the second after it, from 1970 to 9999.
bool may_follow_leap_second(std::int64_t next) noexcept {
  return next > 0 && next % kSecondsPerDay == 0 &&
         civil_from_days(static_cast<DayNumber>(next / kSecondsPerDay)).day == 1;
}

}  // namespace

char* write_rfc3339(char* out, WallMicros time) noexcept {
  const CivilTime civil(time);
  out = write_year(out, civil.date.year);
  *out++ = '-';
  out = write_two_digits(out, static_cast<unsigned>(civil.date.month));
  *out++ = '-';
  out = write_two_digits(out, static_cast<unsigned>(civil.date.day));
  *out++ = 'T';
  out = write_time_of_day(out, civil);
  *out++ = '.';
  out = write_two_digits(out, civil.micros / 10'000);
  out = write_two_digits(out, civil.micros / 100 % 100);
  out = write_two_digits(out, civil.micros % 100);
  *out++ = 'Z';
  return out;
}

std::string to_rfc3339(WallMicros time) {
  std::string text(kRfc3339Bytes, '\0');
  write_rfc3339(text.data(), time);
  return text;
}

Result<WallMicros> parse_rfc3339(std::string_view text) noexcept {
  Scanner scan(text);
  const auto year = scan.digits(4);
  bool shaped = scan.take('-');
  const auto month = scan.digits(2);
  shaped = scan.take('-') && shaped;
  const auto day = scan.digits(2);
  if (!year || !month || !day || !shaped)
    return std::unexpected(Error{"expected a date YYYY-MM-DD"});
  const CivilDate date{*year, *month, *day};
  if (!is_valid(date)) return std::unexpected(Error{"no such date between 1970 and 9999"});

  if (!scan.take('T', 't')) return std::unexpected(Error{"expected T between date and time"});
  const auto hour = scan.digits(2);
  shaped = scan.take(':');
  const auto minute = scan.digits(2);
  shaped = scan.take(':') && shaped;
  const auto second = scan.digits(2);
  if (!hour || !minute || !second || !shaped)
    return std::unexpected(Error{"expected a time hh:mm:ss"});
  if (*hour > 23 || *minute > 59 || *second > 60)
    return std::unexpected(Error{"no such time of day"});
  const auto micros = scan.fraction_micros();
  if (!micros) return std::unexpected(Error{"expected 1 to 9 digits of a second after the point"});

  const auto offset = scan_offset(scan);
  if (!offset) return std::unexpected(offset.error());
  if (!scan.at_end()) return std::unexpected(Error{"unexpected text after the offset"});
  const std::int64_t seconds =
      days_from_civil(date) * kSecondsPerDay + *hour * 3600 + *minute * 60 + *second - *offset;
  const WallMicros time = seconds * kMicrosPerSecond + *micros;
  if (time < 0 || time >= kEndOfTime) {
    return std::unexpected(Error{"not between 1970 and 9999 in UTC"});
  }
  if (*second == 60 && !may_follow_leap_second(seconds)) {
    return std::unexpected(Error{"no leap second can be there"});
  }
  return time;
}

char* write_http_date(char* out, WallMicros time) noexcept {
  constexpr char kDays[] = "Sun, Mon, Tue, Wed, Thu, Fri, Sat, ";
  constexpr char kMonths[] = " Jan  Feb  Mar  Apr  May  Jun  Jul  Aug  Sep  Oct  Nov  Dec ";
  const CivilTime civil(time);
  const int weekday = (civil.days + 4) % 7;  // Day 0 was a Thursday.
  std::memcpy(out, kDays + 5 * weekday, 5);
  out = write_two_digits(out + 5, static_cast<unsigned>(civil.date.day));
  std::memcpy(out, kMonths + 5 * (civil.date.month - 1), 5);
  out = write_year(out + 5, civil.date.year);
  *out++ = ' ';
  out = write_time_of_day(out, civil);
  std::memcpy(out, " GMT", 4);
  return out + 4;
}

}  // namespace core
