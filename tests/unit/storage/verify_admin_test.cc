#include "storage/verify_admin.h"

#include <gtest/gtest.h>

#include <functional>

#include "storage/record_writer.h"
#include "tests/support/store_rig.h"

namespace {

using storage::CatalogTables;
using storage::integer_key;
using storage::WriteTxn;

// A store with a tenant and its token, and another one that is deleted, after something was done to
// its tables.
storage::VerifyReport verify_after(
    const std::function<void(WriteTxn& txn, const CatalogTables& tables)>& damage) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant().id;
  for (const char* name : {"a", "b"}) {
    core::CreateAdminToken command{.name = name,
                                   .display = "d",
                                   .digest = core::Hasher().sha256(name),
                                   .role = core::AdminRole::kTenant,
                                   .tenant_id = tenant};
    rig.run(command);
  }
  rig.run(core::DeleteAdminToken{.id = 2});
  rig.close();
  {
    auto env = storage::Env::open({.dir = rig.options.dir});
    const auto tables = storage::open_tables(*env, storage::store_formats());
    auto txn = env->write();
    damage(*txn, *tables);
    EXPECT_TRUE(txn->commit());
  }
  return *storage::verify_store({.dir = rig.options.dir});
}

void expect_fault(std::string_view text,
                  const std::function<void(WriteTxn& txn, const CatalogTables& tables)>& damage) {
  const auto report = verify_after(damage);
  std::string all;
  for (const std::string& fault : report.listed) all += fault + "\n";
  EXPECT_NE(all.find(text), std::string::npos) << all;
}

TEST(VerifyAdmin, WhatCommandsWroteIsClean) {
  const auto report = verify_after([](WriteTxn&, const CatalogTables&) {});
  EXPECT_TRUE(report.clean()) << report.listed.front();
}

TEST(VerifyAdmin, ATokenThatNothingLeadsToIsAFault) {
  expect_fault("its name does not lead to it", [](WriteTxn& txn, const CatalogTables& tables) {
    ASSERT_TRUE(*txn.erase(tables.admin_tokens_by_name, core::as_bytes("a")));
  });
  expect_fault("its digest does not lead to it", [](WriteTxn& txn, const CatalogTables& tables) {
    const std::uint64_t prefix = core::Hasher().sha256("a").prefix();
    ASSERT_TRUE(*txn.erase(tables.admin_tokens_by_digest, integer_key(prefix)));
  });
}

TEST(VerifyAdmin, ADigestThatLeadsToADeletedTokenIsAFault) {
  expect_fault("no such token has the digest", [](WriteTxn& txn, const CatalogTables& tables) {
    core::AdminToken deleted;
    deleted.id = 2;
    deleted.name = "b";
    deleted.digest = core::Hasher().sha256("b");
    ASSERT_TRUE(storage::RecordWriter(txn, tables).put_admin_token_entries(deleted));
  });
}

TEST(VerifyAdmin, AnEntryThatItsTenantDoesNotHaveIsAFault) {
  expect_fault("it is missing under its tenant", [](WriteTxn& txn, const CatalogTables& tables) {
    ASSERT_TRUE(*txn.erase(tables.audit_by_tenant, storage::TenantScopedKey(1, 2).bytes()));
  });
  expect_fault("there is no such entry", [](WriteTxn& txn, const CatalogTables& tables) {
    const std::uint64_t id = 2;
    ASSERT_TRUE(*txn.erase(tables.audit_log, integer_key(id)));
  });
}

TEST(VerifyAdmin, AnErasedEntryLeavesNothingBehind) {
  const auto report = verify_after([](WriteTxn& txn, const CatalogTables& tables) {
    ASSERT_TRUE(storage::RecordWriter(txn, tables).erase_audit(2, 1));
  });
  EXPECT_TRUE(report.clean()) << report.listed.front();
}

TEST(VerifyAdmin, AWrongCountAndAnIdBeyondTheNextAreFaults) {
  const auto set_counters = [](WriteTxn& txn, const CatalogTables& tables) {
    ASSERT_TRUE(storage::RecordWriter(txn, tables)
                    .put_counters({.next_tenant_id = 2, .tenants = 1, .admin_tokens = 5}));
  };
  expect_fault("the count of admin tokens is wrong", set_counters);
  expect_fault("table audit_log key 0100000000000000: the next id is not beyond it", set_counters);
}

}  // namespace
