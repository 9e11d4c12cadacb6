#include "storage/page_cache.h"

#include <gtest/gtest.h>

namespace {

using storage::PageCache;

storage::RowSpace space(core::TenantId tenant, core::ResourceId resource = core::kDataResource) {
  return {tenant, resource};
}

PageCache::Entry page(core::TenantId tenant, std::uint32_t version, std::size_t bytes) {
  PageCache::Entry entry;
  entry.space = space(tenant);
  entry.version = version;
  entry.count = 1;
  entry.json.assign(bytes, 'x');
  return entry;
}

TEST(PageCache, FindsAPageOfThatTenantAndVersionOnly) {
  PageCache cache({.entries = 4, .bytes = 1024});
  cache.put(page(1, 7, 10));
  ASSERT_NE(cache.find(space(1), 7), nullptr);
  EXPECT_EQ(cache.find(space(1), 7)->json.size(), 10u);
  EXPECT_EQ(cache.find(space(1), 8), nullptr);
  EXPECT_EQ(cache.find(space(5), 7), nullptr);  // The same place.
}

TEST(PageCache, KeepsATenantsResourcesApart) {
  PageCache cache({.entries = 1, .bytes = 1024});
  cache.put(page(1, 7, 10));
  EXPECT_EQ(cache.find(space(1, core::kFirstDefinedResource), 7), nullptr);
}

TEST(PageCache, ATenantInTheSamePlaceTakesItOver) {
  PageCache cache({.entries = 4, .bytes = 1024});
  cache.put(page(1, 0, 100));
  cache.put(page(5, 0, 50));
  EXPECT_EQ(cache.find(space(1), 0), nullptr);
  ASSERT_NE(cache.find(space(5), 0), nullptr);
  EXPECT_EQ(cache.bytes(), 50u);
}

TEST(PageCache, NeverHoldsMoreThanItsBytes) {
  PageCache cache({.entries = 16, .bytes = 800});
  for (core::TenantId tenant = 1; tenant < 1000; ++tenant) {
    cache.put(page(tenant, 0, tenant % 100));
    ASSERT_LE(cache.bytes(), 800u);
    ASSERT_NE(cache.find(space(tenant), 0), nullptr);
  }
}

TEST(PageCache, ALargePageIsNotKeptAndEndsTheOldOne) {
  PageCache cache({.entries = 4, .bytes = 800});
  cache.put(page(1, 0, 100));
  cache.put(page(1, 1, 101));
  EXPECT_EQ(cache.find(space(1), 0), nullptr);
  EXPECT_EQ(cache.find(space(1), 1), nullptr);
  EXPECT_EQ(cache.bytes(), 0u);
}

}  // namespace
