#include "storage/records.h"

#include <gtest/gtest.h>

#include "storage/catalog_tables.h"
#include "storage/environment.h"
#include "tests/support/store_rig.h"

namespace {

using storage::Table;

// A store with one of each record, in which a test damages one value and then reads through a
// store that was opened anew.
class DamagedStore : public testing::Test {
 protected:
  DamagedStore() {
    tenant_ = rig_.make_tenant().id;
    key_ = rig_.make_key(tenant_, 1).id;
    rig_.run(test::new_row({.key_id = key_, .tenant_id = tenant_}, "row"));
    rig_.close();
  }

  // Flips a bit in the middle of the value and opens the store.
  void damage(Table storage::CatalogTables::*table, core::Bytes key) {
    {
      auto env = storage::Env::open({.dir = rig_.options.dir});
      const auto tables = storage::open_tables(*env, storage::store_formats());
      auto txn = env->write();
      std::string value(core::as_text(**txn->get((*tables).*table, key)));
      value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 4);
      ASSERT_TRUE(txn->put((*tables).*table, key, core::as_bytes(value)));
      ASSERT_TRUE(txn->commit());
    }
    rig_.reopen();
  }
  void expect_counted(std::string_view table) {
    EXPECT_GE(rig_.store->stats().corrupt_values, 1u);
    EXPECT_TRUE(rig_.log.contains("table " + std::string(table) + " key "));
    EXPECT_TRUE(rig_.log.contains("the checksum does not fit"));
  }

  test::StoreRig rig_;
  core::TenantId tenant_ = 0;
  core::KeyId key_ = 0;
};

TEST_F(DamagedStore, ADamagedRecordOfADigestIsAnUnknownKey) {
  const std::uint64_t prefix = test::digest_of(1).prefix();
  damage(&storage::CatalogTables::keys_by_digest, storage::integer_key(prefix));
  EXPECT_FALSE(rig_.finds(1));
  expect_counted("keys_by_digest");
}

TEST_F(DamagedStore, ADamagedStateIsNoTenant) {
  damage(&storage::CatalogTables::tenant_state, storage::integer_key(tenant_));
  EXPECT_FALSE(rig_.reader->auth().tenant(tenant_).exists);
  expect_counted("tenant_state");
}

TEST_F(DamagedStore, ADamagedRowIsLeftOutOfListsAndNotChanged) {
  damage(&storage::CatalogTables::rows, storage::RowKey(test::data_space(tenant_), 1).bytes());
  EXPECT_EQ(test::row_json(rig_.reader->catalog(), tenant_, 1), "");
  EXPECT_EQ(rig_.reader->catalog().rows(test::data_of(tenant_), 0, 100).count, 0u);
  EXPECT_EQ(
      rig_.run(core::DeleteRow{.caller = {.key_id = key_, .tenant_id = tenant_}, .id = 1}).code,
      core::OutcomeCode::kStoreFull);
  expect_counted("rows");
}

TEST_F(DamagedStore, ADamagedKeyRowIsNotChanged) {
  damage(&storage::CatalogTables::keys, storage::integer_key(key_));
  EXPECT_FALSE(rig_.reader->catalog().key(key_));
  EXPECT_TRUE(rig_.reader->catalog().keys({}).rows.empty());
  EXPECT_EQ(rig_.run(core::DeleteKey{.id = key_}).code, core::OutcomeCode::kStoreFull);
  expect_counted("keys");
}

TEST_F(DamagedStore, ADamagedTenantIsNeitherListedNorChanged) {
  damage(&storage::CatalogTables::tenants, storage::integer_key(tenant_));
  EXPECT_FALSE(rig_.reader->catalog().tenant(tenant_));
  EXPECT_TRUE(rig_.reader->catalog().tenants({}).rows.empty());
  EXPECT_EQ(rig_.run(core::DeleteTenant{.id = tenant_}).code, core::OutcomeCode::kStoreFull);
  expect_counted("tenants");
}

TEST_F(DamagedStore, ADamagedCountOfRowsIsNotCountedOnFrom) {
  damage(&storage::CatalogTables::row_meta,
         storage::RowSpaceKey(test::data_space(tenant_)).bytes());
  EXPECT_EQ(rig_.run(test::new_row({.key_id = key_, .tenant_id = tenant_}, "x")).code,
            core::OutcomeCode::kStoreFull);
  expect_counted("row_meta");
}

TEST_F(DamagedStore, ADamagedSlugIsNotGivenAway) {
  damage(&storage::CatalogTables::tenants_by_slug, core::as_bytes("acme"));
  const core::Outcome outcome = rig_.run_with<core::CreateTenant>([](core::CreateTenant& create) {
    create.name = "Acme";
    create.slug = "acme";
  });
  EXPECT_EQ(outcome.code, core::OutcomeCode::kStoreFull);
  expect_counted("tenants_by_slug");
}

TEST(Damage, ALogOfOneDamagedValueReadAgainAndAgainStaysShort) {
  test::LineLog log;
  storage::Damage damage(log);
  for (int i = 0; i < 100'000; ++i) damage.report("keys", {}, "the checksum does not fit");
  EXPECT_EQ(damage.count(), 100'000u);
  EXPECT_LE(log.lines(), 30u);
}

}  // namespace
