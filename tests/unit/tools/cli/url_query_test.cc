#include "tools/cli/url_query.h"

#include <gtest/gtest.h>

namespace tollgate {
namespace {

TEST(UrlQuery, IsEmptyUntilSomethingIsAdded) {
  EXPECT_EQ(UrlQuery().text(), "");
  EXPECT_EQ(UrlQuery().add_if_given("cursor", "").text(), "");
  EXPECT_EQ(UrlQuery().add("cursor", "").text(), "?cursor=");
}

TEST(UrlQuery, JoinsAndEncodes) {
  EXPECT_EQ(UrlQuery().add("limit", "10").add("cursor", "7").text(), "?limit=10&cursor=7");
  EXPECT_EQ(UrlQuery().add("from", "2030-01-01T00:00:00+02:00").text(),
            "?from=2030-01-01T00%3A00%3A00%2B02%3A00");
  EXPECT_EQ(UrlQuery().add("slug", "a b&c=d#ä%").text(), "?slug=a%20b%26c%3Dd%23%C3%A4%25");
}

}  // namespace
}  // namespace tollgate
