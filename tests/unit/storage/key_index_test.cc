#include "storage/key_index.h"

#include <gtest/gtest.h>

#include "tests/support/store_rig.h"

namespace {

TEST(KeyIndex, FindsTheSameThroughTheCacheAndPastIt) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant().id;
  rig.make_key(tenant, 1);
  core::AuthRecord first;
  core::AuthRecord again;
  core::AuthRecord reloaded;
  ASSERT_TRUE(rig.reader->auth().find(test::digest_of(1), first));
  ASSERT_TRUE(rig.reader->auth().find(test::digest_of(1), again));
  ASSERT_TRUE(rig.reader->auth().reload(test::digest_of(1), reloaded));
  EXPECT_EQ(std::memcmp(&first, &again, sizeof first), 0);
  EXPECT_EQ(std::memcmp(&first, &reloaded, sizeof first), 0);
}

TEST(KeyIndex, MoreKeysThanPlacesAreAllFound) {
  test::StoreRig rig([](storage::StoreOptions& options) { options.auth_cache_entries = 2; });
  const core::TenantId tenant = rig.make_tenant().id;
  for (std::uint64_t i = 0; i < 20; ++i) rig.make_key(tenant, i);
  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t i = 0; i < 20; ++i) ASSERT_EQ(rig.record(i).key_id, i + 1);
  }
  EXPECT_FALSE(rig.finds(20));
}

// The prefix alone must not pass for the digest, in the cache either.
TEST(KeyIndex, ADigestThatOnlyBeginsLikeACachedOneIsUnknown) {
  test::StoreRig rig;
  rig.make_key(rig.make_tenant().id, 1);
  ASSERT_TRUE(rig.finds(1));
  for (std::size_t byte = 8; byte < 32; ++byte) {
    core::Digest digest = test::digest_of(1);
    digest.bytes[byte] ^= std::byte{0x80};
    core::AuthRecord record;
    EXPECT_FALSE(rig.reader->auth().find(digest, record));
  }
}

TEST(KeyIndex, AStoredDigestPresentedAsAKeyIsUnknown) {
  test::StoreRig rig;
  rig.make_key(rig.make_tenant().id, 1);
  const core::Digest stored = test::digest_of(1);
  core::AuthRecord record;
  EXPECT_FALSE(rig.reader->auth().find(core::Hasher().sha256(stored.bytes), record));
}

TEST(KeyIndex, ReadersSeeEachOthersChangesAtOnce) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  auto other = rig.store->open_reader();
  ASSERT_TRUE(other);
  core::AuthRecord record;
  ASSERT_TRUE((*other)->auth().find(test::digest_of(1), record));
  rig.run(core::DeleteKey{.id = key.id});
  // No begin_turn(): authentication does not depend on it.
  EXPECT_FALSE((*other)->auth().find(test::digest_of(1), record));
  other->reset();
}

TEST(KeyIndex, UnknownTenantsAreAskedForAgain) {
  test::StoreRig rig;
  EXPECT_FALSE(rig.reader->auth().tenant(1).exists);
  EXPECT_FALSE(rig.reader->auth().tenant(0).exists);
  rig.make_tenant();
  EXPECT_TRUE(rig.reader->auth().tenant(1).exists);
}

}  // namespace
