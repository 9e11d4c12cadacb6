#include "storage/catalog_view.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/store_rig.h"

namespace {

core::PageQuery query(std::uint64_t after_id, std::uint32_t limit) {
  core::PageQuery query;
  query.after_id = after_id;
  query.limit = limit;
  return query;
}

template <typename Row>
std::vector<std::uint64_t> ids(const core::Page<Row>& page) {
  std::vector<std::uint64_t> ids;
  for (const Row& row : page.rows) ids.push_back(row.id);
  return ids;
}

using Ids = std::vector<std::uint64_t>;

class CatalogViewTest : public testing::Test {
 protected:
  core::CatalogReader& catalog() { return rig_.reader->catalog(); }

  void make_rows(core::TenantId tenant, core::KeyId key, int rows, const std::string& value) {
    for (int i = 0; i < rows; ++i) {
      rig_.run(test::new_row({.key_id = key, .tenant_id = tenant}, "row", value));
    }
  }

  test::StoreRig rig_;
};

TEST_F(CatalogViewTest, ListsOfTenantsAreOrderedAndPagedById) {
  for (const char* name : {"a", "b", "c"}) rig_.make_tenant(name);
  const auto first = catalog().tenants(query(0, 2));
  EXPECT_EQ(ids(first), (Ids{1, 2}));
  EXPECT_EQ(first.next_after_id, 2u);
  const auto second = catalog().tenants(query(first.next_after_id, 2));
  EXPECT_EQ(ids(second), Ids{3});
  EXPECT_EQ(second.next_after_id, 0u);
}

TEST_F(CatalogViewTest, ASlugLeadsToItsTenantUntilThatIsDeleted) {
  const core::Tenant tenant = rig_.make_tenant("Acme");
  EXPECT_EQ(catalog().tenant_of_slug("acme")->id, tenant.id);
  EXPECT_FALSE(catalog().tenant_of_slug("nobody").has_value());
  rig_.run(core::DeleteTenant{.id = tenant.id});
  EXPECT_FALSE(catalog().tenant_of_slug("acme").has_value());
}

TEST_F(CatalogViewTest, APageThatIsJustFullAtTheEndHasNoNext) {
  for (const char* name : {"a", "b"}) rig_.make_tenant(name);
  EXPECT_EQ(catalog().tenants(query(0, 2)).next_after_id, 0u);
  EXPECT_TRUE(catalog().tenants(query(~std::uint64_t{0}, 2)).rows.empty());
}

TEST_F(CatalogViewTest, DeletedRowsAreListedOnlyIfAskedFor) {
  for (const char* name : {"a", "b", "c"}) rig_.make_tenant(name);
  rig_.run(core::DeleteTenant{.id = 2});
  EXPECT_EQ(ids(catalog().tenants(query(0, 100))), (Ids{1, 3}));
  core::PageQuery all = query(0, 100);
  all.include_deleted = true;
  EXPECT_EQ(ids(catalog().tenants(all)), (Ids{1, 2, 3}));
}

TEST_F(CatalogViewTest, KeysAreListedForAllOrForOneTenant) {
  const core::TenantId a = rig_.make_tenant("a").id;
  const core::TenantId b = rig_.make_tenant("b").id;
  for (std::uint64_t i = 0; i < 6; ++i) rig_.make_key(i % 2 == 0 ? a : b, i);
  rig_.run(core::DeleteKey{.id = 4});
  EXPECT_EQ(ids(catalog().keys(query(0, 100))), (Ids{1, 2, 3, 5, 6}));
  core::PageQuery of_b = query(0, 1);
  of_b.tenant_id = b;
  const auto first = catalog().keys(of_b);
  EXPECT_EQ(ids(first), Ids{2});
  of_b.after_id = first.next_after_id;
  const auto second = catalog().keys(of_b);
  EXPECT_EQ(ids(second), Ids{6});
  EXPECT_EQ(second.next_after_id, 0u);
  of_b.include_deleted = true;
  of_b.limit = 100;
  EXPECT_EQ(ids(catalog().keys(of_b)), (Ids{4, 6}));
}

TEST_F(CatalogViewTest, APageOfRowsEndsEarlyAtItsBytes) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const core::KeyId key = rig_.make_key(tenant, 1).id;
  make_rows(tenant, key, 6, '"' + std::string(1'000'000, 'x') + '"');
  const auto first = catalog().rows(test::data_of(tenant), 0, 100);
  EXPECT_EQ(first.count, 4u);
  EXPECT_LE(first.json.size(), storage::kRowPageBytesMax);
  EXPECT_EQ(first.next_after_id, 4u);
  const auto second = catalog().rows(test::data_of(tenant), first.next_after_id, 100);
  EXPECT_EQ(second.count, 2u);
  EXPECT_EQ(second.next_after_id, 0u);
}

TEST_F(CatalogViewTest, PagesOfRowsJoinTheirJsonByCommas) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const core::KeyId key = rig_.make_key(tenant, 1).id;
  make_rows(tenant, key, 3, "1");
  const std::string one(test::row_json(catalog(), tenant, 1));
  const std::string two(test::row_json(catalog(), tenant, 2));
  const auto page = catalog().rows(test::data_of(tenant), 0, 2);
  EXPECT_EQ(page.json, one + "," + two);
  EXPECT_EQ(page.next_after_id, 2u);
  EXPECT_EQ(catalog().rows(test::data_of(tenant), 2, 2).count, 1u);
  EXPECT_EQ(catalog().rows(test::data_of(tenant + 1), 0, 100).count, 0u);
}

TEST_F(CatalogViewTest, TheCachedFirstPageIsThatOfTheLastAnsweredChange) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const core::KeyId key = rig_.make_key(tenant, 1).id;
  for (std::uint32_t rows = 0; rows < 5; ++rows) {
    EXPECT_EQ(catalog().rows(test::data_of(tenant), 0, 100).count, rows);
    EXPECT_EQ(catalog().rows(test::data_of(tenant), 0, 100).count, rows);
    make_rows(tenant, key, 1, "1");
  }
}

TEST_F(CatalogViewTest, TenantsThatShareAPlaceInTheCacheDoNotSeeEachOthersRows) {
  const std::size_t places = rig_.options.page_cache_entries;
  std::vector<core::KeyId> keys;
  for (std::size_t i = 0; i <= places; ++i) {
    const core::TenantId tenant = rig_.make_tenant().id;
    keys.push_back(rig_.make_key(tenant, i).id);
  }
  make_rows(1, keys.front(), 1, R"("first")");
  make_rows(places + 1, keys.back(), 2, R"("last")");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(catalog().rows(test::data_of(1), 0, 100).count, 1u);
    EXPECT_EQ(catalog().rows(test::data_of(places + 1), 0, 100).count, 2u);
  }
}

TEST_F(CatalogViewTest, AListOfManyDeletedRowsEndsEarlyAndGoesOn) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const std::uint32_t deleted = storage::kListScanMax + 10;
  rig_.run_many(deleted, [&](std::uint64_t i) { return test::StoreRig::new_key(tenant, i); });
  rig_.run_many(deleted, [](std::uint64_t i) { return core::DeleteKey{.id = i + 1}; });
  const auto first = catalog().keys(query(0, 1));
  EXPECT_TRUE(first.rows.empty());
  EXPECT_EQ(first.next_after_id, storage::kListScanMax);
  EXPECT_EQ(catalog().keys(query(first.next_after_id, 1)).next_after_id, 0u);
}

}  // namespace
