#include "storage/verify.h"

#include <gtest/gtest.h>

#include <functional>

#include "storage/record_writer.h"
#include "storage/records.h"
#include "tests/support/store_rig.h"

namespace {

using storage::CatalogTables;
using storage::integer_key;
using storage::WriteTxn;

// A store with two tenants, three keys of which one is deleted and two have another secret, rows,
// and three webhooks of which one is deleted.
void fill(test::StoreRig& rig) {
  const core::TenantId tenant = rig.make_tenant("One").id;
  rig.make_tenant("Two");
  const core::Caller caller{.key_id = rig.make_key(tenant, 1).id, .tenant_id = tenant};
  rig.make_key(tenant, 2);
  rig.make_key(tenant, 3);
  for (const core::KeyId id : {2, 3}) {
    rig.run(core::RotateKey{
        .id = id, .secret = {.digest = test::digest_of(id + 10), .display = "d", .overlap_s = 60}});
  }
  for (const core::KeyId id : {1, 3}) {
    core::UpdateKey command;
    command.id = id;
    command.allowed_ips.emplace(2);
    rig.run(command);
  }
  rig.run(core::DeleteKey{.id = 3});
  for (int i = 0; i < 3; ++i) rig.run(test::new_row(caller, "row"));
  rig.run(core::DeleteRow{.caller = caller, .id = 2});
  rig.run_once("k", "body", core::DeleteRow{.caller = caller, .id = 2});
  for (int i = 0; i < 3; ++i) {
    rig.run_with<core::CreateWebhook>([&](auto& create) { create.tenant_id = tenant; });
  }
  rig.run(core::DeleteWebhook{.caller = {}, .id = 3});
}

storage::VerifyReport verify_after(
    const std::function<void(WriteTxn& txn, const CatalogTables& tables)>& damage) {
  test::StoreRig rig;
  fill(rig);
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

std::string all(const storage::VerifyReport& report) {
  std::string text;
  for (const std::string& fault : report.listed) text += fault + "\n";
  return text;
}

void expect_fault(const storage::VerifyReport& report, std::string_view text) {
  EXPECT_GE(report.faults, 1u);
  EXPECT_NE(all(report).find(text), std::string::npos) << all(report);
}

TEST(Verify, AStoreThatOnlyCommandsChangedIsClean) {
  const auto report = verify_after([](WriteTxn&, const CatalogTables&) {});
  EXPECT_TRUE(report.clean()) << all(report);
  EXPECT_EQ(report.tenants, 2u);
  EXPECT_EQ(report.keys, 2u);
  EXPECT_EQ(report.rows, 2u);
  EXPECT_EQ(report.webhooks, 2u);
  EXPECT_GT(report.values, 10u);
}

TEST(Verify, AFlippedBitIsNamedWithItsTableAndKey) {
  const auto report = verify_after([](WriteTxn& txn, const CatalogTables& tables) {
    const std::uint64_t id = 2;
    std::string value(core::as_text(**txn.get(tables.keys, integer_key(id))));
    value[40] = static_cast<char>(value[40] ^ 1);
    ASSERT_TRUE(txn.put(tables.keys, integer_key(id), core::as_bytes(value)));
  });
  expect_fault(report, "table keys key 0200000000000000: the checksum does not fit");
}

TEST(Verify, AKeyThatItsDigestDoesNotLeadToIsAFault) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 const std::uint64_t prefix = test::digest_of(1).prefix();
                 ASSERT_TRUE(*txn.erase(tables.keys_by_digest, integer_key(prefix)));
               }),
               "table keys key 0100000000000000: its digest leads to another record");
}

TEST(Verify, AnAnswerThatNeverGrowsOldIsAFault) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 auto cursor = txn.cursor(tables.by_age);
                 ASSERT_TRUE(*cursor->seek(storage::AgeKey(storage::Aged::kAnswer, 0).bytes()));
                 const std::string key(core::as_text(cursor->key()));
                 ASSERT_TRUE(*txn.erase(tables.by_age, core::as_bytes(key)));
               }),
               "it never grows old");
}

TEST(Verify, AnAgeWithoutItsRecordIsAFault) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 ASSERT_TRUE(txn.clear(tables.answers));
               }),
               "there are more records by age than old ones");
}

TEST(Verify, ADigestThatLeadsToADeletedKeyIsAFault) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 core::NullLog log;
                 storage::Damage damage(log);
                 const auto key = storage::Records(txn, tables, damage).key(3);
                 const storage::DigestEntry entry = storage::digest_entry(*key);
                 ASSERT_TRUE(storage::RecordWriter(txn, tables)
                                 .put_digest_entries(key->digest, std::span(&entry, 1)));
               }),
               "it is deleted but its digest leads to it");
}

TEST(Verify, ARecordThatDiffersFromItsRowIsAFault) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 core::NullLog log;
                 storage::Damage damage(log);
                 auto key = storage::Records(txn, tables, damage).key(1);
                 key->is_active = false;
                 ASSERT_TRUE(storage::RecordWriter(txn, tables).put_key(*key));
               }),
               "its digest leads to another record");
}

TEST(Verify, NetworksThatDifferFromTheirKeysAreFaults) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 ASSERT_TRUE(storage::RecordWriter(txn, tables).put_key_networks(1, {}));
               }),
               "networks of keys are missing");
  for (const core::KeyId id : {1, 2, 9}) {
    expect_fault(
        verify_after([id](WriteTxn& txn, const CatalogTables& tables) {
          const core::IpNetwork network;
          ASSERT_TRUE(
              storage::RecordWriter(txn, tables).put_key_networks(id, std::span(&network, 1)));
        }),
        "its key's row says otherwise");
  }
}

TEST(Verify, APreviousSecretThatLeadsNowhereIsAFault) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 const std::uint64_t prefix = test::digest_of(2).prefix();
                 ASSERT_TRUE(*txn.erase(tables.keys_by_digest, integer_key(prefix)));
               }),
               "table keys key 0200000000000000: its digest leads to another record");
}

TEST(Verify, AMissingSlugAndAWrongStateAreFaults) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 ASSERT_TRUE(storage::RecordWriter(txn, tables).erase_slug("one"));
               }),
               "its slug does not lead to it");
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 ASSERT_TRUE(storage::RecordWriter(txn, tables).put_tenant_state(2, false));
               }),
               "its state says otherwise");
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 ASSERT_TRUE(storage::RecordWriter(txn, tables).put_slug("ghost", 9));
               }),
               "no such tenant has the slug");
}

TEST(Verify, AKeyMissingUnderItsTenantIsAFault) {
  expect_fault(
      verify_after([](WriteTxn& txn, const CatalogTables& tables) {
        ASSERT_TRUE(*txn.erase(tables.keys_by_tenant, storage::TenantScopedKey(1, 2).bytes()));
      }),
      "keys are missing under their tenants");
}

TEST(Verify, WrongCountsAreFaults) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 ASSERT_TRUE(storage::RecordWriter(txn, tables)
                                 .put_row_meta(test::data_space(1), {.next_id = 4, .count = 3}));
               }),
               "table row_meta key 000000000000000100000001: its count is wrong");
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 ASSERT_TRUE(storage::RecordWriter(txn, tables)
                                 .put_counters({.next_tenant_id = 3,
                                                .next_key_id = 4,
                                                .tenants = 2,
                                                .keys = 3,
                                                .next_slot = 3}));
               }),
               "the count of keys is wrong");
}

TEST(Verify, TwoKeysOfOneLimiterSlotAreAFault) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 core::NullLog log;
                 storage::Damage damage(log);
                 auto key = storage::Records(txn, tables, damage).key(2);
                 key->limiter_slot = 0;
                 ASSERT_TRUE(storage::RecordWriter(txn, tables).put_key(*key));
               }),
               "its limiter slot is not its own");
}

TEST(Verify, ARowThatIsBothDeletedAndListedIsAFault) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 const storage::RowKey at(test::data_space(1), 2);
                 const std::string value(core::as_text(**txn.get(tables.deleted_rows, at.bytes())));
                 ASSERT_TRUE(txn.put(tables.rows, at.bytes(), core::as_bytes(value)));
               }),
               "it is deleted but listed");
}

TEST(Verify, AWebhookThatItsTenantDoesNotHaveIsAFault) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 ASSERT_TRUE(storage::RecordWriter(txn, tables).put_webhook_of_tenant(2, 1));
               }),
               "the tenant has no such webhook");
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 const storage::TenantScopedKey key(1, 1);
                 ASSERT_TRUE(*txn.erase(tables.webhooks_by_tenant, key.bytes()));
               }),
               "webhooks are missing under their tenants");
}

TEST(Verify, AWrongCountOfWebhooksIsAFault) {
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 ASSERT_TRUE(storage::RecordWriter(txn, tables).put_webhook_count(1, 3));
               }),
               "table webhook_counts key 0100000000000000: its count is wrong");
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 const std::uint64_t tenant = 1;
                 ASSERT_TRUE(*txn.erase(tables.webhook_counts, integer_key(tenant)));
               }),
               "a tenant has webhooks but no count of them");
  expect_fault(verify_after([](WriteTxn& txn, const CatalogTables& tables) {
                 core::NullLog log;
                 storage::Damage damage(log);
                 auto webhook = storage::Records(txn, tables, damage).webhook(1);
                 webhook->deleted_at = 1;
                 ASSERT_TRUE(storage::RecordWriter(txn, tables).put_webhook(*webhook));
               }),
               "the count of webhooks is wrong");
}

}  // namespace
