#include "core/service/field_value.h"

#include <gtest/gtest.h>

#include "tests/support/resource_reading.h"

namespace core {
namespace {

using test::field_of;

// What is sent for a field "v", and what is kept for it. An empty `kept` stands for a refusal.
struct Case {
  std::string field;
  std::string sent;
  std::string kept;
};

ValueReading read(const Field& field, std::string_view json) {
  JsonParser parser(1 << 21);
  const auto value = parser.parse(json);
  CHECK(value.has_value());
  return read_value(field, *value);
}

void expect(std::initializer_list<Case> cases) {
  for (const auto& [definition, sent, kept] : cases) {
    const Field field = field_of("v:" + definition);
    const auto reading = read(field, sent);
    EXPECT_EQ(reading.value_or(""), kept) << definition << " " << sent.substr(0, 100);
    if (!reading) {
      EXPECT_TRUE(reading.error().starts_with("must ")) << reading.error();
      continue;
    }
    // What is kept is its own normal form.
    EXPECT_EQ(read(field, *reading).value_or(""), kept) << definition << " " << sent;
  }
}

std::string fault(std::string_view definition, std::string_view json) {
  const auto reading = read(field_of("v:" + std::string(definition)), json);
  return reading ? "none" : reading.error();
}

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

using test::times;

TEST(FieldValue, ReadsStringsOfOneLine) {
  expect({
      {"string", R"("")", R"("")"},
      {"string", R"("Ada")", R"("Ada")"},
      {"string", R"("\u0041\"\\é")", R"("A\"\\é")"},
      {"string", quoted(times(255, "a")), quoted(times(255, "a"))},
      {"string", quoted(times(256, "a")), ""},
      {"string", quoted(times(255, "\U0001F600")), quoted(times(255, "\U0001F600"))},
      {"string", quoted(times(256, "é")), ""},
      {"string", R"("a\nb")", ""},
      {"string", R"("a\u0000b")", ""},
      {"string", R"("a\u007fb")", ""},
      {"string", "1", ""},
      {"string", "true", ""},
      {"string", "[]", ""},
      {"string", "{}", ""},
      {"string:required", R"("")", ""},
      {"string:required", R"(" ")", R"(" ")"},
  });
}

TEST(FieldValue, ReadsTextsOfManyLines) {
  expect({
      {"text", R"("")", R"("")"},
      {"text", R"("a\r\n\tb")", R"("a\r\n\tb")"},
      {"text", R"("a\u0000b")", ""},
      {"text", quoted(times(65'536, "é")), quoted(times(65'536, "é"))},
      {"text", quoted(times(65'537, "a")), ""},
      {"text:required", R"("")", ""},
      {"text", "null", ""},
  });
}

TEST(FieldValue, ReadsIntegersOf32Bits) {
  expect({
      {"integer", "0", "0"},
      {"integer", "-0", "0"},
      {"integer", "2147483647", "2147483647"},
      {"integer", "2147483648", ""},
      {"integer", "-2147483648", "-2147483648"},
      {"integer", "-2147483649", ""},
      {"integer", "1.0", ""},
      {"integer", "1e3", ""},
      {"integer", "99999999999999999999999999", ""},
      {"integer", R"("1")", ""},
      {"integer", "true", ""},
  });
}

TEST(FieldValue, ReadsBigintsOf64BitsInStringsToo) {
  expect({
      {"bigint", "9223372036854775807", "9223372036854775807"},
      {"bigint", "9223372036854775808", ""},
      {"bigint", "-9223372036854775808", "-9223372036854775808"},
      {"bigint", "-9223372036854775809", ""},
      {"bigint", R"("9007199254740993")", "9007199254740993"},
      {"bigint", R"("-1")", "-1"},
      {"bigint", R"("")", ""},
      {"bigint", R"("1.0")", ""},
      {"bigint", R"(" 1")", ""},
      {"bigint", R"("+1")", ""},
      {"bigint", "1.5", ""},
      {"bigint", "[1]", ""},
  });
}

TEST(FieldValue, ReadsFiniteFloats) {
  expect({
      {"float", "0", "0"},
      {"float", "-0.0", "0"},
      {"float", "1.50", "1.5"},
      {"float", "-2.5e-3", "-0.0025"},
      {"float", "1.7976931348623157e308", "1.7976931348623157e+308"},
      {"float", "1.8e308", ""},
      {"float", "-1e999999999", ""},
      {"float", "5e-324", "5e-324"},
      {"float", "1e-400", "0"},
      {"float", "0.1", "0.1"},
      {"float", R"("0.1")", ""},
      {"float", "false", ""},
  });
}

TEST(FieldValue, ReadsDecimalsExactly) {
  expect({
      {"decimal", "0.1", R"("0.1")"},
      {"decimal", R"("0.10")", R"("0.1")"},
      {"decimal", "1e3", R"("1000")"},
      {"decimal", "-0", R"("0")"},
      {"decimal", "-0.0e9", R"("0")"},
      {"decimal", "0.000000000000000001", R"("0.000000000000000001")"},
      {"decimal", "0.0000000000000000001", ""},
      {"decimal", "99999999999999999999.999999999999999999",
       R"("99999999999999999999.999999999999999999")"},
      {"decimal", "-99999999999999999999.999999999999999999",
       R"("-99999999999999999999.999999999999999999")"},
      {"decimal", "100000000000000000000", ""},
      {"decimal", "1e20", ""},
      {"decimal", "1e19", R"("10000000000000000000")"},
      {"decimal", "9007199254740993.01", R"("9007199254740993.01")"},
      {"decimal", "1e-99999999999999999999", ""},
      {"decimal", "1e99999999999999999999", ""},
      {"decimal", "0e99999999999999999999", R"("0")"},
      {"decimal", R"("")", ""},
      {"decimal", R"("-")", ""},
      {"decimal", R"("+1")", ""},
      {"decimal", R"("1,5")", ""},
      {"decimal", R"("01")", ""},
      {"decimal", R"(".5")", ""},
      {"decimal", R"("5.")", ""},
      {"decimal", R"("0x10")", ""},
      {"decimal", R"("NaN")", ""},
      {"decimal", R"("1 ")", ""},
      {"decimal", "[]", ""},
  });
}

TEST(FieldValue, ReadsMoneyWithTwoToFourDigitsBehindThePoint) {
  expect({
      {"money", "12.5", R"("12.50")"},
      {"money", "12", R"("12.00")"},
      {"money", R"("-0.0125")", R"("-0.0125")"},
      {"money", "0.00001", ""},
      {"money", "1.00000", R"("1.00")"},
      {"money", "999999999999999.9999", R"("999999999999999.9999")"},
      {"money", "1000000000000000", ""},
      {"money", R"("$5")", ""},
  });
}

TEST(FieldValue, ReadsPercentagesWithFourDigitsBehindThePoint) {
  expect({
      {"percent", "12.50", R"("12.5")"},
      {"percent", "100", R"("100")"},
      {"percent", "-99999.9999", R"("-99999.9999")"},
      {"percent", "100000", ""},
      {"percent", "0.00001", ""},
      {"percent", R"("5%")", ""},
  });
}

TEST(FieldValue, ReadsBooleansAndNothingLikeThem) {
  expect({
      {"boolean", "true", "true"},
      {"boolean", "false", "false"},
      {"boolean", "1", ""},
      {"boolean", "0", ""},
      {"boolean", R"("true")", ""},
      {"boolean", "[]", ""},
  });
}

TEST(FieldValue, ReadsDatetimesIntoUtcWithMicroseconds) {
  expect({
      {"datetime", R"("2026-01-02T03:04:05Z")", R"("2026-01-02T03:04:05.000000Z")"},
      {"datetime", R"("2026-01-02T03:04:05.123456789+02:00")", R"("2026-01-02T01:04:05.123456Z")"},
      {"datetime", R"("1970-01-01T00:00:00Z")", R"("1970-01-01T00:00:00.000000Z")"},
      {"datetime", R"("1969-12-31T23:59:59Z")", ""},
      {"datetime", R"("9999-12-31T23:59:59.999999Z")", R"("9999-12-31T23:59:59.999999Z")"},
      {"datetime", R"("2024-02-29T00:00:00Z")", R"("2024-02-29T00:00:00.000000Z")"},
      {"datetime", R"("2023-02-29T00:00:00Z")", ""},
      {"datetime", R"("2026-01-02T03:04:05")", ""},
      {"datetime", R"("2026-01-02")", ""},
      {"datetime", "1767323045", ""},
  });
}

TEST(FieldValue, ReadsTheFormattedTypesIntoTheirNormalForms) {
  expect({
      {"date", R"("2024-02-29")", R"("2024-02-29")"},
      {"date", R"("2023-02-29")", ""},
      {"time", R"("23:59:59.5")", R"("23:59:59.500000")"},
      {"time", R"("24:00:00")", ""},
      {"email", R"("Ada@Example.COM")", R"("Ada@example.com")"},
      {"email", R"("ada")", ""},
      {"url", R"("HTTPS://Example.com/A")", R"("https://example.com/A")"},
      {"url", R"("ftp://example.com")", ""},
      {"uuid", R"("123E4567-E89B-12D3-A456-426614174000")",
       R"("123e4567-e89b-12d3-a456-426614174000")"},
      {"uuid", R"("123e4567e89b12d3a456426614174000")", ""},
      {"phone", R"("+49 (30) 123-45.67")", R"("+49301234567")"},
      {"phone", R"("12")", ""},
      {"slug", R"("a-1")", R"("a-1")"},
      {"slug", R"("A-1")", ""},
      {"ip", R"("2001:DB8::0:1")", R"("2001:db8::1")"},
      {"ip", R"("1.2.3")", ""},
      {"color", R"("#1E90FF")", R"("#1e90ff")"},
      {"color", R"("1e90ff")", ""},
      {"date", "20240229", ""},
      {"ip", "16909060", ""},
  });
}

TEST(FieldValue, ReadsAnyJsonUpToItsSize) {
  const std::string most = quoted(times(kJsonFieldBytesMax - 2, "a"));
  expect({
      {"json", R"( { "b" : [ 1.50 , null ] , "a" : "é" } )", R"({"b":[1.50,null],"a":"é"})"},
      {"json", "[]", "[]"},
      {"json", "0", "0"},
      {"json", "false", "false"},
      {"json", most, most},
      {"json", quoted(times(kJsonFieldBytesMax - 1, "a")), ""},
      {"json", times(64, "[") + times(64, "]"), times(64, "[") + times(64, "]")},
  });
}

TEST(FieldValue, ReadsChoicesAsTheyAreWritten) {
  expect({
      {"enum:choices:draft|sent|in progress", R"("draft")", R"("draft")"},
      {"enum:choices:draft|sent|in progress", R"("in progress")", R"("in progress")"},
      {"enum:choices:draft|sent", R"("Draft")", ""},
      {"enum:choices:draft|sent", R"("")", ""},
      {"enum:choices:draft|sent", R"("draft|sent")", ""},
      {"enum:choices:draft|sent", "0", ""},
  });
  EXPECT_EQ(fault("enum:choices:draft|sent", "\"x\""), "must be one of draft, sent");
}

TEST(FieldValue, KeepsNumbersWithinTheirBounds) {
  expect({
      {"integer:min:-1,max:1", "-1", "-1"},
      {"integer:min:-1,max:1", "1", "1"},
      {"integer:min:-1,max:1", "2", ""},
      {"integer:min:-1,max:1", "-2", ""},
      {"integer:ge:0,le:0", "0", "0"},
      {"integer:gt:0", "0", ""},
      {"integer:gt:0", "1", "1"},
      {"integer:lt:0", "0", ""},
      {"integer:lt:0", "-1", "-1"},
      {"bigint:gte:9223372036854775807", "9223372036854775806", ""},
      {"bigint:gte:9223372036854775807", "9223372036854775807", "9223372036854775807"},
      {"bigint:lte:-9223372036854775808", "-9223372036854775807", ""},
      {"float:gt:0.1", "0.1", ""},
      {"float:gt:0.1", "0.10000000000000002", "0.10000000000000002"},
      {"float:lt:1e300", "1e300", ""},
      {"float:le:1e300", "1e300", "1e+300"},
      {"decimal:gt:0.1", "0.1", ""},
      {"decimal:gt:0.1", "0.100000000000000001", R"("0.100000000000000001")"},
      {"decimal:lt:-99999999999999999999.999999999999999998",
       "-99999999999999999999.999999999999999999", R"("-99999999999999999999.999999999999999999")"},
      {"money:min:0", "-0.0001", ""},
      {"money:min:0", "0", R"("0.00")"},
      {"percent:le:100", "100.0001", ""},
      {"percent:le:100", "100", R"("100")"},
  });
  EXPECT_EQ(fault("integer:min:1", "0"), "must be at least 1");
  EXPECT_EQ(fault("integer:gt:1", "1"), "must be more than 1");
  EXPECT_EQ(fault("money:max:1.5", "2"), "must be at most 1.50");
  EXPECT_EQ(fault("float:lt:1.5", "2"), "must be less than 1.5");
}

TEST(FieldValue, KeepsTheLengthsOfTextsWithinTheirBoundsInCodePoints) {
  expect({
      {"string:min:2,max:3", R"("é")", ""},
      {"string:min:2,max:3", R"("éé")", R"("éé")"},
      {"string:min:2,max:3", quoted("\U0001F600\U0001F600\U0001F600"),
       quoted("\U0001F600\U0001F600\U0001F600")},
      {"string:min:2,max:3", R"("éééé")", ""},
      {"text:max:1", R"("\n")", R"("\n")"},
      {"text:max:1", R"("\n\n")", ""},
      {"email:max:7", R"("a@bb.cc")", R"("a@bb.cc")"},
      {"email:max:6", R"("a@bb.cc")", ""},
      {"phone:min:4", R"("12 3")", ""},  // Of the normal form.
      {"slug:min:3", R"("ab")", ""},
  });
  EXPECT_EQ(fault("string:min:2", "\"a\""), "must have at least 2 characters");
  EXPECT_EQ(fault("string:max:2", "\"abc\""), "must have at most 2 characters");
  EXPECT_EQ(fault("string:required", "\"\""), "must not be empty");
}

TEST(FieldValue, MatchesTheWholeTextWithARegex) {
  expect({
      {"string:regex:[A-Z]{2,3}", R"("AB")", R"("AB")"},
      {"string:regex:[A-Z]{2,3}", R"("ABCD")", ""},
      {"string:regex:[A-Z]{2,3}", R"("A")", ""},
      {"string:regex:a|bc", R"("abc")", ""},
      {"string:regex:a|bc", R"("bc")", R"("bc")"},
      {"string:regex:.", R"("é")", R"("é")"},
      {"text:regex:a.b", R"("a\nb")", ""},
      {"text:regex:(?s)a.b", R"("a\nb")", R"("a\nb")"},
      {"text:regex:a*", quoted(times(1'000, "a")), quoted(times(1'000, "a"))},
      {"text:regex:a*", quoted(times(1'001, "a")), ""},
      {"slug:regex:inv-[0-9]+", R"("inv-12")", R"("inv-12")"},
      {"slug:regex:inv-[0-9]+", R"("inv-x")", ""},
  });
  EXPECT_EQ(fault("string:regex:a+", "\"b\""), "must match the pattern a+");
}

TEST(FieldValue, SaysWhatKindOfValueCame) {
  EXPECT_EQ(fault("string", "1"), "must be a string, not number");
  EXPECT_EQ(fault("integer", "\"1\""), "must be an integer, not string");
  EXPECT_EQ(fault("integer", "1.5"), "must be an integer from -2147483648 to 2147483647");
  EXPECT_EQ(fault("boolean", "[]"), "must be true or false, not array");
  EXPECT_EQ(fault("ip", "{}"), "must be a string, not object");
  EXPECT_EQ(fault("json", quoted(times(kJsonFieldBytesMax, "a"))),
            "must have at most 262144 bytes as compact JSON");
}

TEST(FieldValue, ComparesNumbersOfAType) {
  EXPECT_EQ(number_text(R"("12.50")"), "12.50");
  EXPECT_EQ(number_text("12"), "12");
  EXPECT_TRUE(compare_numbers(FieldType::kFloat, "1e300", "2e300") < 0);
  EXPECT_TRUE(compare_numbers(FieldType::kInteger, "-5", "-5") == 0);
  EXPECT_TRUE(compare_numbers(FieldType::kDecimal, "0.3", "0.299999999999999999") > 0);
}

TEST(FieldValue, ReadsTextsOfQueriesByTheTypeAlone) {
  const Case cases[] = {
      {"string:max:3,regex:x", "longer", R"("longer")"},
      {"string", "a\"b", R"("a\"b")"},
      {"string", std::string("a\0b", 3), ""},
      {"string", "\xFF", ""},
      {"text", "\xED\xA0\x80", ""},
      {"integer", "12", "12"},
      {"integer:min:20", "12", "12"},
      {"integer", "12a", ""},
      {"integer", "", ""},
      {"integer", "null", ""},
      {"integer", "2147483648", ""},
      {"bigint", "9223372036854775807", "9223372036854775807"},
      {"float", "1e3", "1000"},
      {"float", "inf", ""},
      {"decimal", "1.50", R"("1.5")"},
      {"decimal", R"("1.50")", R"("1.5")"},
      {"boolean", "true", "true"},
      {"boolean", "yes", ""},
      {"datetime", "2026-01-02T03:04:05Z", R"("2026-01-02T03:04:05.000000Z")"},
      {"email", "A@B.de", R"("A@b.de")"},
      {"enum:choices:a|b", "b", R"("b")"},
      {"enum:choices:a|b", "c", ""},
  };
  for (const auto& [definition, text, kept] : cases) {
    EXPECT_EQ(read_value_of_text(field_of("v:" + definition), text).value_or(""), kept)
        << definition << " " << text;
  }
}

}  // namespace
}  // namespace core
