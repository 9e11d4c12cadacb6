#include "net/etag.h"

#include <gtest/gtest.h>

#include <string>

#include "net/http_parser.h"

namespace net {
namespace {

using Versions = std::vector<std::uint64_t>;

RequestHead head_with(std::string_view lines) {
  static std::string bytes;  // What the head's views are of.
  bytes = "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
  const ParserLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  EXPECT_EQ(parser.parse(bytes, head), ParseOutcome::kComplete);
  return head;
}

core::VersionGuard guard(std::string_view value) {
  return read_if_match(head_with("If-Match: " + std::string(value) + "\r\n")).value();
}

bool has(std::string_view value, std::uint64_t version) {
  return has_version(head_with("If-None-Match: " + std::string(value) + "\r\n"), version);
}

TEST(IfMatch, IsNoDemandWhereItIsNotSent) {
  EXPECT_FALSE(read_if_match(head_with("")));
  EXPECT_FALSE(read_if_match(head_with("If-None-Match: \"1\"\r\n")));
}

TEST(IfMatch, NamesVersionsOrAny) {
  EXPECT_EQ(guard("\"7\"").versions, Versions{7});
  EXPECT_EQ(guard("\"7\", \"8\",\"18446744073709551615\"").versions,
            (Versions{7, 8, 18446744073709551615U}));
  EXPECT_EQ(guard(" ,, \"7\" ,\t\"8\",").versions, (Versions{7, 8}));
  EXPECT_FALSE(guard("\"7\"").any);
  EXPECT_TRUE(guard("*").any);
  EXPECT_TRUE(guard("*").admits(3));
  EXPECT_TRUE(guard("\"2\", \"3\"").admits(3));
  EXPECT_FALSE(guard("\"2\", \"4\"").admits(3));
  const auto lines = read_if_match(head_with("If-Match: \"1\"\r\nX: y\r\nif-match: \"2\"\r\n"));
  EXPECT_EQ(lines->versions, (Versions{1, 2}));
}

TEST(IfMatch, NeverMatchesByWeakForeignOrMalformedTags) {
  for (const std::string_view value :
       {"", "W/\"3\"", "W/*", "3", "\"03\"", "\"+3\"", "\"3 \"", "\"\"", "\"0\"", "\"*\"", "\"3",
        "\"x,3\"", "w/\"3\"", "\"18446744073709551616\"", "**"}) {
    EXPECT_FALSE(guard(value).admits(3)) << value;
    EXPECT_FALSE(guard(value).any) << value;
  }
  EXPECT_EQ(guard("W/\"1\", \"2\", junk, \"3\"").versions, (Versions{2, 3}));
  EXPECT_EQ(guard("\"a,b\", \"3\"").versions, Versions{3});
}

TEST(IfNoneMatch, ComparesWeakly) {
  EXPECT_FALSE(has_version(head_with(""), 3));
  EXPECT_TRUE(has("\"3\"", 3));
  EXPECT_TRUE(has("W/\"3\"", 3));
  EXPECT_TRUE(has("\"1\", W/\"3\"", 3));
  EXPECT_TRUE(has("*", 3));
  EXPECT_FALSE(has("\"4\"", 3));
  EXPECT_FALSE(has("3", 3));
  EXPECT_FALSE(has("", 3));
}

}  // namespace
}  // namespace net
