#include "core/base/json.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace core {
namespace {

constexpr std::size_t kMebibyte = 1024 * 1024;

struct Accepted {
  std::string_view text;
  std::string_view minified;
};

constexpr Accepted kAccepted[] = {
    {"null", "null"},
    {"true", "true"},
    {" false ", "false"},
    {"\r\n\t 0 \r\n\t", "0"},
    {"-0", "-0"},
    {"-1", "-1"},
    {"1.0", "1.0"},
    {"0.10", "0.10"},
    {"0e0", "0e0"},
    {"1E+2", "1E+2"},
    {"1e-2", "1e-2"},
    {"1e400", "1e400"},
    {"123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"},
    {"\"\"", "\"\""},
    {" \"a\" ", "\"a\""},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
    {"\"\\u0041\\u00e9\\u20AC\"", "\"A\xC3\xA9\xE2\x82\xAC\""},
    {"\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\""},
    {"\"\\uD800\\uDC00\\uDBFF\\uDFFF\"", "\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\""},
    {"\"\\u0000\\u001f\"", "\"\\u0000\\u001f\""},
    {"\"\\u007f\x7f\"", "\"\x7f\x7f\""},
    {"\"\\uffff\xEF\xBF\xBF\"", "\"\xEF\xBF\xBF\xEF\xBF\xBF\""},
    {"\"\\\\u0041\"", "\"\\\\u0041\""},
    {"\"/* no comment */ // either\"", "\"/* no comment */ // either\""},
    {"\"[{]},:\"", "\"[{]},:\""},
    {"[]", "[]"},
    {" [ ] ", "[]"},
    {"{}", "{}"},
    {"{ }", "{}"},
    {"[[],[[]],{}]", "[[],[[]],{}]"},
    {"[ 1 , 2 ,3]", "[1,2,3]"},
    {"[null,true,false,0,\"\"]", "[null,true,false,0,\"\"]"},
    {"{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}"},
    {"{\"\":0}", "{\"\":0}"},
    {"{ \"a\" : { \"a\" : { \"a\" : [ ] } } }", "{\"a\":{\"a\":{\"a\":[]}}}"},
    {"[{\"a\":1},{\"a\":2}]", "[{\"a\":1},{\"a\":2}]"},
    {"{\"a\\nb\":\"\\n\"}", "{\"a\\nb\":\"\\n\"}"},
    {"{\"\xC3\xA9\":1,\"e\":2}", "{\"\xC3\xA9\":1,\"e\":2}"},
};

TEST(Json, KeepsEveryValidTextAsItsCompactForm) {
  JsonParser parser(kMebibyte);
  for (const Accepted& row : kAccepted) {
    const auto value = parser.parse(row.text);
    ASSERT_TRUE(value.has_value()) << row.text << ": " << describe(value.error());
    const std::string compact = value->minify();
    EXPECT_EQ(compact, row.minified) << row.text;
    const auto again = parser.parse(compact);
    ASSERT_TRUE(again.has_value()) << compact;
    EXPECT_EQ(again->minify(), compact);
  }
}

TEST(Json, RefusesANameThatIsThereTwiceAndSaysWhich) {
  JsonParser parser(1024);
  const auto twice = parser.parse("{\"a\":1,\n \"b\":2, \"a\":3}");
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(describe(twice.error()), "the name \"a\" is there twice at line 2, column 9 (byte 16)");
  // Also when it is spelt in another way, deep inside, or empty.
  for (const char* text : {R"({"a":1,"\u0061":2})", R"([{"x":{"a":1,"b":{},"a":null}}])",
                           R"({"":1,"":2})", R"({"a":1,"a":1})"}) {
    const auto value = parser.parse(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_TRUE(value.error().reason.ends_with("is there twice")) << value.error().reason;
  }
  EXPECT_TRUE(parser.parse(R"({"a":{"a":1},"b":{"a":1}})").has_value());
}

TEST(Json, ShortensALongNameInAMessageBetweenCharacters) {
  JsonParser parser(kMebibyte);
  std::string name;
  for (int i = 0; i < 500; ++i) name += "\xC3\xA9\n";
  std::string text = "{";
  append_json_string(text, name);
  text += ":1,";
  append_json_string(text, name);
  text += ":2}";
  const auto value = parser.parse(text);
  ASSERT_FALSE(value.has_value());
  EXPECT_LT(value.error().reason.size(), 150U);
  std::string message;
  JsonWriter(message).string(value.error().reason);
  EXPECT_EQ(message.find("\xEF\xBF\xBD"), std::string::npos) << "cut within a character";
}

TEST(Json, FindsADuplicateAmongManyNamesWithoutComparingAllPairs) {
  std::string text = "{";
  for (int i = 0; i < 90'000; ++i) text += "\"n" + std::to_string(i) + "\":0,";
  JsonParser parser(2 * kMebibyte);
  EXPECT_TRUE(parser.parse(text + "\"last\":0}").has_value());
  const auto twice = parser.parse(text + "\"n7\":0}");
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().reason, "the name \"n7\" is there twice");
  EXPECT_EQ(twice.error().offset, text.size());
}

TEST(Json, NamesLineColumnAndByteOfAFault) {
  JsonParser parser(1024);
  const auto value = parser.parse("{\n  \"n\xC3\xA4me\": \"x\",\n  \"\xC3\xA9\": 01\n}");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(describe(value.error()),
            "a number may not have leading zeros at line 3, column 9 (byte 27)");
  const auto cut = parser.parse("{\"a\":1");
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(describe(cut.error()),
            "expected ',' or '}', found the end of the text at line 1, column 7 (byte 6)");
}

TEST(Json, RefusesADeepTextAtTheBracketThatIsTooDeep) {
  JsonParser parser(kMebibyte);
  const std::string deepest = std::string(64, '[') + std::string(64, ']');
  EXPECT_TRUE(parser.parse(deepest).has_value());
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  for (const std::string& text : {std::string(100'000, '['), "[" + deepest + "]",
                                  std::string(100'000, '[') + std::string(100'000, ']')}) {
    const auto value = parser.parse(text);
    ASSERT_FALSE(value.has_value());
    EXPECT_EQ(value.error().offset, 64U);
    EXPECT_EQ(value.error().reason, "nested too deep");
  }
  const auto value = parser.parse(objects);
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().offset, 64U * 5);
}

TEST(Json, TakesAStringOfAMebibyte) {
  JsonParser parser(kMebibyte);
  for (const std::string_view unit : {"x", "\xC3\xA9", "\\n", "\\u00e9"}) {
    std::string text = "\"";
    while (text.size() + unit.size() < kMebibyte) text += unit;
    text += '"';
    const auto value = parser.parse(text);
    ASSERT_TRUE(value.has_value()) << unit;
    EXPECT_GT(value->as_string()->size(), kMebibyte / 4);
  }
}

TEST(Json, RefusesATextAboveItsCapacity) {
  JsonParser parser(16);
  EXPECT_TRUE(parser.parse("[1,2,3,4,5,6,78]").has_value());
  const auto value = parser.parse("[1,2,3,4,5,6,789]");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().reason, "longer than is allowed here");
  EXPECT_EQ(value.error().offset, 16U);
}

TEST(Json, ReadsSmallTextsAfterLargeAndRefusedOnes) {
  JsonParser parser(kMebibyte);
  const std::string large = "[\"" + std::string(kMebibyte - 4, 'x') + "\"]";
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(parser.parse(large).has_value());
    EXPECT_FALSE(parser.parse("{\"a\":1").has_value());
    EXPECT_FALSE(parser.parse("{\"a\":1,\"a\":2}").has_value());
    EXPECT_EQ(parser.parse("{\"a\":[1,2]}").value().minify(), "{\"a\":[1,2]}");
  }
}

TEST(Json, OutlivesTheTextItWasGiven) {
  JsonParser parser(1024);
  std::string text = R"({"name":"Acme","n":12.50})";
  const auto value = parser.parse(text);
  text.assign(text.size(), '#');
  EXPECT_EQ(value->minify(), R"({"name":"Acme","n":12.50})");
}

// A random document, with its depth bounded.
void write_random(JsonWriter& json, std::mt19937_64& random, int depth) {
  const auto kind = random() % (depth > 0 ? 8 : 6);
  if (kind == 0) json.null();
  if (kind == 1) json.boolean(random() % 2 == 0);
  if (kind == 2) json.int64(static_cast<std::int64_t>(random()));
  if (kind == 3) json.uint64(random());
  if (kind == 4) json.float64(static_cast<double>(random()) / 1e6);
  if (kind == 5) {
    std::string text;
    for (auto bytes = random() % 40; bytes > 0; --bytes) {
      text.push_back(static_cast<char>(random() % (random() % 2 == 0 ? 256 : 128)));
    }
    json.string(text);
  }
  if (kind == 6) {
    json.begin_array();
    for (auto n = random() % 5; n > 0; --n) write_random(json, random, depth - 1);
    json.end_array();
  }
  if (kind == 7) {
    json.begin_object();
    for (auto n = random() % 5; n > 0; --n) {
      json.key("name \"" + std::to_string(n) + "\"\n");
      write_random(json, random, depth - 1);
    }
    json.end_object();
  }
}

TEST(Json, ReadsWhateverTheWriterWrites) {
  constexpr std::uint64_t kSeed = 11;
  std::mt19937_64 random(kSeed);
  JsonParser parser(kMebibyte);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    JsonWriter json(text);
    write_random(json, random, 6);
    ASSERT_TRUE(json.complete());
    const auto value = parser.parse(text);
    ASSERT_TRUE(value.has_value())
        << "seed " << kSeed << ": " << text << ": " << describe(value.error());
    ASSERT_EQ(value->minify(), text);
  }
}

}  // namespace
}  // namespace core
