#include "net/query.h"

#include <gtest/gtest.h>

namespace net {
namespace {

TEST(Query, DecodesPlusAndPercentAndKeepsWhatIsNotAnEscape) {
  Query query("name=a+b%20c%2B&empty=&bare&bad=%zz%4");
  EXPECT_EQ(query.text("name"), "a b c+");
  EXPECT_EQ(query.text("empty"), "");
  EXPECT_EQ(query.text("bare"), "");
  EXPECT_EQ(query.text("bad"), "%zz%4");
  EXPECT_EQ(query.text("absent"), std::nullopt);
  EXPECT_TRUE(query.finish().empty());
}

TEST(Query, NamesUnknownAndRepeatedParameters) {
  Query query("limit=1&limit=2&color=red&&");
  query.text("limit");
  const auto issues = query.finish();
  ASSERT_EQ(issues.size(), 3U);
  EXPECT_EQ(issues[0].field, "limit");
  EXPECT_EQ(issues[0].message, "is given more than once");
  EXPECT_EQ(issues[2].field, "color");
  EXPECT_EQ(issues[2].message, "is not a known parameter");
}

TEST(Query, ReadsPagesWithinTheirBounds) {
  const auto issues_of = [](std::string_view raw) {
    Query query(raw);
    read_page(query);
    return query.finish().size();
  };
  EXPECT_EQ(issues_of(""), 0U);
  EXPECT_EQ(issues_of("limit=1"), 0U);
  EXPECT_EQ(issues_of("limit=1000"), 0U);
  EXPECT_EQ(issues_of("limit=0"), 1U);
  EXPECT_EQ(issues_of("limit=1001"), 1U);
  EXPECT_EQ(issues_of("limit=-1"), 1U);
  EXPECT_EQ(issues_of("limit=1e2"), 1U);
  EXPECT_EQ(issues_of("cursor=17"), 0U);
  EXPECT_EQ(issues_of("cursor=x"), 1U);
  EXPECT_EQ(issues_of("cursor=9223372036854775808"), 1U);
  Query query("limit=7&cursor=17");
  const core::PageQuery page = read_page(query);
  EXPECT_EQ(page.limit, 7U);
  EXPECT_EQ(page.after_id, 17U);
}

TEST(Query, ReadsDatesAndBooleans) {
  Query query("from=2026-01-02T03:04:05Z&to=yesterday&include_deleted=true&x=1");
  EXPECT_EQ(query.datetime("from"), 1767323045LL * 1'000'000);
  EXPECT_EQ(query.datetime("to"), std::nullopt);
  EXPECT_TRUE(query.boolean("include_deleted"));
  EXPECT_FALSE(query.boolean("x"));
  EXPECT_EQ(query.finish().size(), 2U);
}

TEST(Query, TellsWhereTheNextPageBegins) {
  EXPECT_EQ(PageMeta(100, 0).text(), R"(,"meta":{"limit":100,"next_cursor":null})");
  EXPECT_EQ(PageMeta(7, 17).text(), R"(,"meta":{"limit":7,"next_cursor":"17"})");
}

}  // namespace
}  // namespace net
