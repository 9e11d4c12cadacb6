#include "core/base/json_fault.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "core/base/json.h"

namespace core {
namespace {

constexpr int kDepthMax = JsonParser::kDepthMax;

struct Refused {
  std::string_view text;
  std::size_t offset;
  std::string_view reason;
};

constexpr std::string_view kValue = "expected a value";
constexpr std::string_view kMore = "expected nothing more after the value";
constexpr std::string_view kElement = "expected ',' or ']'";
constexpr std::string_view kMember = "expected ',' or '}'";
constexpr std::string_view kName = "expected a name in double quotes";
constexpr std::string_view kDigit = "expected a digit";
constexpr std::string_view kPoint = "expected a digit after the decimal point";
constexpr std::string_view kExponent = "expected a digit of the exponent";
constexpr std::string_view kZeros = "a number may not have leading zeros";
constexpr std::string_view kControl = "a control character in a string must be escaped";
constexpr std::string_view kUtf8 = "not valid UTF-8";
constexpr std::string_view kQuote = "expected '\"' at the end of the string";
constexpr std::string_view kEscape = "expected one of \" \\ / b f n r t u after the backslash";
constexpr std::string_view kHex = "expected four hexadecimal digits after \\u";
constexpr std::string_view kSurrogate = "a surrogate without its other half";

constexpr Refused kStructure[] = {
    {"", 0, kValue},
    {" \n\t", 3, kValue},
    {"\xEF\xBB\xBF{}", 0, "a byte order mark is not allowed"},
    {"[", 1, kValue},
    {"[1", 2, kElement},
    {"[1,", 3, kValue},
    {"[1,]", 3, kValue},
    {"[,1]", 1, kValue},
    {"[1,,2]", 3, kValue},
    {"[1 2]", 3, kElement},
    {"[1}", 2, kElement},
    {"[\"a\" \"b\"]", 5, kElement},
    {"[\"a\"b]", 4, kElement},
    {"[1:2]", 2, kElement},
    {"]", 0, kValue},
    {"[]]", 2, kMore},
    {"[] []", 3, kMore},
    {"[][]", 2, kMore},
    {"[[[]]", 5, kElement},
    {"{", 1, kName},
    {"}", 0, kValue},
    {"{]", 1, kName},
    {"{}}", 2, kMore},
    {"{\"a\"", 4, "expected ':'"},
    {"{\"a\"}", 4, "expected ':'"},
    {"{\"a\":", 5, kValue},
    {"{\"a\":}", 5, kValue},
    {"{\"a\":1", 6, kMember},
    {"{\"a\":1,", 7, kName},
    {"{\"a\":1,}", 7, kName},
    {"{,\"a\":1}", 1, kName},
    {"{\"a\" 1}", 5, "expected ':'"},
    {"{\"a\",1}", 4, "expected ':'"},
    {"{\"a\"::1}", 5, kValue},
    {"{\"a\":1 \"b\":2}", 7, kMember},
    {"{\"a\":1,,\"b\":2}", 7, kName},
    {"{\"a\":1;\"b\":2}", 6, kMember},
    {"{\"a\":1]", 6, kMember},
    {"{a:1}", 1, kName},
    {"{'a':1}", 1, kName},
    {"{1:1}", 1, kName},
    {"{null:1}", 1, kName},
    {"{\"a\":1}x", 7, kMore},
    {"{\"a\":1} {\"b\":2}", 8, kMore},
    {"{\"a\":1}\n,", 8, kMore},
    {"{\"a\":[1,{\"b\":]}", 13, kValue},
    {"1 2", 2, kMore},
    {"1,", 1, kMore},
    {"\"a\"\"b\"", 3, kMore},
    {"null null", 5, kMore},
    {"/* comment */ 1", 0, kValue},
    {"[1, // comment\n2]", 4, kValue},
    {"[1]# comment", 3, kMore},
    {"<html>", 0, kValue},
    {"name=Acme&plan=free", 1, "expected \"null\""},
    {"\f[]", 0, kValue},
    {"\v[]", 0, kValue},
    {"[\f]", 1, kValue},
    {"[1]\xC2\xA0", 3, kMore},       // A no-break space is no white space.
    {"\xE2\x80\xA8[1]", 0, kValue},  // Nor is a line separator.
    {{"[1]\0", 4}, 3, kMore},
    {{"\0", 1}, 0, kValue},
    {{"[\0]", 3}, 1, kValue},
    {"*", 0, kValue},
    {"[\xff]", 1, kValue},
    {"[(1)]", 1, kValue},
    {"${1}", 0, kValue},
};

constexpr Refused kLiterals[] = {
    {"nul", 3, "expected \"null\""},
    {"nulL", 3, "expected \"null\""},
    {"NULL", 0, kValue},
    {"nullx", 4, kMore},
    {"tru", 3, "expected \"true\""},
    {"True", 0, kValue},
    {"trUe", 2, "expected \"true\""},
    {"[true1]", 5, kElement},
    {"truefalse", 4, kMore},
    {"fals", 4, "expected \"false\""},
    {"falsy", 4, "expected \"false\""},
    {"[null", 5, kElement},
    {"undefined", 0, kValue},
    {"NaN", 0, kValue},
    {"[nan]", 2, "expected \"null\""},
    {"Infinity", 0, kValue},
    {"[-Infinity]", 2, kDigit},
};

constexpr Refused kNumbers[] = {
    {"-", 1, kDigit},       {"[-]", 2, kDigit},
    {"--1", 1, kDigit},     {"+1", 0, kValue},
    {"- 1", 1, kDigit},     {".5", 0, kValue},
    {"-.5", 1, kDigit},     {"1.", 2, kPoint},
    {"[1.]", 3, kPoint},    {"1.e5", 2, kPoint},
    {"1..2", 2, kPoint},    {"1.2.3", 3, kMore},
    {"01", 1, kZeros},      {"-01", 2, kZeros},
    {"00", 1, kZeros},      {"[012]", 2, kZeros},
    {"0x10", 1, kMore},     {"[0x10]", 2, kElement},
    {"1e", 2, kExponent},   {"1e+", 3, kExponent},
    {"1E-", 3, kExponent},  {"1e1.5", 3, kMore},
    {"1ee1", 2, kExponent}, {"[1e]", 3, kExponent},
    {"1_000", 1, kMore},    {"1,000", 1, kMore},
    {"[1a]", 2, kElement},  {"[1\xC2\xB2]", 2, kElement},
    {"[0 1]", 3, kElement}, {"\xEF\xBC\x91", 0, kValue},  // A full-width 1.
    {"[1-2]", 2, kElement}, {"1f", 1, kMore},
};

constexpr Refused kStrings[] = {
    {"\"", 1, kQuote},
    {"\"abc", 4, kQuote},
    {"[\"abc]", 6, kQuote},
    {"{\"abc", 5, kQuote},
    {"'abc'", 0, kValue},
    {"\"\\", 2, kEscape},
    {"\"\\\"", 3, kQuote},
    {"\"\\x41\"", 2, kEscape},
    {"\"\\'\"", 2, kEscape},
    {"\"\\a\"", 2, kEscape},
    {"\"\\0\"", 2, kEscape},
    {"\"\\U0041\"", 2, kEscape},
    {"\"\\\n\"", 2, kEscape},
    {"\"\\\xC3\xA9\"", 2, kEscape},
    {"\"\\u\"", 3, kHex},
    {"\"\\u12\"", 5, kHex},
    {"\"\\u123\"", 6, kHex},
    {"\"\\u12G4\"", 5, kHex},
    {"\"\\u{41}\"", 3, kHex},
    {"\"\\u 041\"", 3, kHex},
    {"\"\\u00", 5, kHex},
    {"\"\\uD800\"", 1, kSurrogate},
    {"\"ab\\uDC00\"", 3, kSurrogate},
    {"\"\\uD800x\"", 1, kSurrogate},
    {"\"\\uD800\\n\"", 1, kSurrogate},
    {"\"\\uD800\\u0041\"", 1, kSurrogate},
    {"\"\\uD800\\uD800\"", 1, kSurrogate},
    {"\"\\uD800\\uE000\"", 1, kSurrogate},
    {"\"\\uDC00\\uD800\"", 1, kSurrogate},
    {"\"\\uDBFF\\uDBFF\"", 1, kSurrogate},
    {"\"\\ud83d\\ude0\"", 12, kHex},
    {"{\"\\uDEAD\":1}", 2, kSurrogate},
    {"\"a\tb\"", 2, kControl},
    {"\"a\nb\"", 2, kControl},
    {{"\"a\0b\"", 5}, 2, kControl},
    {"\"\x1f\"", 1, kControl},
    {"{\"a\nb\":1}", 3, kControl},
    {"\"\x80\"", 1, kUtf8},
    {"\"\xff\"", 1, kUtf8},
    {"\"\xC0\xAF\"", 1, kUtf8},          // An overlong slash.
    {"\"\xE0\x80\xAF\"", 1, kUtf8},      // Overlong in three bytes.
    {"\"\xF0\x80\x80\xAF\"", 1, kUtf8},  // Overlong in four.
    {"\"\xED\xA0\x80\"", 1, kUtf8},      // U+D800 as UTF-8.
    {"\"\xF4\x90\x80\x80\"", 1, kUtf8},  // Above U+10FFFF.
    {"\"\xF5\x80\x80\x80\"", 1, kUtf8},
    {"\"ab\xC3\"", 3, kUtf8},
    {"\"\xE2\x82\"", 1, kUtf8},
    {"\"\xF0\x9F\x98", 1, kUtf8},
    {"\"\xC3\xA9\xA9\"", 3, kUtf8},
    {"{\"\xff\":1}", 2, kUtf8},
};

// Refused by the recogniser and by the parser, for the same reason and at the same byte.
void expect_refused(const Refused& row) {
  const auto fault = find_json_fault(row.text, kDepthMax);
  ASSERT_TRUE(fault.has_value()) << row.text;
  EXPECT_EQ(fault->offset, row.offset) << row.text;
  EXPECT_EQ(fault->reason, row.reason) << row.text;
  JsonParser parser(1024);
  const auto parsed = parser.parse(row.text);
  ASSERT_FALSE(parsed.has_value()) << row.text;
  EXPECT_EQ(parsed.error().offset, row.offset) << row.text;
  EXPECT_TRUE(parsed.error().reason.starts_with(row.reason)) << row.text;
}

TEST(JsonFault, IsFoundInBrokenStructureAtTheOffendingByte) {
  for (const Refused& row : kStructure) expect_refused(row);
}

TEST(JsonFault, IsFoundInBrokenLiteralsAtTheOffendingByte) {
  for (const Refused& row : kLiterals) expect_refused(row);
}

TEST(JsonFault, IsFoundInBrokenNumbersAtTheOffendingByte) {
  for (const Refused& row : kNumbers) expect_refused(row);
}

TEST(JsonFault, IsFoundInBrokenStringsAtTheOffendingByte) {
  for (const Refused& row : kStrings) expect_refused(row);
}

TEST(JsonFault, IsFoundAtTheBracketThatIsTooDeep) {
  const std::string deepest = std::string(64, '[') + std::string(64, ']');
  EXPECT_EQ(find_json_fault(deepest, kDepthMax), std::nullopt);
  const auto fault = find_json_fault("[" + deepest + "]", kDepthMax);
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(fault->offset, 64U);
  EXPECT_STREQ(fault->reason, "nested too deep");
}

TEST(JsonNumberLength, StopsWhereTheNumberDoes) {
  EXPECT_EQ(json_number_length("-12.5e+3,"), 8U);
  EXPECT_EQ(json_number_length("0]"), 1U);
  EXPECT_EQ(json_number_length("1x"), 1U);
  for (const char* text : {"", "-", "x", "01", "1.", "1e", ".5", "+1"}) {
    EXPECT_EQ(json_number_length(text), 0U) << text;
  }
}

TEST(JsonStringLength, StopsAtTheClosingQuote) {
  EXPECT_EQ(json_string_length("\"a\\\"b\":1"), 6U);
  EXPECT_EQ(json_string_length("\"\""), 2U);
  for (const char* text : {"", "a", "\"", "\"\\ud800\"", "\"\n\""}) {
    EXPECT_EQ(json_string_length(text), 0U) << text;
  }
}

constexpr std::string_view kSeeds[] = {
    R"({"name":"Acme","plan":"free","tags":["a","b"],"n":-1.5e3,"ok":true,"none":null})",
    R"([1,2.5,"\u00e9\ud83d\ude00\n",{"a":{"b":[[],{}]}},false])",
    R"("plain text")",
    R"(-0.0125)",
    "{\"\xC3\xA9\": [\"\xF0\x9F\x98\x80\", \"\\\\\", 18446744073709551616 ] }",
};

// A text made from another by a few random edits: broken in ways that nobody thought of.
std::string mutate(std::string_view seed, std::mt19937_64& random) {
  constexpr std::string_view kBytes = "{}[]:,\"\\/ \n\t0123456789-+.eEutfanlsDd8cC\x80\xC3\xED\xF0";
  std::string text(seed);
  for (auto edits = random() % 4; edits > 0 && !text.empty(); --edits) {
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
      case 0:
        text[at] = kBytes[random() % kBytes.size()];
        break;
      case 1:
        text.insert(at, 1, kBytes[random() % kBytes.size()]);
        break;
      case 2:
        text.erase(at, 1 + random() % 3);
        break;
      default:
        text.insert(at, text, random() % text.size(), random() % 8);
    }
  }
  return text;
}

// The recogniser and simdjson are two opinions on what JSON is; they must be one.
TEST(JsonFault, ExistsExactlyWhereTheParserRefuses) {
  constexpr std::uint64_t kSeed = 20260102;
  std::mt19937_64 random(kSeed);
  JsonParser parser(4096);
  int accepted = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string text = mutate(kSeeds[random() % std::size(kSeeds)], random);
    const auto parsed = parser.parse(text);
    const auto fault = find_json_fault(text, kDepthMax);
    if (parsed) {
      ++accepted;
      ASSERT_FALSE(fault) << "seed " << kSeed << ", accepted: " << text;
    } else if (!parsed.error().reason.starts_with("the name ")) {
      ASSERT_TRUE(fault) << "seed " << kSeed << ", refused: " << text;
      ASSERT_EQ(parsed.error().offset, fault->offset) << text;
    }
  }
  EXPECT_GT(accepted, 20'000);
  EXPECT_LT(accepted, 80'000);
}

}  // namespace
}  // namespace core
