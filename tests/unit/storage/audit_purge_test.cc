#include "storage/audit_purge.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/verify.h"
#include "tests/support/store_rig.h"

namespace {

class AuditPurge : public testing::Test {
 protected:
  core::PurgeTally purge(const core::Purge& command) {
    const core::Outcome outcome = rig_.run(core::Purge(command));
    CHECK(outcome.code == core::OutcomeCode::kDone);
    return std::get<core::PurgeTally>(outcome.row);
  }

  // One entry each, about the tenant.
  core::TenantId make_tenant() { return rig_.make_tenant().id; }
  void touch(core::TenantId tenant) {
    rig_.run_with<core::UpdateTenant>([&](core::UpdateTenant& update) {
      update.id = tenant;
      update.name = "Other";
    });
  }

  std::vector<core::AuditId> ids(const core::AuditQuery& query) {
    std::vector<core::AuditId> found;
    for (const core::AuditEntry& entry : rig_.reader->admin().audit_entries(query).rows) {
      found.push_back(entry.id);
    }
    return found;
  }
  std::vector<core::AuditId> all_ids() { return ids({.limit = 1000}); }

  void damage(std::initializer_list<core::AuditId> entries) {
    rig_.close();
    {
      auto env = storage::Env::open({.dir = rig_.options.dir});
      const auto tables = storage::open_tables(*env, storage::store_formats());
      auto txn = env->write();
      for (const core::AuditId id : entries) {
        const auto value = core::as_bytes("damaged");
        ASSERT_TRUE(txn->put(tables->audit_log, storage::integer_key(id), value));
      }
      ASSERT_TRUE(txn->commit());
    }
    rig_.reopen();
  }

  void expect_clean() {
    rig_.close();
    const auto report = storage::verify_store({.dir = rig_.options.dir});
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->clean()) << report->listed.front();
    rig_.reopen();
  }

  test::StoreRig rig_;
};

TEST_F(AuditPurge, AnEntryGoesOnceItIsOlderThanTheRetentionAndNotBefore) {
  const core::TenantId tenant = make_tenant();
  ++rig_.when;
  touch(tenant);
  EXPECT_EQ(purge({.audit_before = rig_.when - 1}).audit_entries, 0u);
  const core::PurgeTally tally = purge({.audit_before = rig_.when});
  EXPECT_EQ(tally.audit_entries, 1u);
  EXPECT_FALSE(tally.more);
  EXPECT_EQ(all_ids(), std::vector<core::AuditId>{2});
  EXPECT_EQ(ids({.limit = 1000, .tenant_id = tenant}), std::vector<core::AuditId>{2});
  EXPECT_FALSE(rig_.reader->admin().audit_entry(1));
  EXPECT_EQ(rig_.reader->admin().count_audit_entries(), 1u);
  expect_clean();
}

TEST_F(AuditPurge, AMomentOfZeroKeepsTheLogForEver) {
  make_tenant();
  rig_.when *= 2;
  EXPECT_EQ(purge({.deleted_before = rig_.when, .audit_before = 0}).audit_entries, 0u);
  EXPECT_EQ(all_ids().size(), 1u);
}

TEST_F(AuditPurge, IdsGoOnBehindThoseThatWereTakenAway) {
  const core::TenantId tenant = make_tenant();
  touch(tenant);
  EXPECT_EQ(purge({.audit_before = rig_.when + 1}).audit_entries, 2u);
  EXPECT_EQ(rig_.reader->admin().count_audit_entries(), 0u);
  expect_clean();
  touch(tenant);
  EXPECT_EQ(all_ids(), std::vector<core::AuditId>{3});
  expect_clean();
}

TEST_F(AuditPurge, OneCommandTakesNoMoreThanItsBoundWhateverElseIsDue) {
  const core::TenantId tenant = make_tenant();
  for (int i = 0; i < 5; ++i) touch(tenant);
  rig_.run_once("key", "body", core::CreateTenant{});
  const core::Purge some{
      .answers_before = rig_.when + 1, .audit_before = rig_.when + 1, .records_max = 3};
  core::PurgeTally tally = purge(some);
  EXPECT_EQ(tally.answers, 1u);
  EXPECT_EQ(tally.audit_entries, 2u);
  EXPECT_TRUE(tally.more);
  EXPECT_EQ(all_ids().front(), 3u);
  expect_clean();
  EXPECT_EQ(purge(some).audit_entries, 3u);
  tally = purge(some);
  EXPECT_EQ(tally.audit_entries, 2u);
  EXPECT_FALSE(tally.more);
  expect_clean();
}

TEST_F(AuditPurge, AnOldEntryBehindAYoungOneWaitsForIt) {
  const core::TenantId tenant = make_tenant();
  rig_.when -= 100;  // The clock was set back.
  touch(tenant);
  EXPECT_EQ(purge({.audit_before = rig_.when + 50}).audit_entries, 0u);
  EXPECT_EQ(purge({.audit_before = rig_.when + 101}).audit_entries, 2u);
  expect_clean();
}

TEST_F(AuditPurge, WhatTheLogSaysOfATenantOutlivesIt) {
  const core::TenantId tenant = make_tenant();
  rig_.run(core::DeleteTenant{.id = tenant});
  ++rig_.when;
  const core::PurgeTally tally =
      purge({.deleted_before = rig_.when, .audit_before = rig_.when - 1});
  EXPECT_EQ(tally.tenants, 1u);
  EXPECT_EQ(tally.audit_entries, 0u);
  EXPECT_EQ(ids({.limit = 1000, .tenant_id = tenant}), (std::vector<core::AuditId>{1, 2}));
  expect_clean();
  EXPECT_EQ(purge({.audit_before = rig_.when}).audit_entries, 2u);
  EXPECT_TRUE(ids({.limit = 1000, .tenant_id = tenant}).empty());
  expect_clean();
}

// A damaged one is as old as the next that can be read.
TEST_F(AuditPurge, ADamagedEntryGoesWithTheNextSoundOne) {
  const core::TenantId first = make_tenant();
  const core::TenantId second = make_tenant();
  touch(first);
  touch(second);  // Entry 4.
  ++rig_.when;
  touch(first);
  touch(second);
  damage({1, 3, 4});
  EXPECT_EQ(purge({.audit_before = rig_.when - 1}).audit_entries, 0u);
  const core::Purge due{.audit_before = rig_.when};
  core::PurgeTally tally = purge(due);  // Finding whose it is takes a whole command.
  EXPECT_EQ(tally.audit_entries, 1u);
  EXPECT_TRUE(tally.more);
  tally = purge(due);
  EXPECT_EQ(tally.audit_entries, 1u);
  EXPECT_FALSE(tally.more);
  EXPECT_EQ(all_ids(), (std::vector<core::AuditId>{5, 6}));  // 3 and 4 wait for 5.
  const core::Purge rest{.audit_before = rig_.when + 1};
  std::uint64_t taken = 0;
  for (tally = purge(rest); tally.more; tally = purge(rest)) taken += tally.audit_entries;
  EXPECT_EQ(taken + tally.audit_entries, 4u);
  EXPECT_EQ(rig_.reader->admin().count_audit_entries(), 0u);
  expect_clean();
}

}  // namespace
