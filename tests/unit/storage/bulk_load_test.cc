#include "storage/bulk_load.h"

#include <gtest/gtest.h>

#include "storage/catalog_tables.h"
#include "storage/record_writer.h"
#include "storage/records.h"
#include "storage/verify.h"
#include "tests/support/store_rig.h"

namespace {

constexpr std::uint64_t kTenants = 7;
constexpr std::uint64_t kKeys = 100;
constexpr std::uint32_t kRows = 3;
constexpr std::string_view kDisplay = "fp_AbCd...wXyZ";

using Dump = std::vector<std::pair<std::string, std::string>>;

Dump dump(const storage::Txn& txn, storage::Table table) {
  Dump dump;
  auto cursor = txn.cursor(table);
  for (auto found = cursor->first(); *found; found = cursor->next()) {
    dump.emplace_back(core::as_text(cursor->key()), core::as_text(cursor->value()));
  }
  return dump;
}

std::vector<Dump> dump_store(const std::string& dir) {
  auto env = storage::Env::open({.dir = dir});
  const auto tables = storage::open_tables(*env, storage::store_formats());
  const auto txn = env->read();
  std::vector<Dump> dumps;
  for (const storage::Table table :
       {tables->meta, tables->tenants, tables->tenants_by_slug, tables->tenant_state, tables->keys,
        tables->keys_by_tenant, tables->keys_by_digest, tables->rows, tables->deleted_rows,
        tables->row_meta, tables->resources, tables->row_index}) {
    dumps.push_back(dump(*txn, table));
  }
  return dumps;
}

// Nobody asked for what is loaded in bulk: the next id of an audit entry is all that may differ.
void forget_audit(const std::string& dir) {
  auto env = storage::Env::open({.dir = dir});
  const auto tables = storage::open_tables(*env, storage::store_formats());
  auto txn = env->write();
  core::NullLog log;
  storage::Damage damage(log);
  storage::Counters counters = storage::Records(*txn, *tables, damage).counters();
  EXPECT_EQ(counters.next_audit_id, kTenants + kKeys + 1);
  counters.next_audit_id = 1;
  ASSERT_TRUE(storage::RecordWriter(*txn, *tables).put_counters(counters));
  ASSERT_TRUE(txn->commit());
}

storage::BulkLoad some_load(core::WallMicros when) {
  storage::BulkLoad load;
  load.tenants = kTenants;
  load.rows_per_tenant = kRows;
  load.row_value = R"({"n":1})";
  load.limit = {.rate_limit = 50, .window_s = 60, .burst = 10};
  load.when = when;
  load.next_key = [next = std::uint64_t{0}](storage::BulkKey& key) mutable {
    if (next == kKeys) return false;
    key.digest = test::digest_of(next++);
    key.display = kDisplay;
    return true;
  };
  return load;
}

void run_commands(test::StoreRig& rig) {
  for (std::uint64_t i = 1; i <= kTenants; ++i) rig.make_tenant("tenant " + std::to_string(i));
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    core::CreateKey command = test::StoreRig::new_key(1 + i % kTenants, i);
    command.name = "key " + std::to_string(i + 1);
    command.display = kDisplay;
    command.limit = {.rate_limit = 50, .window_s = 60, .burst = 10};
    rig.run(command);
  }
  for (std::uint64_t tenant = 1; tenant <= kTenants; ++tenant) {
    for (std::uint32_t row = 1; row <= kRows; ++row) {
      rig.run(test::new_row({.key_id = tenant, .tenant_id = tenant}, "row " + std::to_string(row),
                            R"({"n":1})"));
    }
  }
}

TEST(BulkLoad, MakesTheSameTablesAsCommands) {
  test::StoreRig rig;
  run_commands(rig);
  rig.close();
  test::MemorySlots slots;
  const std::string loaded = rig.folder.file("loaded");
  ASSERT_TRUE(storage::bulk_load({.dir = loaded}, slots, some_load(rig.when)));
  forget_audit(rig.options.dir);
  const auto by_commands = dump_store(rig.options.dir);
  const auto in_bulk = dump_store(loaded);
  ASSERT_EQ(by_commands.size(), in_bulk.size());
  for (std::size_t i = 0; i < in_bulk.size(); ++i) EXPECT_EQ(by_commands[i], in_bulk[i]);
  EXPECT_EQ(slots.ensured, kKeys);
  EXPECT_EQ(slots.owner(kKeys - 1), kKeys);
}

TEST(BulkLoad, IsVerifiedCleanAndServesAtOnce) {
  test::StoreRig rig;
  rig.close();
  rig.options.dir = rig.folder.file("loaded");
  ASSERT_TRUE(storage::bulk_load({.dir = rig.options.dir}, rig.slots, some_load(rig.when)));
  const auto report = storage::verify_store({.dir = rig.options.dir});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->clean()) << report->listed.front();
  EXPECT_EQ(report->keys, kKeys);
  EXPECT_EQ(report->tenants, kTenants);
  EXPECT_EQ(report->rows, kTenants * kRows);
  rig.reopen();
  for (std::uint64_t i = 0; i < kKeys; ++i) EXPECT_EQ(rig.record(i).key_id, i + 1);
  EXPECT_EQ(rig.make_key(1, kKeys).id, kKeys + 1);
}

TEST(BulkLoad, RefusesAStoreThatHasTenants) {
  test::StoreRig rig;
  rig.make_tenant();
  rig.close();
  EXPECT_FALSE(storage::bulk_load({.dir = rig.options.dir}, rig.slots, some_load(rig.when)));
}

}  // namespace
