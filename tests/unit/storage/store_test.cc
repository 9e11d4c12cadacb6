#include "storage/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "storage/catalog_tables.h"
#include "storage/verify.h"
#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;

TEST(Store, WhatWasAnsweredIsThereAfterOpeningAnew) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant("Acme").id;
  const core::ApiKey kept = rig.make_key(tenant, 1);
  const core::ApiKey gone = rig.make_key(tenant, 2);
  rig.run(test::new_row({.key_id = kept.id, .tenant_id = tenant}, "row"));
  rig.run(core::DeleteKey{.id = gone.id});
  const std::string json(test::row_json(rig.reader->catalog(), tenant, 1));

  rig.reopen();
  EXPECT_TRUE(rig.finds(1));
  EXPECT_FALSE(rig.finds(2));
  EXPECT_EQ(rig.reader->catalog().tenant(tenant)->slug, "acme");
  EXPECT_EQ(test::row_json(rig.reader->catalog(), tenant, 1), json);
  EXPECT_EQ(rig.make_tenant("Next").id, tenant + 1);
  EXPECT_EQ(rig.make_key(tenant, 3).limiter_slot, 2u);
}

TEST(Store, OpeningCoversTheSlotsOfItsKeysInANewLimiterTable) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant().id;
  for (std::uint64_t i = 0; i < 5; ++i) rig.make_key(tenant, i);
  rig.close();
  test::MemorySlots fresh;
  auto store =
      storage::Store::open(rig.options, {.slots = fresh, .clock = rig.clock, .log = rig.log});
  ASSERT_TRUE(store);
  EXPECT_EQ(fresh.ensured, 5u);
}

TEST(Store, ANewerFormatIsRefusedInOneLine) {
  test::StoreRig rig;
  rig.close();
  {
    auto env = storage::Env::open({.dir = rig.options.dir});
    constexpr storage::UpgradeStep kNothing =
        [](storage::WriteTxn&, const storage::CatalogTables&) { return core::Status(); };
    const std::vector<storage::UpgradeStep> steps(storage::kStoreFormat, kNothing);
    ASSERT_TRUE(storage::open_tables(*env, {.newest = storage::kStoreFormat + 1, .steps = steps}));
  }
  const auto store =
      storage::Store::open(rig.options, {.slots = rig.slots, .clock = rig.clock, .log = rig.log});
  ASSERT_FALSE(store);
  EXPECT_EQ(storage::describe_lmdb(store.error()),
            "the store has a newer format: open it with a newer tollgate");
}

TEST(Store, EachCommandIsRefusedWithoutHavingChangedAnything) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant("Acme").id;
  rig.make_tenant("Other");
  const core::ApiKey key = rig.make_key(tenant, 1, {"data:read"});
  const auto before = rig.store->stats().map_bytes_used;
  const std::uint64_t commits = rig.store->stats().commits;
  const auto update = rig.run_with<core::UpdateTenant>([&](core::UpdateTenant& change) {
    change.id = tenant;
    change.name = "Renamed";
    change.slug = "other";
  });
  EXPECT_EQ(update.code, OutcomeCode::kConflict);
  const auto limits = rig.run_with<core::UpdateKey>([&](core::UpdateKey& change) {
    change.id = key.id;
    change.name = "renamed";
    change.limit.burst = 0;
  });
  EXPECT_EQ(limits.code, OutcomeCode::kInvalid);
  EXPECT_EQ(rig.run(test::new_row({.key_id = key.id, .tenant_id = tenant}, "x")).code,
            OutcomeCode::kCallerInactive);
  EXPECT_EQ(rig.reader->catalog().tenant(tenant)->name, "Acme");
  EXPECT_EQ(rig.reader->catalog().tenant(tenant)->version, 1u);
  EXPECT_EQ(rig.reader->catalog().key(key.id)->name, "key 1");
  EXPECT_EQ(rig.store->stats().map_bytes_used, before);
  EXPECT_EQ(rig.store->stats().commits, commits + 3);
}

TEST(Store, NoPlaintextOfAKeyCanBeInIt) {
  test::StoreRig rig;
  rig.make_key(rig.make_tenant().id, 1);
  rig.close();
  const std::string data = rig.folder.read("store/data.mdb");
  EXPECT_EQ(data.find("secret 1"), std::string::npos);
  EXPECT_NE(data.find("fp_AbCd...wXyZ"), std::string::npos);
}

}  // namespace
