#include "core/base/time.h"

#include <gtest/gtest.h>

#include <cstring>
#include <ctime>
#include <random>
#include <string>

namespace core {
namespace {

constexpr WallMicros kLastMoment = 253'402'300'799'999'999;  // 9999-12-31T23:59:59.999999Z

struct Reading {
  std::string_view text;
  WallMicros time;
};

constexpr Reading kReadable[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T00:00:00.000001Z", 1},
    {"9999-12-31T23:59:59.999999Z", kLastMoment},
    {"9999-12-31T23:59:59.999999999Z", kLastMoment},  // Cut off, not rounded.
    {"9999-12-31T23:59:59.999999-00:00", kLastMoment},
    {"1985-04-12T23:20:50.52Z", 482'196'050'520'000},  // RFC 3339 5.8, as are the next three.
    {"1996-12-19T16:39:57-08:00", 851'042'397'000'000},
    {"1990-12-31T23:59:60Z", 662'688'000'000'000},
    {"1990-12-31T15:59:60-08:00", 662'688'000'000'000},
    {"2016-12-31T23:59:60.5Z", 1'483'228'800'500'000},
    {"2015-07-01T01:59:60+02:00", 1'435'708'800'000'000},
    {"1970-01-01T00:00:00.1Z", 100'000},
    {"1970-01-01T00:00:00.123456789Z", 123'456},
    {"1970-01-01t00:00:01z", 1'000'000},  // RFC 3339 5.6 allows lower case.
    {"1970-01-01T01:00:00+01:00", 0},
    {"1970-01-01T23:59:00+23:59", 0},
    {"1970-01-01T00:00:00-23:59", 86'340'000'000},
    {"2024-02-29T00:00:00Z", 1'709'164'800'000'000},
    {"2000-02-29T23:59:59Z", 951'868'799'000'000},
    {"2026-01-02T03:04:05.000006Z", 1'767'323'045'000'006},
};

struct Refusal {
  std::string_view text;
  std::string_view what;
};

constexpr Refusal kRefused[] = {
    {"", "expected a date YYYY-MM-DD"},
    {"2026", "expected a date YYYY-MM-DD"},
    {"2026-1-02T03:04:05Z", "expected a date YYYY-MM-DD"},
    {"2026/01/02T03:04:05Z", "expected a date YYYY-MM-DD"},
    {"-026-01-02T03:04:05Z", "expected a date YYYY-MM-DD"},
    {"+2026-01-02T03:04:05Z", "expected a date YYYY-MM-DD"},
    {" 2026-01-02T03:04:05Z", "expected a date YYYY-MM-DD"},
    {"1969-12-31T23:59:59Z", "no such date between 1970 and 9999"},
    {"0000-01-01T00:00:00Z", "no such date between 1970 and 9999"},
    {"2026-00-02T03:04:05Z", "no such date between 1970 and 9999"},
    {"2026-13-02T03:04:05Z", "no such date between 1970 and 9999"},
    {"2026-01-00T03:04:05Z", "no such date between 1970 and 9999"},
    {"2026-01-32T03:04:05Z", "no such date between 1970 and 9999"},
    {"2026-04-31T03:04:05Z", "no such date between 1970 and 9999"},
    {"2023-02-29T00:00:00Z", "no such date between 1970 and 9999"},
    {"2100-02-29T00:00:00Z", "no such date between 1970 and 9999"},
    {"2026-01-02", "expected T between date and time"},
    {"2026-01-02 03:04:05Z", "expected T between date and time"},
    {"2026-01-02T03:04Z", "expected a time hh:mm:ss"},
    {"2026-01-02T3:04:05Z", "expected a time hh:mm:ss"},
    {"2026-01-02T03:04:5", "expected a time hh:mm:ss"},
    {"2026-01-02T030405Z", "expected a time hh:mm:ss"},
    {"2026-01-02T24:00:00Z", "no such time of day"},
    {"2026-01-02T23:60:00Z", "no such time of day"},
    {"2026-01-02T23:59:61Z", "no such time of day"},
    {"2026-01-02T03:04:05.Z", "expected 1 to 9 digits of a second after the point"},
    {"2026-01-02T03:04:05.1234567890Z", "expected 1 to 9 digits of a second after the point"},
    {"2026-01-02T03:04:05,5Z", "expected an offset: Z or +hh:mm"},
    {"2026-01-02T03:04:05", "expected an offset: Z or +hh:mm"},
    {"2026-01-02T03:04:05+0200", "expected the offset as +hh:mm"},
    {"2026-01-02T03:04:05+2:00", "expected the offset as +hh:mm"},
    {"2026-01-02T03:04:05+02", "expected the offset as +hh:mm"},
    {"2026-01-02T03:04:05+24:00", "the offset is out of range"},
    {"2026-01-02T03:04:05-00:60", "the offset is out of range"},
    {"2026-01-02T03:04:05Z ", "unexpected text after the offset"},
    {"2026-01-02T03:04:05+02:00Z", "unexpected text after the offset"},
    {"2026-01-02T23:59:60Z", "no leap second can be there"},
    {"2026-01-31T23:58:60Z", "no leap second can be there"},
    {"2026-01-31T23:59:60+01:00", "no leap second can be there"},
    {"1970-01-01T00:00:60Z", "no leap second can be there"},
    {"1970-01-01T00:00:00+00:01", "not between 1970 and 9999 in UTC"},
    {"9999-12-31T23:59:59-00:01", "not between 1970 and 9999 in UTC"},
    {"9999-12-31T23:59:60Z", "not between 1970 and 9999 in UTC"},
};

TEST(Rfc3339, ReadsEveryFormThatTheStandardAllows) {
  for (const Reading& row : kReadable) {
    const auto time = parse_rfc3339(row.text);
    ASSERT_TRUE(time.has_value()) << row.text << ": " << time.error().what;
    EXPECT_EQ(*time, row.time) << row.text;
  }
}

TEST(Rfc3339, SaysWhatIsWrongWithEveryOther) {
  for (const Refusal& row : kRefused) {
    const auto time = parse_rfc3339(row.text);
    ASSERT_FALSE(time.has_value()) << row.text;
    EXPECT_EQ(time.error().what, row.what) << row.text;
  }
}

TEST(Rfc3339, RefusesEveryBeginningOfAStamp) {
  constexpr std::string_view kStamp = "2026-01-02T03:04:05.000006+02:00";
  for (std::size_t length = 0; length < kStamp.size(); ++length) {
    EXPECT_FALSE(parse_rfc3339(kStamp.substr(0, length)).has_value()) << length;
  }
}

TEST(Rfc3339, WritesExactly27CharactersAtBothEndsOfTime) {
  EXPECT_EQ(to_rfc3339(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(kLastMoment), "9999-12-31T23:59:59.999999Z");
  char text[kRfc3339Bytes + 1];
  std::memset(text, '#', sizeof text);
  EXPECT_EQ(write_rfc3339(text, 1'767'323'045'000'006), text + kRfc3339Bytes);
  EXPECT_EQ(std::string(text, sizeof text), "2026-01-02T03:04:05.000006Z#");
}

TEST(Rfc3339, ReadsWhatItWrites) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<WallMicros> any(0, kLastMoment);
  for (int i = 0; i < 100'000; ++i) {
    const WallMicros time = any(random);
    const auto back = parse_rfc3339(to_rfc3339(time));
    ASSERT_TRUE(back.has_value()) << time;
    ASSERT_EQ(*back, time);
  }
}

TEST(Rfc3339DeathTest, StopsAtATimeThatHasNoText) {
  EXPECT_DEATH(to_rfc3339(-1), "broken invariant");
  EXPECT_DEATH(to_rfc3339(kLastMoment + 1), "broken invariant");
}

std::string http_date(WallMicros time) {
  char text[kHttpDateBytes];
  return {text, write_http_date(text, time)};
}

TEST(HttpDate, IsTheImfFixdateOfTheStandard) {
  EXPECT_EQ(http_date(784'111'777'000'000), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110 5.6.7.
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(kLastMoment), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(HttpDate, AgreesWithTheCLibrary) {
  std::mt19937_64 random(8);
  std::uniform_int_distribution<WallMicros> any(0, kLastMoment);
  for (int i = 0; i < 10'000; ++i) {
    const WallMicros time = any(random);
    const std::time_t seconds = time / kMicrosPerSecond;
    std::tm fields{};
    gmtime_r(&seconds, &fields);
    char expected[64];
    std::strftime(expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", &fields);
    ASSERT_EQ(http_date(time), expected);
  }
}

}  // namespace
}  // namespace core
