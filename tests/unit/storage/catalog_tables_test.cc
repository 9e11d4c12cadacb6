#include "storage/catalog_tables.h"

#include <gtest/gtest.h>

#include <vector>

#include "storage/catalog_codec.h"
#include "tests/support/temp_folder.h"

namespace {

using storage::CatalogTables;
using storage::FormatRange;
using storage::UpgradeStep;
using storage::WriteTxn;

class CatalogTablesTest : public testing::Test {
 protected:
  CatalogTablesTest() {
    auto env = storage::Env::open({.dir = folder_.file("store"),
                                   .map_bytes = std::size_t{1} << 20,
                                   .sync = storage::SyncMode::kNone});
    EXPECT_TRUE(env);
    env_ = std::move(*env);
  }

  std::optional<std::string> value(const CatalogTables& tables, std::string_view key) {
    const auto txn = env_->read();
    const auto found = txn->get(tables.meta, core::as_bytes(key));
    if (!*found) return std::nullopt;
    return std::string(core::as_text(**found));
  }

  core::TempFolder folder_;
  std::optional<storage::Env> env_;
};

core::Status first_step(WriteTxn& txn, const CatalogTables& tables) {
  return txn.put(tables.meta, core::as_bytes("first"), core::as_bytes("done"));
}
core::Status second_step(WriteTxn& txn, const CatalogTables& tables) {
  return txn.insert(tables.meta, core::as_bytes("second"), core::as_bytes("done"));
}
core::Status failing_step(WriteTxn& txn, const CatalogTables& tables) {
  static_cast<void>(txn.put(tables.meta, core::as_bytes("half"), core::as_bytes("done")));
  return std::unexpected(core::Error{"upgrade", 0});
}

constexpr UpgradeStep kTwoSteps[] = {first_step, second_step};
constexpr UpgradeStep kFailing[] = {first_step, failing_step};

TEST_F(CatalogTablesTest, ANewStoreHasTheNewestFormatAndNoUpgrade) {
  const auto tables = open_tables(*env_, FormatRange{.newest = 3, .steps = kTwoSteps});
  ASSERT_TRUE(tables);
  EXPECT_FALSE(value(*tables, "first"));
  // Opening it again finds that format.
  ASSERT_TRUE(open_tables(*env_, FormatRange{.newest = 3, .steps = kTwoSteps}));
  EXPECT_FALSE(value(*tables, "first"));
}

TEST_F(CatalogTablesTest, AnOlderFormatIsUpgradedStepByStepOnce) {
  ASSERT_TRUE(open_tables(*env_, FormatRange{.newest = 1, .steps = {}}));
  for (int i = 0; i < 2; ++i) {  // second_step() would fail if it were run again.
    const auto tables = open_tables(*env_, FormatRange{.newest = 3, .steps = kTwoSteps});
    ASSERT_TRUE(tables);
    EXPECT_TRUE(value(*tables, "first"));
    EXPECT_TRUE(value(*tables, "second"));
  }
}

TEST_F(CatalogTablesTest, AnUpgradeStartsAtTheStoresFormat) {
  ASSERT_TRUE(open_tables(*env_, FormatRange{.newest = 2, .steps = std::span(kTwoSteps).first(1)}));
  const auto tables = open_tables(*env_, FormatRange{.newest = 3, .steps = kTwoSteps});
  ASSERT_TRUE(tables);
  EXPECT_FALSE(value(*tables, "first"));
  EXPECT_TRUE(value(*tables, "second"));
}

TEST_F(CatalogTablesTest, AFailedUpgradeChangesNothing) {
  ASSERT_TRUE(open_tables(*env_, FormatRange{.newest = 1, .steps = {}}));
  ASSERT_FALSE(open_tables(*env_, FormatRange{.newest = 3, .steps = kFailing}));
  const auto tables = open_tables(*env_, FormatRange{.newest = 1, .steps = {}});
  ASSERT_TRUE(tables);
  EXPECT_FALSE(value(*tables, "first"));
  EXPECT_FALSE(value(*tables, "half"));
}

TEST_F(CatalogTablesTest, ANewerFormatIsRefusedAndSaysSo) {
  const std::vector<UpgradeStep> steps(storage::kStoreFormat, kTwoSteps[0]);
  ASSERT_TRUE(open_tables(*env_, FormatRange{.newest = storage::kStoreFormat + 1, .steps = steps}));
  const auto tables = open_tables(*env_, storage::store_formats());
  ASSERT_FALSE(tables);
  EXPECT_NE(storage::describe_lmdb(tables.error()).find("newer format"), std::string::npos);
}

TEST_F(CatalogTablesTest, AFormatOfBeforeTheFirstReleaseIsRefusedAndSaysSo) {
  for (std::uint32_t format = 1; format < storage::kStoreFormat; ++format) {
    const std::vector<UpgradeStep> steps(format - 1, kTwoSteps[0]);
    ASSERT_TRUE(open_tables(*env_, FormatRange{.newest = format, .steps = steps}));
    const auto tables = open_tables(*env_, storage::store_formats());
    ASSERT_FALSE(tables);
    EXPECT_NE(storage::describe_lmdb(tables.error()).find("before the first release"),
              std::string::npos);
  }
}

TEST_F(CatalogTablesTest, ADamagedFormatNumberIsNotGuessedOver) {
  const auto tables = open_tables(*env_, storage::store_formats());
  auto txn = env_->write();
  ASSERT_TRUE(txn->put(tables->meta, core::as_bytes("format"), core::as_bytes("1234567812345678")));
  ASSERT_TRUE(txn->commit());
  const auto again = open_tables(*env_, storage::store_formats());
  ASSERT_FALSE(again);
  EXPECT_NE(storage::describe_lmdb(again.error()).find("damaged"), std::string::npos);
}

}  // namespace
