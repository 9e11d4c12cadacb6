#include "core/service/form.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>

#include "tests/support/form_reading.h"

namespace core {
namespace {

using test::FormReading;
using test::Issues;
using test::times;

constexpr Form::Text kName{.characters_min = 1, .characters_max = 100};

auto name_of_text(std::string_view text) {
  return FormReading(text, [](Form& form) { return form.text("name", kName); });
}

Issues name_issue(std::string message) {
  return {{"name", std::move(message)}};
}

TEST(Form, TakesTextsOfOneToAHundredCharactersHoweverManyBytesEachHas) {
  for (const std::string_view character : {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8E\xB2"}) {
    const std::string longest = times(100, character);
    const auto whole = name_of_text(R"({"name":")" + longest + R"("})");
    EXPECT_EQ(whole.value, longest);
    EXPECT_EQ(whole.issues, Issues{});
    const auto one = name_of_text(R"({"name":")" + std::string(character) + R"("})");
    EXPECT_EQ(one.value, character);
    const auto over = name_of_text(R"({"name":")" + longest + std::string(character) + R"("})");
    EXPECT_EQ(over.value, std::nullopt);
    EXPECT_EQ(over.issues, name_issue("must have at most 100 characters"));
  }
  EXPECT_EQ(name_of_text(R"({"name":""})").issues, name_issue("must not be empty"));
}

TEST(Form, SaysHowManyCharactersAreTheLeastWhereOneIsNotEnough) {
  const auto read = [](Form& form) {
    return form.text("name", {.characters_min = 3, .characters_max = 4});
  };
  EXPECT_EQ(FormReading(R"({"name":"ab"})", read).issues,
            name_issue("must have at least 3 characters"));
  EXPECT_EQ(FormReading(R"({"name":"abc"})", read).value, "abc");
}

TEST(Form, RefusesControlCharactersInTexts) {
  const Issues refused = name_issue("must not contain control characters");
  EXPECT_EQ(name_of_text(R"({"name":"a\u0000b"})").issues, refused);
  EXPECT_EQ(name_of_text(R"({"name":"a\nb"})").issues, refused);
  EXPECT_EQ(name_of_text(R"({"name":"a\u001Fb"})").issues, refused);
  EXPECT_EQ(name_of_text(R"({"name":"a\u007Fb"})").issues, refused);
  EXPECT_EQ(name_of_text(R"({"name":"a b~"})").issues, Issues{});
}

TEST(Form, NamesTheKindThatWasSentInsteadOfTheOneThatIsWanted) {
  EXPECT_EQ(name_of_text(R"({"name":5})").issues, name_issue("must be a string, not number"));
  EXPECT_EQ(name_of_text(R"({"name":null})").issues, name_issue("must be a string, not null"));
  EXPECT_EQ(name_of_text(R"({"name":["a"]})").issues, name_issue("must be a string, not array"));
  const auto flag = [](Form& form) { return form.boolean("on"); };
  EXPECT_EQ(FormReading(R"({"on":"true"})", flag).issues,
            (Issues{{"on", "must be true or false, not string"}}));
  EXPECT_EQ(FormReading(R"({"on":1})", flag).issues,
            (Issues{{"on", "must be true or false, not number"}}));
  EXPECT_EQ(FormReading(R"({"on":false})", flag).value, false);
  EXPECT_EQ(FormReading(R"({"on":true})", flag).value, true);
  EXPECT_EQ(FormReading("{}", flag).value, std::nullopt);
}

TEST(Form, TakesIntegersToBothEdgesAndNoneBeyond) {
  const auto read = [](Form& form) { return form.integer("n", {.min = -2, .max = 7}); };
  EXPECT_EQ(FormReading(R"({"n":-2})", read).value, -2);
  EXPECT_EQ(FormReading(R"({"n":7})", read).value, 7);
  const Issues refused{{"n", "must be an integer from -2 to 7"}};
  for (const std::string_view number :
       {"-3", "8", "1.5", "1.0", "1e3", "9223372036854775808", "-9223372036854775809",
        "99999999999999999999999999", "1e400"}) {
    const FormReading form(R"({"n":)" + std::string(number) + "}", read);
    EXPECT_EQ(form.value, std::nullopt) << number;
    EXPECT_EQ(form.issues, refused) << number;
  }
  EXPECT_EQ(FormReading(R"({"n":"5"})", read).issues,
            (Issues{{"n", "must be an integer, not string"}}));
  EXPECT_EQ(FormReading(R"({"n":null})", read).issues,
            (Issues{{"n", "must be an integer, not null"}}));
  const auto widest = [](Form& form) {
    constexpr auto kLimits = std::numeric_limits<std::int64_t>();
    return form.integer("n", {.min = kLimits.min(), .max = kLimits.max()});
  };
  EXPECT_EQ(FormReading(R"({"n":9223372036854775807})", widest).value,
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(FormReading(R"({"n":-9223372036854775808})", widest).value,
            std::numeric_limits<std::int64_t>::min());
}

TEST(Form, ReadsDateTimesWithTheirOffsetAndRefusesEverythingElse) {
  const auto read = [](Form& form) { return form.datetime("at"); };
  EXPECT_EQ(FormReading(R"({"at":"1970-01-01T00:00:01.5Z"})", read).value, 1'500'000);
  EXPECT_EQ(FormReading(R"({"at":"1970-01-01T02:00:01+02:00"})", read).value, 1'000'000);
  for (const std::string_view text : {"2030-02-29T00:00:00Z", "2030-01-31", "2030-01-31T12:00:00",
                                      "2030-01-31T25:00:00Z", "soon", ""}) {
    const FormReading form(R"({"at":")" + std::string(text) + R"("})", read);
    EXPECT_EQ(form.value, std::nullopt) << text;
    ASSERT_EQ(form.issues.size(), 1U) << text;
    EXPECT_TRUE(form.issues.begin()->second.starts_with(
        "must be an RFC 3339 date-time such as 2030-01-31T12:00:00Z: "))
        << form.issues.begin()->second;
  }
  EXPECT_EQ(FormReading(R"({"at":1700000000})", read).issues,
            (Issues{{"at", "must be an RFC 3339 date-time, not number"}}));
}

TEST(Form, TakesListsOfTextsUpToTheirBound) {
  const auto read = [](Form& form) { return form.texts("list", 2); };
  EXPECT_EQ(FormReading(R"({"list":["a","b"]})", read).value, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(FormReading(R"({"list":[]})", read).value, std::vector<std::string>{});
  EXPECT_EQ(FormReading(R"({"list":["a","b","c"]})", read).issues,
            (Issues{{"list", "must have at most 2 elements"}}));
  EXPECT_EQ(FormReading(R"({"list":["a",1]})", read).issues,
            (Issues{{"list", "must hold strings, not number"}}));
  EXPECT_EQ(FormReading(R"({"list":"a"})", read).issues,
            (Issues{{"list", "must be a list of strings, not string"}}));
  EXPECT_EQ(FormReading("{}", read).value, std::nullopt);
}

TEST(Form, KeepsJsonCompactAndMeasuresItSo) {
  const auto read = [](Form& form) { return form.json("value", 9); };
  EXPECT_EQ(FormReading(R"({"value": { "a" : [ 1 ] } })", read).value, R"({"a":[1]})");
  EXPECT_EQ(FormReading(R"({"value":1234567890})", read).issues,
            (Issues{{"value", "must have at most 9 bytes as compact JSON"}}));
  EXPECT_EQ(FormReading(R"({"value":null})", read).value, "null");
  EXPECT_EQ(FormReading(R"({"value":1.50})", read).value, "1.50");
}

TEST(Form, ToldThatAFieldMayBeNullKnowsItThen) {
  const auto read = [](Form& form) { return form.is_null("a"); };
  EXPECT_TRUE(FormReading(R"({"a":null})", read).value);
  EXPECT_EQ(FormReading(R"({"a":null})", read).issues, Issues{});
  EXPECT_FALSE(FormReading("{}", read).value);
  EXPECT_FALSE(FormReading(R"({"a":0})", read).value);
}

TEST(Form, NamesAllThatIsWrongInOneAnswer) {
  const FormReading form(R"({"count":"x","color":"red","weight":1})", [](Form& open) {
    open.require("name");
    open.require("count");
    open.text("name", kName);
    return open.integer("count", {.min = 1, .max = 2});
  });
  EXPECT_EQ(form.issues, (Issues{{"name", "is required"},
                                 {"count", "must be an integer, not string"},
                                 {"color", "is not a known field"},
                                 {"weight", "is not a known field"}}));
}

TEST(Form, FindsOneFaultWithABodyThatIsNoObject) {
  for (const auto& [text, kind] : {std::pair{"[1]", "array"}, std::pair{"null", "null"},
                                   std::pair{"3", "number"}, std::pair{"\"{}\"", "string"}}) {
    const FormReading form(text, [](Form& open) {
      open.require("name");
      return open.text("name", kName);
    });
    EXPECT_EQ(form.value, std::nullopt);
    EXPECT_EQ(form.issues, (Issues{{"", std::string("must be a JSON object, not ") + kind}}));
  }
}

TEST(Form, WritesIssuesAsJsonWithHostileNamesEscaped) {
  EXPECT_EQ(to_json({}), "[]");
  EXPECT_EQ(
      to_json({{"a\"\n", "is not a known field"}, {"", "must be"}}),
      R"([{"field":"a\"\n","message":"is not a known field"},{"field":"","message":"must be"}])");
}

}  // namespace
}  // namespace core
