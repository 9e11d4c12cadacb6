#include "core/base/exact_decimal.h"

#include <gtest/gtest.h>

#include <random>

namespace core {
namespace {

std::string text_of(std::string_view text, int fraction_digits_min = 0) {
  const auto number = ExactDecimal::parse(text);
  return number ? number->to_text(fraction_digits_min) : "none";
}

std::string ordered(const ExactDecimal& number) {
  std::string bytes;
  number.append_ordered(bytes);
  return bytes;
}

TEST(ExactDecimal, WritesTheShortestTextOfWhatItRead) {
  const std::pair<const char*, const char*> texts[] = {
      {"0", "0"},
      {"-0", "0"},
      {"0.000", "0"},
      {"7", "7"},
      {"-7.50", "-7.5"},
      {"120", "120"},
      {"0.001", "0.001"},
      {"-0.000000000000000001", "-0.000000000000000001"},
      {"99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"},
      {"-99999999999999999999.999999999999999999", "-99999999999999999999.999999999999999999"},
      {"1e3", "1000"},
      {"1.5E+2", "150"},
      {"25e-1", "2.5"},
      {"1e19", "10000000000000000000"},
      {"1e-18", "0.000000000000000001"},
      {"0e999999999999999999999", "0"},
      {"10000000000000000000000e-10", "1000000000000"},
      {"0.00000000000000000001e20", "1"},
  };
  for (const auto& [text, shortest] : texts) EXPECT_EQ(text_of(text), shortest);
}

TEST(ExactDecimal, ReadsNothingThatIsNoNumberOfJson) {
  for (const char* const text :
       {"",    "-",     "+1",  " 1",    "1 ",  "01",  "-01", ".5",  "5.",    "1.e3",  "1e",
        "1e+", "1e1.5", "--1", "1_000", "1,5", "0x1", "NaN", "inf", "1e3e3", "1.2.3", "\xD9\xA1"}) {
    EXPECT_EQ(text_of(text), "none") << text;
  }
}

TEST(ExactDecimal, RefusesADigitTooManyInsteadOfRounding) {
  EXPECT_EQ(text_of("100000000000000000000"), "none");
  EXPECT_EQ(text_of("1e20"), "none");
  EXPECT_EQ(text_of("0.0000000000000000001"), "none");
  EXPECT_EQ(text_of("1e-19"), "none");
  EXPECT_EQ(text_of("1e99999999999999999999999"), "none");
  EXPECT_EQ(text_of("1e-99999999999999999999999"), "none");
  const ExactDecimal::Digits money{.whole = 2, .fraction = 1};
  EXPECT_TRUE(ExactDecimal::parse("99.9", money).has_value());
  EXPECT_TRUE(ExactDecimal::parse("-99.900", money).has_value());
  EXPECT_FALSE(ExactDecimal::parse("100", money).has_value());
  EXPECT_FALSE(ExactDecimal::parse("0.01", money).has_value());
}

TEST(ExactDecimal, ReadsLongTextsOfFewDigits) {
  const std::string zeros(100'000, '0');
  EXPECT_EQ(text_of("1." + zeros), "1");
  EXPECT_EQ(text_of("1" + zeros + "e-100000"), "1");
  EXPECT_EQ(text_of("0." + zeros + "1e100001"), "1");
  EXPECT_EQ(text_of("1" + zeros), "none");
}

TEST(ExactDecimal, ShowsAtLeastSoManyDigitsBehindThePoint) {
  EXPECT_EQ(text_of("0", 2), "0.00");
  EXPECT_EQ(text_of("12.5", 2), "12.50");
  EXPECT_EQ(text_of("-0.125", 2), "-0.125");
  EXPECT_EQ(text_of("1", 18), "1.000000000000000000");
}

TEST(ExactDecimal, ComparesByValue) {
  EXPECT_EQ(ExactDecimal::parse("1.50"), ExactDecimal::parse("15e-1"));
  EXPECT_LT(ExactDecimal::parse("-2"), ExactDecimal::parse("-1.999999999999999999"));
  EXPECT_GT(ExactDecimal::parse("10"), ExactDecimal::parse("9"));
}

// Against arithmetic of integers: k / 1000 for random k, and for its neighbours.
TEST(ExactDecimal, SortsBytesAsNumbersAndReadsBackItsTextOverRandomNumbers) {
  std::mt19937_64 random(20);
  std::uniform_int_distribution<std::int64_t> magnitudes(0, 62);
  const auto draw = [&] {
    const auto k = static_cast<std::int64_t>(random() >> magnitudes(random));
    return random() % 2 == 0 ? k / 2 : -(k / 2);
  };
  const auto number = [](std::int64_t thousandths) {
    return *ExactDecimal::parse(std::to_string(thousandths) + "e-3");
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t a = draw();
    const std::int64_t b = i % 4 == 0 ? a + 1 : draw();
    EXPECT_EQ(number(a) <=> number(b), a <=> b) << a << " " << b;
    EXPECT_EQ(ordered(number(a)) < ordered(number(b)), a < b) << a << " " << b;
    EXPECT_EQ(ExactDecimal::parse(number(a).to_text()), number(a)) << a;
  }
}

}  // namespace
}  // namespace core
