#include "net/http_fields.h"

#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <string>
#include <utility>

namespace net {
namespace {

constexpr std::array<std::pair<std::string_view, FieldName>, 12> kNames{{
    {"Host", FieldName::kHost},
    {"X-API-Key", FieldName::kApiKey},
    {"Authorization", FieldName::kAuthorization},
    {"X-Request-ID", FieldName::kRequestId},
    {"Content-Type", FieldName::kContentType},
    {"Idempotency-Key", FieldName::kIdempotencyKey},
    {"If-Match", FieldName::kIfMatch},
    {"Accept", FieldName::kAccept},
    {"Content-Length", FieldName::kContentLength},
    {"Transfer-Encoding", FieldName::kTransferEncoding},
    {"Connection", FieldName::kConnection},
    {"Expect", FieldName::kExpect},
}};

TEST(ClassifyField, KnowsEveryNameInAnyCase) {
  for (const auto& [name, expected] : kNames) {
    std::string lower(name);
    std::string upper(name);
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(classify_field(name), expected) << name;
    EXPECT_EQ(classify_field(lower), expected) << lower;
    EXPECT_EQ(classify_field(upper), expected) << upper;
  }
}

TEST(ClassifyField, KnowsNoNameThatDiffersInOneCharacter) {
  for (const auto& [name, expected] : kNames) {
    for (std::size_t place = 0; place < name.size(); ++place) {
      for (const char c : {'_', '!', '~', 'q', '0', '.'}) {
        std::string other(name);
        if (std::tolower(other[place]) == c) continue;
        other[place] = c;
        EXPECT_EQ(classify_field(other), FieldName::kOther) << other;
      }
    }
    EXPECT_EQ(classify_field(name.substr(1)), FieldName::kOther) << name;
    EXPECT_EQ(classify_field(std::string(name) + "s"), FieldName::kOther) << name;
  }
  EXPECT_EQ(classify_field(""), FieldName::kOther);
  EXPECT_EQ(classify_field(std::string(300, 'x')), FieldName::kOther);
}

TEST(ParseContentLength, TakesAllNumbersOf64Bits) {
  EXPECT_EQ(parse_content_length("0").value(), 0u);
  EXPECT_EQ(parse_content_length("18446744073709551615").value(), 18446744073709551615u);
  EXPECT_EQ(parse_content_length("000000000000000000000000000007").value(), 7u);
  for (const std::string_view bad : {"18446744073709551616", "18446744073709551620",
                                     "28446744073709551615", "184467440737095516150"}) {
    EXPECT_FALSE(parse_content_length(bad)) << bad;
  }
}

TEST(ListHas, FindsWholeElementsOnly) {
  EXPECT_TRUE(list_has("close", "close"));
  EXPECT_TRUE(list_has("a, CLOSE\t,b", "close"));
  EXPECT_TRUE(list_has(",, ,close", "close"));
  EXPECT_FALSE(list_has("closed, xclose, clo se", "close"));
  EXPECT_FALSE(list_has("", "close"));
  EXPECT_FALSE(list_has(" , ,", "close"));
}

}  // namespace
}  // namespace net
