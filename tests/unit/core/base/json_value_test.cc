#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace core {
namespace {

TEST(JsonValue, GivesWholeNumbersThatFitAndNoOthers) {
  JsonParser parser(1024);
  const auto int64 = [&](std::string_view text) { return parser.parse(text).value().as_int64(); };
  EXPECT_EQ(int64("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(int64("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(int64("-0"), 0);
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "1.0", "1e3", "true",
                           "\"1\"", "null", "[1]", "18446744073709551616"}) {
    EXPECT_EQ(int64(text), std::nullopt) << text;
  }
}

TEST(JsonValue, GivesTheNearestDoubleUnlessItWouldBeInfinite) {
  JsonParser parser(1024);
  const auto real = [&](std::string_view text) { return parser.parse(text).value().as_double(); };
  EXPECT_EQ(real("0.1"), 0.1);
  EXPECT_EQ(real("-2.5e3"), -2500.0);
  EXPECT_EQ(real("18446744073709551616"), 18446744073709551616.0);
  EXPECT_EQ(real("1.7976931348623157e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(real("4.9e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(real("1e-400"), 0.0);
  EXPECT_TRUE(std::signbit(real("-1e-400").value()));
  EXPECT_EQ(real("1e400"), std::nullopt);
  EXPECT_EQ(real("-1e400"), std::nullopt);
  EXPECT_EQ(real("\"1\""), std::nullopt);
}

TEST(JsonValue, KeepsNumbersOfAnyPrecisionAsTheyWereWritten) {
  JsonParser parser(1024);
  constexpr std::string_view kPrecise = "-1234567890123456789012.000100e-7";
  EXPECT_EQ(parser.parse(kPrecise).value().number_text(), kPrecise);
  EXPECT_EQ(parser.parse("\"1\"").value().number_text(), std::nullopt);
}

TEST(JsonValue, AnswersNothingWhenAskedForAnotherKind) {
  JsonParser parser(1024);
  const auto array = parser.parse("[null,true,\"x\"]");
  ASSERT_TRUE(array.has_value());
  EXPECT_EQ(array->as_bool(), std::nullopt);
  EXPECT_EQ(array->as_string(), std::nullopt);
  EXPECT_FALSE(array->find("x").has_value());
  EXPECT_EQ(array->members().begin(), array->members().end());
  for (const JsonValue element : array->elements()) {
    EXPECT_EQ(element.size(), 0U);
    EXPECT_EQ(element.elements().begin(), element.elements().end());
  }
  EXPECT_TRUE(JsonValue().is_null());
  EXPECT_EQ(JsonValue().minify(), "null");
}

TEST(JsonValue, WalksMembersAndElementsInTheirOrder) {
  JsonParser parser(1024);
  const auto value = parser.parse(R"({"z":[1,[2,3],{"q":4}],"a":{"b":"c"},"\u0061b":false})");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->size(), 3U);
  std::vector<std::string> names;
  for (const auto& [name, member] : value->members()) names.emplace_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"z", "a", "ab"}));
  std::vector<std::string> elements;
  for (const JsonValue element : value->find("z")->elements()) elements.push_back(element.minify());
  EXPECT_EQ(elements, (std::vector<std::string>{"1", "[2,3]", "{\"q\":4}"}));
  EXPECT_EQ(value->find("a")->find("b")->as_string(), "c");
  EXPECT_EQ(value->find("ab")->as_bool(), false);
  EXPECT_FALSE(value->find("missing").has_value());
  EXPECT_FALSE(value->find("").has_value());
}

TEST(JsonValue, HasAWordForEachKind) {
  JsonParser parser(1024);
  const auto kind = [&](std::string_view text) { return name_of(parser.parse(text)->kind()); };
  EXPECT_EQ(kind("null"), "null");
  EXPECT_EQ(kind("true"), "boolean");
  EXPECT_EQ(kind("1"), "number");
  EXPECT_EQ(kind("\"\""), "string");
  EXPECT_EQ(kind("[]"), "array");
  EXPECT_EQ(kind("{}"), "object");
}

}  // namespace
}  // namespace core
