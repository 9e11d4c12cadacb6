#include "core/base/decimal.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace core {
namespace {

template <typename T>
std::string decimal(T value) {
  char text[kDecimalBytesMax + 1];
  std::memset(text, '#', sizeof text);
  char* const end = write_decimal(text, value);
  EXPECT_EQ(*end, '#') << "wrote past the end of " << value;
  return {text, end};
}

TEST(Decimal, WritesBothSidesOfEveryPowerOfTen) {
  EXPECT_EQ(decimal(std::uint64_t{0}), "0");
  std::uint64_t power = 1;
  for (int digits = 1; digits <= 20; ++digits, power *= 10) {
    for (const std::uint64_t value : {power - 1, power, power + 1}) {
      EXPECT_EQ(decimal(value), std::to_string(value));
      EXPECT_EQ(decimal_digits(value), static_cast<int>(std::to_string(value).size())) << value;
    }
  }
}

TEST(Decimal, WritesTheEndsOfEveryWidth) {
  EXPECT_EQ(decimal(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(decimal(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
  EXPECT_EQ(decimal(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(decimal(std::numeric_limits<std::int32_t>::min()), "-2147483648");
  EXPECT_EQ(decimal(std::numeric_limits<std::int8_t>::min()), "-128");
  EXPECT_EQ(decimal(std::uint16_t{65535}), "65535");
  EXPECT_EQ(decimal(-1), "-1");
}

TEST(Decimal, AgreesWithTheStandardLibraryOnRandomNumbersOfEveryLength) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t value = random() >> (random() % 64);
    ASSERT_EQ(decimal(value), std::to_string(value));
    ASSERT_EQ(parse_decimal(std::to_string(value)), value);
    const auto negative = static_cast<std::int64_t>(value);
    ASSERT_EQ(decimal(negative), std::to_string(negative));
  }
}

TEST(Decimal, AppendsToAString) {
  std::string text = "n=";
  append_decimal(text, -42);
  append_decimal(text, 7U);
  EXPECT_EQ(text, "n=-427");
}

TEST(DecimalParse, TakesDigitsOnly) {
  EXPECT_EQ(parse_decimal("0"), 0U);
  EXPECT_EQ(parse_decimal("000123"), 123U);
  EXPECT_EQ(parse_decimal("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_decimal("000018446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  for (const char* text : {"", "+1", "-1", " 1", "1 ", "1.0", "0x1", "1e3", "1,000", "\xC2\xB2"}) {
    EXPECT_EQ(parse_decimal(text), std::nullopt) << '"' << text << '"';
  }
  EXPECT_EQ(parse_decimal(std::string_view("1\0", 2)), std::nullopt);
}

TEST(DecimalParse, RefusesWhatIsAboveTheBound) {
  EXPECT_EQ(parse_decimal("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_decimal("99999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_decimal("100000000000000000000"), std::nullopt);
  EXPECT_EQ(parse_decimal("1000", 1000), 1000U);
  EXPECT_EQ(parse_decimal("1001", 1000), std::nullopt);
  EXPECT_EQ(parse_decimal("9", 5), std::nullopt);
  EXPECT_EQ(parse_decimal("0", 0), 0U);
}

}  // namespace
}  // namespace core
