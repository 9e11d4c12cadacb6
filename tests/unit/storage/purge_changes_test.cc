#include "storage/purge_changes.h"

#include <gtest/gtest.h>

#include "storage/verify.h"
#include "tests/support/resource_rig.h"

namespace {

using core::OutcomeCode;

class PurgeChanges : public test::ResourceRig {
 protected:
  // Every step must leave a store in which all tables agree.
  void expect_clean() {
    rig_.close();
    const auto report = storage::verify_store({.dir = rig_.options.dir});
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->clean()) << report->listed.front();
    rig_.reopen();
  }

  core::PurgeTally purge(const core::Purge& command) {
    const core::Outcome outcome = rig_.run(core::Purge(command));
    CHECK(outcome.code == OutcomeCode::kDone);
    return std::get<core::PurgeTally>(outcome.row);
  }
  // What is older than the present moment.
  core::PurgeTally purge_old() { return purge({.deleted_before = rig_.when}); }

  // Then nobody brings it back.
  bool is_gone(const core::Tenant& tenant) {
    if (catalog().tenant(tenant.id)) return false;
    EXPECT_EQ(rig_.run(core::RestoreTenant{.id = tenant.id}).code, OutcomeCode::kNotFound);
    return true;
  }

  core::Outcome create_once(const std::string& key) {
    core::CreateTenant create;
    create.name = "Once";
    return rig_.run_once(key, "body", create);
  }
  core::Outcome create_data(const core::Caller& caller) {
    return rig_.run(test::new_row(caller, "row"));
  }
  // Without the audit log, which has an entry of what is taken away, too.
  std::uint64_t values() {
    rig_.close();
    const auto report = storage::verify_store({.dir = rig_.options.dir});
    rig_.reopen();
    std::uint64_t audited = 0;
    for (const core::AuditEntry& entry : rig_.reader->admin().audit_entries({.limit = 1000}).rows) {
      audited += entry.tenant_id == 0 ? 1 : 2;  // It has a place under its tenant.
    }
    return report->values - audited;
  }
};

TEST_F(PurgeChanges, AnswersGoOnceTheyAreOlderThanTheirRetention) {
  create_once("one");
  ++rig_.when;
  create_once("two");
  EXPECT_EQ(purge({.answers_before = 0}).answers, 0u);
  EXPECT_EQ(purge({.answers_before = rig_.when - 1}).answers, 0u);
  EXPECT_EQ(purge({.answers_before = rig_.when}).answers, 1u);
  EXPECT_FALSE(create_once("one").replayed);
  EXPECT_TRUE(create_once("two").replayed);
  EXPECT_EQ(purge({.answers_before = rig_.when + 1}).answers, 2u);
  expect_clean();
}

TEST_F(PurgeChanges, OneCommandTakesNoMoreThanItsBoundAndSaysThatMoreIsLeft) {
  for (int i = 0; i < 10; ++i) create_once(std::to_string(i));
  const core::Purge some{.answers_before = rig_.when + 1, .records_max = 4};
  core::PurgeTally tally = purge(some);
  EXPECT_EQ(tally.answers, 4u);
  EXPECT_TRUE(tally.more);
  EXPECT_TRUE(purge(some).more);
  tally = purge(some);
  EXPECT_EQ(tally.answers, 2u);
  EXPECT_FALSE(tally.more);
  expect_clean();
}

TEST_F(PurgeChanges, ARowGoesOnceItHasBeenDeletedForLongerThanTheRetention) {
  create_data(caller());
  create_data(caller());
  rig_.run(core::DeleteRow{.caller = caller(), .id = 1});
  EXPECT_EQ(purge_old().rows, 0u);  // It was deleted at this very moment.
  ++rig_.when;
  EXPECT_EQ(purge({.answers_before = rig_.when}).rows, 0u);  // Kept for ever.
  const core::PurgeTally tally = purge_old();
  EXPECT_EQ(tally.rows, 1u);
  EXPECT_FALSE(tally.more);
  EXPECT_EQ(rig_.run(core::RestoreRow{.caller = caller(), .id = 1}).code, OutcomeCode::kNotFound);
  const auto found = catalog().find_rows(test::data_of(tenant_.id), {.include_deleted = true});
  EXPECT_EQ(found.count, 1u);
  EXPECT_EQ(catalog().count_rows(test::data_of(tenant_.id)), 1u);
  EXPECT_EQ(std::get<core::RowImage>(create_data(caller()).row).id, 3u);
  EXPECT_EQ(purge_old().rows, 0u);
  expect_clean();
}

TEST_F(PurgeChanges, WhatWasRestoredIsYoungAgain) {
  create_data(caller());
  rig_.run(core::DeleteRow{.caller = caller(), .id = 1});
  rig_.run(core::DeleteKey{.id = key_.id});
  rig_.run(core::DeleteTenant{.id = tenant_.id});
  rig_.run(core::RestoreTenant{.id = tenant_.id});
  rig_.run(core::RestoreKey{.id = key_.id});
  rig_.run(core::RestoreRow{.caller = caller(), .id = 1});
  rig_.when += core::kReplayWindow;
  const core::PurgeTally tally = purge_old();
  EXPECT_EQ(tally.tenants + tally.keys + tally.rows, 0u);
  EXPECT_FALSE(test::row_json(catalog(), tenant_.id, 1).empty());
  EXPECT_TRUE(rig_.finds(1));
  expect_clean();
}

TEST_F(PurgeChanges, DeletedAgainARowsAgeCountsFromThen) {
  create_data(caller());
  rig_.run(core::DeleteRow{.caller = caller(), .id = 1});
  rig_.when += 10;
  rig_.run(core::RestoreRow{.caller = caller(), .id = 1});
  rig_.run(core::DeleteRow{.caller = caller(), .id = 1});
  EXPECT_EQ(purge_old().rows, 0u);
  ++rig_.when;
  EXPECT_EQ(purge_old().rows, 1u);
  expect_clean();
}

TEST_F(PurgeChanges, ADeletedKeyIsGoneAltogether) {
  rig_.make_key(tenant_.id, 2);
  rig_.run_with<core::UpdateKey>([](core::UpdateKey& update) {
    update.id = 2;
    update.allowed_ips.emplace(2);
  });
  rig_.run(core::RotateKey{
      .id = 2, .secret = {.digest = test::digest_of(3), .display = "d", .overlap_s = 60}});
  rig_.run(core::DeleteKey{.id = 2});
  ++rig_.when;
  EXPECT_EQ(purge_old().keys, 1u);
  EXPECT_FALSE(catalog().key(2));
  EXPECT_EQ(rig_.run(core::RestoreKey{.id = 2}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(catalog().keys({.tenant_id = tenant_.id, .include_deleted = true}).rows.size(), 1u);
  EXPECT_EQ(catalog().counts().keys, 1u);
  EXPECT_TRUE(rig_.finds(1));
  EXPECT_EQ(rig_.make_key(tenant_.id, 2).id, 3u);  // The secret is free, the id is not.
  expect_clean();
}

TEST_F(PurgeChanges, ATenantGoesWithItsKeysAndRowsAndNobodyElses) {
  define(invoices());
  create({"1", "\"a\"", "null"});
  create({"2", "\"b\"", "null"});
  remove(2);
  create_data(caller());
  rig_.make_key(tenant_.id, 2);
  rig_.run(core::DeleteKey{.id = 2});
  const core::Tenant other = rig_.make_tenant("Other");
  const core::Caller others{.key_id = rig_.make_key(other.id, 3).id, .tenant_id = other.id};
  create_data(others);

  ++rig_.when;
  rig_.run(core::DeleteTenant{.id = tenant_.id});
  ++rig_.when;
  const core::PurgeTally tally = purge_old();
  EXPECT_EQ(tally.tenants, 1u);
  EXPECT_EQ(tally.keys, 2u);
  EXPECT_EQ(tally.rows, 3u);
  EXPECT_FALSE(tally.more);
  EXPECT_FALSE(catalog().tenant(tenant_.id));
  EXPECT_FALSE(catalog().key(1));
  EXPECT_FALSE(catalog().key(2));
  EXPECT_FALSE(rig_.finds(1));
  EXPECT_EQ(rig_.run(core::RestoreTenant{.id = tenant_.id}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(catalog().counts().tenants, 1u);
  EXPECT_EQ(catalog().counts().keys, 1u);
  EXPECT_TRUE(rig_.finds(3));
  EXPECT_EQ(catalog().count_rows(test::data_of(other.id)), 1u);
  expect_clean();
  rig_.run_with<core::CreateTenant>([&](core::CreateTenant& create) {
    create.name = "Again";
    create.slug = tenant_.slug;
  });
  EXPECT_EQ(catalog().counts().tenants, 2u);
  EXPECT_TRUE(rig_.make_key(3, 1).id != 0);  // The live key's secret is free, too.
  expect_clean();
}

TEST_F(PurgeChanges, AResourceGoesWithTheRowsOfAllTenants) {
  const core::Tenant between = rig_.make_tenant("Without rows of it");
  const core::Caller middle{.key_id = rig_.make_key(between.id, 2).id, .tenant_id = between.id};
  const core::Tenant last = rig_.make_tenant("Last");
  const core::Caller third{.key_id = rig_.make_key(last.id, 3).id, .tenant_id = last.id};
  define(invoices());
  const core::ResourceId gone = resource_;
  create({"1", "\"a\"", "null"});
  rig_.run(core::CreateRow{third, gone, {"1", "\"b\"", "null"}});
  rig_.run(core::CreateRow{third, gone, {"2", "\"b\"", "null"}});
  rig_.run(core::DeleteRow{third, gone, 1});
  for (const core::Caller& each : {caller(), middle, third}) create_data(each);
  core::ResourceSchema other = invoices();
  other.name = "Other";
  other.path = "others";
  define(other);
  create({"1", "\"c\"", "null"});

  ++rig_.when;
  rig_.run(core::DeleteResource{gone});
  ++rig_.when;
  const core::PurgeTally tally = purge_old();
  EXPECT_EQ(tally.resources, 1u);
  EXPECT_EQ(tally.rows, 3u);
  EXPECT_FALSE(tally.more);
  EXPECT_FALSE(catalog().resource_row(gone));
  EXPECT_EQ(catalog().count_rows(rows()), 1u);  // Of the other one.
  for (const core::TenantId id : {tenant_.id, between.id, last.id}) {
    EXPECT_EQ(catalog().count_rows(test::data_of(id)), 1u);
  }
  expect_clean();
  EXPECT_GT(define(invoices()).id, gone + 1);
  expect_clean();
}

// Whatever the bound, every step is clean, and in the end the same is gone.
TEST_F(PurgeChanges, RemainsAreTakenInStepsOfAnySizeAndStayGoneMeanwhile) {
  for (const std::uint32_t bound : {1, 2, 3, 7}) {
    SCOPED_TRACE(bound);
    const std::uint64_t before = values();
    const core::Tenant tenant = rig_.make_tenant("Big");
    const core::Caller owner{.key_id = rig_.make_key(tenant.id, 100 + bound).id,
                             .tenant_id = tenant.id};
    core::ResourceSchema schema = invoices();
    schema.path = "of_" + std::to_string(bound);
    const core::ResourceId resource = define(schema).id;
    for (int i = 1; i <= 5; ++i) {
      create_data(owner);
      rig_.run(core::CreateRow{owner, resource, {std::to_string(i), "\"a\"", "null"}});
      rig_.run(core::CreateRow{caller(), resource, {std::to_string(i), "\"b\"", "null"}});
    }
    rig_.run(core::DeleteRow{owner, resource, 2});
    rig_.run(core::DeleteResource{resource});
    rig_.run(core::DeleteTenant{.id = tenant.id});
    ++rig_.when;
    int steps = 1;
    int steps_gone = 0;
    core::PurgeTally tally = purge({.deleted_before = rig_.when, .records_max = bound});
    for (; tally.more; ++steps) {
      if (steps % 5 == 0) expect_clean();
      if (is_gone(tenant)) ++steps_gone;
      tally = purge({.deleted_before = rig_.when, .records_max = bound});
      ASSERT_LT(steps, 200);
    }
    EXPECT_GT(steps_gone, 20 / static_cast<int>(bound));
    expect_clean();
    EXPECT_EQ(values(), before);
  }
}

TEST_F(PurgeChanges, ADamagedRecordThatIsDueGoesAndStopsNothing) {
  create_data(caller());
  create_data(caller());
  rig_.run(core::DeleteRow{.caller = caller(), .id = 1});
  rig_.run(core::DeleteRow{.caller = caller(), .id = 2});
  rig_.close();
  {
    auto env = storage::Env::open({.dir = rig_.options.dir});
    const auto tables = storage::open_tables(*env, storage::store_formats());
    auto txn = env->write();
    const storage::RowKey key(test::data_space(tenant_.id), 1);
    ASSERT_TRUE(txn->put(tables->deleted_rows, key.bytes(), core::as_bytes("damaged")));
    ASSERT_TRUE(txn->commit());
  }
  rig_.reopen();
  ++rig_.when;
  EXPECT_EQ(purge_old().rows, 2u);
  expect_clean();
}

}  // namespace
