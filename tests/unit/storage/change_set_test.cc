#include "storage/change_set.h"

#include <gtest/gtest.h>

#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;

class ChangeSetTest : public testing::Test {
 protected:
  ChangeSetTest()
      : environment_(std::move(*storage::Environment::open(
            {.dir = folder_.file("store"), .sync = storage::SyncMode::kNone}, log_))) {}

  static core::Command create_tenant(const std::string& slug) {
    core::CreateTenant change;
    change.name = "Acme";
    change.slug = slug;
    return {.when = 5, .change = change};
  }
  static core::Command change_limit(core::KeyId id, std::uint32_t rate) {
    core::UpdateKey change;
    change.id = id;
    change.limit.rate_limit_sent = true;
    change.limit.rate_limit = rate;
    return {.when = 5, .change = change};
  }
  static core::Command rename(core::KeyId id) {
    core::UpdateKey change;
    change.id = id;
    change.name = "renamed";
    return {.when = 5, .change = change};
  }

  core::TempFolder folder_;
  core::NullLog log_;
  test::MemorySlots slots_;
  storage::ResourceTable resources_;
  std::unique_ptr<storage::Environment> environment_;
};

TEST_F(ChangeSetTest, CommandsSeeThoseBeforeThemInTheTransaction) {
  auto txn = environment_->env().write();
  storage::ChangeSet changes(*txn, *environment_, slots_, resources_);
  EXPECT_EQ(changes.apply(create_tenant("acme"))->code, OutcomeCode::kDone);
  EXPECT_EQ(changes.apply(create_tenant("acme"))->code, OutcomeCode::kConflict);
  const auto key = changes.apply({.when = 5, .change = test::StoreRig::new_key(1, 1)});
  EXPECT_EQ(key->code, OutcomeCode::kDone);
  EXPECT_EQ(changes.apply({.when = 5, .change = core::DeleteTenant{.id = 1}})->code,
            OutcomeCode::kDone);
  EXPECT_EQ(changes.apply({.when = 5, .change = test::StoreRig::new_key(1, 2)})->code,
            OutcomeCode::kInvalid);
}

TEST_F(ChangeSetTest, CountsAreOfTheCommittedOnly) {
  {
    auto txn = environment_->env().write();
    storage::ChangeSet changes(*txn, *environment_, slots_, resources_);
    ASSERT_TRUE(changes.apply(create_tenant("one")));
    ASSERT_TRUE(changes.finish());
  }  // Dropped.
  auto txn = environment_->env().write();
  storage::ChangeSet changes(*txn, *environment_, slots_, resources_);
  const auto outcome = changes.apply(create_tenant("two"));
  EXPECT_EQ(std::get<core::Tenant>(outcome->row).id, 1u);
  ASSERT_TRUE(changes.finish());
  ASSERT_TRUE(txn->commit());
  const auto reader = environment_->env().read();
  storage::Records records(*reader, environment_->tables(), environment_->damage());
  EXPECT_EQ(records.counters(),
            (storage::Counters{.next_tenant_id = 2, .tenants = 1, .next_audit_id = 2}));
}

TEST_F(ChangeSetTest, ASecondChangeOfOneLimitBeginsTheNextTransaction) {
  auto txn = environment_->env().write();
  storage::ChangeSet changes(*txn, *environment_, slots_, resources_);
  ASSERT_TRUE(changes.apply(create_tenant("one")));
  ASSERT_TRUE(changes.apply({.when = 5, .change = test::StoreRig::new_key(1, 1)}));
  ASSERT_TRUE(changes.apply({.when = 5, .change = test::StoreRig::new_key(1, 2)}));
  EXPECT_TRUE(changes.accepts(change_limit(1, 7)));
  ASSERT_TRUE(changes.apply(change_limit(1, 7)));
  EXPECT_FALSE(changes.accepts(change_limit(1, 8)));
  EXPECT_TRUE(changes.accepts(change_limit(1, 7)));  // Changes nothing.
  EXPECT_TRUE(changes.accepts(change_limit(2, 8)));  // Another key.
  EXPECT_TRUE(changes.accepts(rename(1)));
}

TEST_F(ChangeSetTest, EffectsNameWhatChangedAndCreationsChangeNothing) {
  auto txn = environment_->env().write();
  storage::ChangeSet changes(*txn, *environment_, slots_, resources_);
  ASSERT_TRUE(changes.apply(create_tenant("one")));
  ASSERT_TRUE(changes.apply({.when = 5, .change = test::StoreRig::new_key(1, 1)}));
  const storage::Effects created = changes.take_effects();
  EXPECT_TRUE(created.keys.empty());
  EXPECT_TRUE(created.data.empty());
  EXPECT_FALSE(created.tenants);

  ASSERT_TRUE(changes.apply(rename(1)));
  ASSERT_TRUE(
      changes.apply({.when = 5, .change = test::new_row({.key_id = 1, .tenant_id = 1}, "r")}));
  ASSERT_TRUE(changes.apply({.when = 5, .change = core::DeleteTenant{.id = 1}}));
  const storage::Effects effects = changes.take_effects();
  ASSERT_EQ(effects.keys.size(), 1u);
  EXPECT_TRUE(core::ct_equal(effects.keys[0].digest, test::digest_of(1)));
  EXPECT_FALSE(effects.keys[0].limit_changed);
  EXPECT_EQ(effects.data, std::vector<core::TenantId>{1});
  EXPECT_TRUE(effects.tenants);
}

TEST_F(ChangeSetTest, DamageMetByOneCommandIsNotHeldAgainstTheNext) {
  auto txn = environment_->env().write();
  {
    storage::ChangeSet changes(*txn, *environment_, slots_, resources_);
    ASSERT_TRUE(changes.apply(create_tenant("one")));
    ASSERT_TRUE(changes.finish());
  }
  const std::uint64_t id = 1;
  ASSERT_TRUE(txn->put(environment_->tables().tenants, storage::integer_key(id),
                       core::as_bytes("damaged")));
  storage::ChangeSet changes(*txn, *environment_, slots_, resources_);
  EXPECT_EQ(changes.apply({.when = 5, .change = core::DeleteTenant{.id = 1}})->code,
            OutcomeCode::kStoreFull);
  EXPECT_EQ(changes.apply(create_tenant("two"))->code, OutcomeCode::kDone);
  EXPECT_EQ(environment_->damage().count(), 1u);
}

TEST_F(ChangeSetTest, DamagedCountersStopEveryCommand) {
  auto txn = environment_->env().write();
  ASSERT_TRUE(txn->put(environment_->tables().meta, core::as_bytes(storage::kCountersKey),
                       core::as_bytes("damaged")));
  storage::ChangeSet changes(*txn, *environment_, slots_, resources_);
  EXPECT_EQ(changes.apply(create_tenant("one"))->code, OutcomeCode::kStoreFull);
  EXPECT_EQ(changes.apply(create_tenant("two"))->code, OutcomeCode::kStoreFull);
}

}  // namespace
