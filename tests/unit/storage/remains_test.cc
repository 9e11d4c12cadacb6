#include "storage/remains.h"

#include <gtest/gtest.h>

#include "storage/environment.h"
#include "tests/support/store_rig.h"

namespace {

class RemainsTest : public testing::Test {
 protected:
  RemainsTest()
      : environment_(std::move(*storage::Environment::open(
            {.dir = folder_.file("store"), .sync = storage::SyncMode::kNone}, log_))),
        txn_(std::move(*environment_->env().write())) {}

  const storage::CatalogTables& tables() { return environment_->tables(); }

  void put(storage::Table table, const std::string& key) {
    std::string value;
    storage::seal(value, core::as_bytes(key));
    CHECK(txn_.put(table, core::as_bytes(key), core::as_bytes(value)).has_value());
  }
  auto keys(std::string_view begin, std::string_view prefix, std::size_t max) {
    return storage::keys_with(txn_, tables().row_index, core::as_bytes(begin),
                              core::as_bytes(prefix), max)
        .value();
  }

  core::TempFolder folder_;
  core::NullLog log_;
  std::unique_ptr<storage::Environment> environment_;
  storage::WriteTxn txn_;
};

TEST_F(RemainsTest, KeysWithAPrefixEndWhereItDoes) {
  using Keys = std::vector<std::string>;
  for (const char* key : {"a", "b1", "b2", "b3", "c"}) put(tables().row_index, key);
  EXPECT_EQ(keys("b", "b", 10), (Keys{"b1", "b2", "b3"}));
  EXPECT_EQ(keys("b", "b", 2), (Keys{"b1", "b2"}));
  EXPECT_EQ(keys("b2", "b", 10), (Keys{"b2", "b3"}));
  EXPECT_EQ(keys("b", "b", 0), Keys{});
  EXPECT_EQ(keys("bb", "bb", 10), Keys{});
  EXPECT_EQ(keys("d", "", 10), Keys{});
  EXPECT_EQ(keys("b3", "", 1), Keys{"b3"});
}

TEST_F(RemainsTest, WithoutAnyNothingIsTaken) {
  test::MemorySlots slots;
  storage::ResourceTable resources;
  storage::ChangeContext context{
      .records = storage::Records(txn_, tables(), environment_->damage()),
      .writer = storage::RecordWriter(txn_, tables()),
      .slots = slots,
      .counters = {},
      .effects = {},
      .resources = resources};
  std::uint32_t left = 5;
  core::PurgeTally tally;
  EXPECT_TRUE(storage::Remains(context, left, tally).take());
  EXPECT_EQ(left, 5u);
}

}  // namespace
