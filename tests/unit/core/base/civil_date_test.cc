#include "core/base/civil_date.h"

#include <gtest/gtest.h>

namespace core {
namespace {

CivilDate day_after(CivilDate date) {
  if (++date.day > days_in_month(date.year, date.month)) {
    date.day = 1;
    if (++date.month > 12) {
      date.month = 1;
      ++date.year;
    }
  }
  return date;
}

TEST(CivilDate, AgreesWithCountingEveryDayFrom1970To9999) {
  CivilDate counted{1970, 1, 1};
  for (DayNumber day = 0; day <= kLastDayNumber; ++day, counted = day_after(counted)) {
    ASSERT_EQ(civil_from_days(day), counted) << "day " << day;
    ASSERT_EQ(days_from_civil(counted), day);
    ASSERT_TRUE(is_valid(counted));
  }
  EXPECT_EQ(counted, (CivilDate{10000, 1, 1}));
}

TEST(CivilDate, KnowsTheLeapYearsOfTheCenturyRule) {
  EXPECT_TRUE(is_leap_year(2000));
  EXPECT_TRUE(is_leap_year(2024));
  EXPECT_FALSE(is_leap_year(2023));
  EXPECT_FALSE(is_leap_year(2100));
  EXPECT_TRUE(is_leap_year(2400));
}

TEST(CivilDate, RefusesDaysThatNoMonthHas) {
  for (const CivilDate date :
       {CivilDate{2023, 2, 29}, CivilDate{2024, 2, 30}, CivilDate{2024, 4, 31},
        CivilDate{2024, 13, 1}, CivilDate{2024, 0, 1}, CivilDate{2024, 1, 0},
        CivilDate{2024, 1, 32}, CivilDate{1969, 12, 31}, CivilDate{10000, 1, 1}}) {
    EXPECT_FALSE(is_valid(date)) << date.year << '-' << date.month << '-' << date.day;
  }
}

}  // namespace
}  // namespace core
