#include "core/base/json_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "core/base/json.h"

namespace core {
namespace {

std::string json_of(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonWriter, WritesAnEnvelopeWithItsCommas) {
  std::string out = "body: ";
  JsonWriter json(out);
  json.begin_object().key("success").boolean(true).key("data").begin_array();
  json.int64(-1).uint64(18446744073709551615U).float64(0.5).null().string("x");
  json.begin_object().end_object().begin_array().end_array().raw("{\"a\":1.10}");
  json.end_array().key("meta").begin_object().key("next_cursor").null().end_object().end_object();
  EXPECT_EQ(
      out,
      R"(body: {"success":true,"data":[-1,18446744073709551615,0.5,null,"x",{},[],{"a":1.10}],)"
      R"("meta":{"next_cursor":null}})");
  EXPECT_TRUE(json.complete());
}

TEST(JsonWriter, KnowsWhetherItsValueIsWhole) {
  std::string out;
  JsonWriter json(out);
  EXPECT_FALSE(json.complete());
  json.begin_object();
  EXPECT_FALSE(json.complete());
  json.key("a");
  EXPECT_FALSE(json.complete());
  json.int64(1);
  EXPECT_FALSE(json.complete());
  json.end_object();
  EXPECT_TRUE(json.complete());
}

TEST(JsonWriter, EscapesWhatMustBeAndNothingElse) {
  EXPECT_EQ(json_of("plain /text' with \x7f"), "\"plain /text' with \x7f\"");
  EXPECT_EQ(json_of("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(json_of(std::string_view("\0\x01\x1f", 3)), R"("\u0000\u0001\u001f")");
  EXPECT_EQ(json_of("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"),
            "\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"");
  EXPECT_EQ(json_of(""), "\"\"");
}

// The scan takes eight bytes at a time: each special byte at each place in and after a word.
TEST(JsonWriter, FindsASpecialByteAtEveryPlace) {
  const std::pair<std::string, std::string> specials[] = {
      {"\"", "\\\""},
      {"\\", "\\\\"},
      {std::string(1, '\0'), "\\u0000"},
      {"\x1f", "\\u001f"},
      {"\n", "\\n"},
      {"\xC3\xA9", "\xC3\xA9"},
      {"\x80", "\xEF\xBF\xBD"},
      {"\xff", "\xEF\xBF\xBD"},
  };
  for (const auto& [special, escaped] : specials) {
    for (std::size_t before = 0; before < 20; ++before) {
      for (std::size_t after = 0; after < 20; ++after) {
        const std::string left(before, '!'), right(after, '~');
        ASSERT_EQ(json_of(left + special + right), '"' + left + escaped + right + '"');
      }
    }
  }
}

TEST(JsonWriter, PutsOneReplacementForEachByteThatIsNotUtf8) {
  const std::string fffd = "\xEF\xBF\xBD";
  EXPECT_EQ(json_of("a\xC3"), "\"a" + fffd + "\"");
  EXPECT_EQ(json_of("\xC0\xAF"), "\"" + fffd + fffd + "\"");
  EXPECT_EQ(json_of("\xED\xA0\x80z"), "\"" + fffd + fffd + fffd + "z\"");
  EXPECT_EQ(json_of("\xF0\x9F\x98"), "\"" + fffd + fffd + fffd + "\"");
}

TEST(JsonWriter, WritesDoublesThatReadBackTheSame) {
  JsonParser parser(1024);
  for (const double value :
       {0.0, 1.0, -1.5, 0.1, 1e20, 1e-7, 1e300, 123456789.125, std::numeric_limits<double>::max(),
        std::numeric_limits<double>::denorm_min()}) {
    std::string out;
    JsonWriter(out).float64(value);
    const auto back = parser.parse(out);
    ASSERT_TRUE(back.has_value()) << out;
    EXPECT_EQ(back->as_double(), value) << out;
  }
}

TEST(JsonWriter, WritesNullForWhatJsonHasNoNumberFor) {
  std::string out;
  JsonWriter json(out);
  json.begin_array().float64(std::numeric_limits<double>::infinity());
  json.float64(std::numeric_limits<double>::quiet_NaN()).end_array();
  EXPECT_EQ(out, "[null,null]");
}

TEST(JsonWriter, NestsAsDeepAsItsBound) {
  std::string out;
  JsonWriter json(out);
  for (int i = 0; i < JsonWriter::kDepthMax / 2; ++i) json.begin_array().begin_object().key("a");
  json.null();
  for (int i = 0; i < JsonWriter::kDepthMax / 2; ++i) json.end_object().end_array();
  EXPECT_TRUE(json.complete());
  EXPECT_TRUE(JsonParser(4096).parse(out).has_value());
}

TEST(JsonWriterDeathTest, StopsAtACallThatWouldMakeInvalidJson) {
  std::string out;
  EXPECT_DEATH(JsonWriter(out).null().null(), "broken invariant");
  EXPECT_DEATH(JsonWriter(out).end_array(), "broken invariant");
  EXPECT_DEATH(JsonWriter(out).key("a"), "broken invariant");
  EXPECT_DEATH(JsonWriter(out).raw(""), "broken invariant");
  EXPECT_DEATH(JsonWriter(out).begin_object().int64(1), "broken invariant");
  EXPECT_DEATH(JsonWriter(out).begin_object().end_array(), "broken invariant");
  EXPECT_DEATH(JsonWriter(out).begin_array().key("a"), "broken invariant");
  EXPECT_DEATH(JsonWriter(out).begin_array().end_object(), "broken invariant");
  EXPECT_DEATH(JsonWriter(out).begin_object().key("a").key("b"), "broken invariant");
  EXPECT_DEATH(JsonWriter(out).begin_object().key("a").end_object(), "broken invariant");
  EXPECT_DEATH(
      {
        JsonWriter json(out);
        for (int i = 0; i <= JsonWriter::kDepthMax; ++i) json.begin_array();
      },
      "broken invariant");
}

}  // namespace
}  // namespace core
