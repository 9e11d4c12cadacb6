#include "storage/environment.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/store_rig.h"

namespace {

class EnvironmentTest : public testing::Test {
 protected:
  EnvironmentTest()
      : environment_(std::move(*storage::Environment::open(
            {.dir = folder_.file("store"), .sync = storage::SyncMode::kNone}, log_))) {}

  void write(std::string_view key) {
    write_uncounted(key);
    environment_->versions().count_commit();
  }
  void write_uncounted(std::string_view key) {
    auto txn = environment_->env().write();
    ASSERT_TRUE(txn->put(environment_->tables().meta, core::as_bytes(key), core::as_bytes("1")));
    ASSERT_TRUE(txn->commit());
  }
  bool has(const storage::Txn* txn, std::string_view key) {
    return txn->get(environment_->tables().meta, core::as_bytes(key))->has_value();
  }

  core::TempFolder folder_;
  test::LineLog log_;
  std::unique_ptr<storage::Environment> environment_;
};

TEST_F(EnvironmentTest, ASnapshotIsKeptForTheTurnAndRenewedOnDemand) {
  auto snapshot = std::move(*storage::Snapshot::open(*environment_));
  EXPECT_FALSE(has(snapshot->current(), "a"));
  write("a");
  EXPECT_FALSE(has(snapshot->current(), "a"));
  EXPECT_TRUE(has(snapshot->renewed(), "a"));
  write("b");
  snapshot->begin_turn();
  EXPECT_TRUE(has(snapshot->current(), "b"));
  snapshot->drop();
}

TEST_F(EnvironmentTest, ASnapshotOutlivesTheTurnWhileNothingIsCommitted) {
  auto snapshot = std::move(*storage::Snapshot::open(*environment_));
  const std::uint64_t id = snapshot->current()->id();
  write_uncounted("a");
  snapshot->begin_turn();
  EXPECT_EQ(snapshot->renewed()->id(), id);
  environment_->versions().count_commit();
  EXPECT_EQ(snapshot->renewed()->id(), id + 1);
  snapshot->drop();
}

TEST_F(EnvironmentTest, ReopeningWaitsForReadersAndServesThemAgain) {
  auto snapshot = std::move(*storage::Snapshot::open(*environment_));
  write("a");
  ASSERT_TRUE(has(snapshot->current(), "a"));
  EXPECT_FALSE(environment_->reopen());  // The snapshot is held.
  EXPECT_TRUE(has(snapshot->current(), "a"));
  snapshot->drop();
  const std::uint32_t version = environment_->versions().tenants();
  EXPECT_TRUE(environment_->reopen());
  EXPECT_NE(environment_->versions().tenants(), version);
  EXPECT_TRUE(has(snapshot->current(), "a"));
  snapshot->drop();
  write("b");
  EXPECT_TRUE(has(snapshot->current(), "b"));
}

TEST_F(EnvironmentTest, ReaderSlotsAreGivenBack) {
  for (int i = 0; i < 1000; ++i) {
    const auto snapshot = storage::Snapshot::open(*environment_);
    ASSERT_TRUE(snapshot) << i;
  }
}

TEST_F(EnvironmentTest, TheProbeLeavesNothingBehind) {
  EXPECT_TRUE(environment_->probe());
  EXPECT_FALSE(std::filesystem::exists(folder_.file("store") + "/probe"));
}

TEST_F(EnvironmentTest, TheProbeFailsWhereNothingCanBeWritten) {
  std::filesystem::create_directory(folder_.file("store") + "/probe");
  EXPECT_FALSE(environment_->probe());
}

}  // namespace
