#include "net/row_query.h"

#include <gtest/gtest.h>

#include "core/service/record_form.h"

namespace net {
namespace {

core::ResourceSchema invoices() {
  core::ResourceSchema schema;
  schema.fields.resize(3);
  schema.fields[0].name = "number";
  schema.fields[0].type = core::FieldType::kInteger;
  schema.fields[0].unique = true;
  schema.fields[1].name = "customer";
  schema.fields[1].indexed = true;
  schema.fields[2].name = "note";
  return schema;
}

TEST(RowQuery, APageByIdIsNoSearch) {
  for (const char* const raw : {"", "limit=5", "limit=5&cursor=7", "note=a", "nothing=1"}) {
    Query query(raw);
    EXPECT_FALSE(is_search(query, invoices())) << raw;
  }
  for (const char* const raw : {"sort=id", "include_deleted=false", "number=1", "customer="}) {
    Query query(raw);
    EXPECT_TRUE(is_search(query, invoices())) << raw;
  }
}

TEST(RowQuery, ReadsFiltersAsTheTypesOfTheirFields) {
  Query query("customer=Ada+L.&number=-7&sort=-id&limit=3&cursor=0aff");
  const core::RowQuery read = read_row_query(query, invoices());
  EXPECT_TRUE(query.finish().empty());
  ASSERT_EQ(read.filters.size(), 2u);
  EXPECT_EQ(read.filters[0].bytes, core::index_bytes(invoices().fields[0], "-7"));
  EXPECT_EQ(read.filters[1].bytes, core::index_bytes(invoices().fields[1], R"("Ada L.")"));
  EXPECT_EQ(read.sort_field, core::RowQuery::kById);
  EXPECT_TRUE(read.descending);
  EXPECT_EQ(read.limit, 3u);
  EXPECT_EQ(read.after, "\x0A\xFF");
}

TEST(RowQuery, NamesWhatDoesNotFit) {
  const auto issues_of = [](std::string_view raw) {
    Query query(raw);
    read_row_query(query, invoices());
    return core::to_json(query.finish());
  };
  EXPECT_EQ(
      issues_of("sort=note"),
      R"([{"field":"sort","message":"must be id or an indexed field, with '-' before it to go )"
      R"(down"}])");
  EXPECT_EQ(issues_of("number=x"),
            R"([{"field":"number","message":"is no value of the field's type"}])");
  EXPECT_EQ(issues_of("sort=id&note=a"),
            R"([{"field":"note","message":"is not a known parameter"}])");
  for (const char* const cursor : {"", "0", "0g", "xyz1", "-1", "+1", "0x12"}) {
    EXPECT_NE(issues_of("sort=id&cursor=" + std::string(cursor)), "[]") << cursor;
  }
}

TEST(RowQuery, TellsWhereToGoOnInHexadecimal) {
  EXPECT_EQ(search_meta(7, ""), R"(,"meta":{"limit":7,"next_cursor":null})");
  EXPECT_EQ(search_meta(7, std::string_view("\0\xFF", 2)),
            R"(,"meta":{"limit":7,"next_cursor":"00ff"})");
}

}  // namespace
}  // namespace net
