#include "storage/age_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/base/digest.h"

namespace {

using storage::Aged;
using storage::AgeEntry;
using storage::AgeKey;

std::string hex(const AgeKey& key) {
  return core::to_hex(key.bytes());
}

core::Tenant deleted_tenant(core::TenantId id, core::WallMicros when) {
  core::Tenant tenant;
  tenant.id = id;
  tenant.deleted_at = when;
  return tenant;
}

TEST(AgeKey, LiesByteByByteAsItsPageSays) {
  core::ApiKey key;
  key.id = 9;
  key.tenant_id = 7;
  key.deleted_at = 0x0102;
  core::Resource resource;
  resource.id = 16;
  resource.deleted_at = 0x0102;
  EXPECT_EQ(hex(AgeKey::of(deleted_tenant(7, 0x0102))),
            "01"
            "0000000000000102"
            "0000000000000007");
  EXPECT_EQ(hex(AgeKey::of(key)),
            "02"
            "0000000000000102"
            "0000000000000007"
            "0000000000000009");
  EXPECT_EQ(hex(AgeKey::of(resource)),
            "03"
            "0000000000000102"
            "00000010");
  core::AdminToken token;
  token.id = 5;
  token.deleted_at = 0x0102;
  EXPECT_EQ(hex(AgeKey::of(token)),
            "09"
            "0000000000000102"
            "0000000000000005");
  EXPECT_EQ(hex(AgeKey::of_row({7, 16}, 9, 0x0102)),
            "04"
            "0000000000000102"
            "0000000000000007"
            "00000010"
            "0000000000000009");
  EXPECT_EQ(hex(AgeKey::gone(0x0102, 7)),
            "06"
            "0000000000000102"
            "0000000000000007");
  EXPECT_EQ(hex(AgeKey::gone(0x0102, {7, 16})),
            "07"
            "0000000000000102"
            "00000010"
            "0000000000000007");
}

TEST(AgeKey, SortsByKindThenByAge) {
  std::vector<std::string> keys;
  for (const core::WallMicros since : {1, 255, 256, 65'536, 2'000'000'000}) {
    keys.push_back(hex(AgeKey::of(deleted_tenant(99, since))));
  }
  keys.push_back(hex(AgeKey::of_row({1, 1}, 1, 0)));
  EXPECT_TRUE(std::ranges::is_sorted(keys));
  EXPECT_LT(hex(AgeKey(Aged::kTenant, 256)), hex(AgeKey::of(deleted_tenant(0, 256))));
  EXPECT_LT(hex(AgeKey::of(deleted_tenant(~0ULL, 255))), hex(AgeKey(Aged::kTenant, 256)));
}

TEST(AgeKey, IsTakenApartAgain) {
  const AgeKey key = AgeKey::gone(77, {7, 16});
  ASSERT_TRUE(storage::is_age_key(key.bytes()));
  const AgeEntry entry(key.bytes());
  EXPECT_EQ(entry.kind, Aged::kGoneResource);
  EXPECT_EQ(entry.since, 77);
  EXPECT_EQ(entry.resource(), 16u);
  EXPECT_EQ(entry.next_tenant(), 7u);
  const AgeKey other = AgeKey::of(deleted_tenant(8, 5));
  EXPECT_EQ(AgeEntry(other.bytes()).tenant(), 8u);
  core::AdminToken token;
  token.id = 9;
  token.deleted_at = 5;
  const AgeKey of_token = AgeKey::of(token);
  ASSERT_TRUE(storage::is_age_key(of_token.bytes()));
  EXPECT_EQ(AgeEntry(of_token.bytes()).admin_token(), 9u);
}

TEST(AgeKey, OfAnotherLengthOrKindIsNone) {
  const AgeKey key = AgeKey::of(deleted_tenant(8, 5));
  const std::string bytes(core::as_text(key.bytes()));
  EXPECT_FALSE(storage::is_age_key({}));
  EXPECT_FALSE(storage::is_age_key(core::as_bytes(bytes.substr(0, 9))));
  EXPECT_FALSE(storage::is_age_key(core::as_bytes(bytes.substr(0, 16))));
  EXPECT_FALSE(storage::is_age_key(core::as_bytes(bytes + "x")));
  for (const char kind : {'\x00', '\x0A', '\xFF'}) {
    EXPECT_FALSE(storage::is_age_key(core::as_bytes(kind + bytes.substr(1))));
  }
}

}  // namespace
