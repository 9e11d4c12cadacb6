#include "core/domain/calendar_text.h"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(CalendarText, TakesDaysOfTheCalendar) {
  for (const char* const day : {"0001-01-01", "1899-12-31", "1969-12-31", "2000-02-29",
                                "2024-02-29", "2026-04-30", "2026-12-31", "9999-12-31"}) {
    EXPECT_EQ(normal_date(day), day);
  }
}

TEST(CalendarText, RefusesDaysThatDoNotExist) {
  for (const char* const day :
       {"0000-01-01", "1900-02-29", "2100-02-29", "2023-02-29", "2024-02-30", "2026-04-31",
        "2026-06-31", "2026-09-31", "2026-11-31", "2026-01-32", "2026-00-10", "2026-13-10",
        "2026-10-00"}) {
    const auto date = normal_date(day);
    ASSERT_FALSE(date.has_value()) << day;
    EXPECT_STREQ(date.error().what, "must be a day of the calendar from 0001-01-01 to 9999-12-31");
  }
}

TEST(CalendarText, RefusesOtherWaysToWriteADay) {
  for (const char* const day :
       {"", "2026", "2026-1-01", "26-01-01", "2026/01/01", "2026-01-1", "20260101", "2026-01-01T",
        "2026-01-01 ", " 2026-01-01", "+026-01-01", "2026--1-01", "10000-01-01", "2026-01-0x"}) {
    const auto date = normal_date(day);
    ASSERT_FALSE(date.has_value()) << day;
    EXPECT_STREQ(date.error().what, "must be a date such as 2030-01-31");
  }
}

TEST(CalendarText, WritesTimesWithoutAFractionOrWithAllSixDigits) {
  const std::pair<const char*, const char*> times[] = {
      {"00:00:00", "00:00:00"},
      {"23:59:59", "23:59:59"},
      {"12:30:00.0", "12:30:00"},
      {"12:30:00.000000", "12:30:00"},
      {"12:30:00.5", "12:30:00.500000"},
      {"12:30:00.000001", "12:30:00.000001"},
      {"23:59:59.999999", "23:59:59.999999"},
  };
  for (const auto& [text, normal] : times) EXPECT_EQ(normal_time(text), normal);
}

TEST(CalendarText, RefusesTimesThatAreNone) {
  for (const char* const time :
       {"", "12", "12:30", "24:00:00", "12:60:00", "12:30:60", "12:30:00.", "12:30:00.1234567",
        "12:30:00,5", "12:30:00Z", "12:30:00+02:00", "1:30:00", "12-30-00", "12:30:00 ",
        "12:30:00.-5", "-1:30:00", "12:3x:00"}) {
    EXPECT_FALSE(normal_time(time).has_value()) << time;
  }
}

}  // namespace
}  // namespace core
