#include "storage/lmdb.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temp_folder.h"

namespace {

using core::as_bytes;
using storage::Table;
using storage::TableKind;

class LmdbTest : public testing::Test {
 protected:
  LmdbTest() {
    options_.dir = folder_.file("env");
    options_.map_bytes = std::size_t{1} << 20;
    options_.sync = storage::SyncMode::kNone;
    open();
  }

  void open() {
    env_.reset();
    auto env = storage::Env::open(options_);
    ASSERT_TRUE(env);
    env_ = std::move(*env);
    auto txn = env_->write();
    ASSERT_TRUE(txn);
    text_ = *txn->open_table("text", TableKind::kBytes);
    numbers_ = *txn->open_table("numbers", TableKind::kInteger);
    ASSERT_TRUE(txn->commit());
  }

  std::string read(std::string_view key) {
    const auto txn = env_->read();
    const auto found = txn->get(text_, as_bytes(key));
    return *found ? std::string(core::as_text(**found)) : "(none)";
  }

  core::TempFolder folder_;
  storage::EnvOptions options_;
  std::optional<storage::Env> env_;
  Table text_;
  Table numbers_;
};

TEST_F(LmdbTest, WhatWasCommittedIsThereAfterOpeningAnew) {
  auto txn = env_->write();
  ASSERT_TRUE(txn->put(text_, as_bytes("a"), as_bytes("1")));
  ASSERT_TRUE(txn->commit());
  open();
  EXPECT_EQ(read("a"), "1");
}

TEST_F(LmdbTest, WhatWasDroppedOrAbortedIsNot) {
  {
    auto dropped = env_->write();
    ASSERT_TRUE(dropped->put(text_, as_bytes("a"), as_bytes("1")));
  }
  auto aborted = env_->write();
  ASSERT_TRUE(aborted->put(text_, as_bytes("b"), as_bytes("1")));
  aborted->abort();
  EXPECT_EQ(read("a"), "(none)");
  EXPECT_EQ(read("b"), "(none)");
}

TEST_F(LmdbTest, InsertAndAppendRefuseAKeyThatIsThere) {
  auto txn = env_->write();
  ASSERT_TRUE(txn->insert(text_, as_bytes("b"), as_bytes("1")));
  const auto again = txn->insert(text_, as_bytes("b"), as_bytes("2"));
  ASSERT_FALSE(again);
  EXPECT_TRUE(storage::is_key_exists(again.error()));
  const auto before = txn->append(text_, as_bytes("a"), as_bytes("2"));
  ASSERT_FALSE(before);
  EXPECT_TRUE(storage::is_key_exists(before.error()));
}

TEST_F(LmdbTest, EraseSaysWhetherTheKeyWasThere) {
  auto txn = env_->write();
  ASSERT_TRUE(txn->put(text_, as_bytes("a"), as_bytes("1")));
  EXPECT_TRUE(*txn->erase(text_, as_bytes("a")));
  EXPECT_FALSE(*txn->erase(text_, as_bytes("a")));
}

TEST_F(LmdbTest, ReservedRoomIsFilledInByTheCaller) {
  auto txn = env_->write();
  auto room = txn->reserve(text_, as_bytes("a"), 3);
  ASSERT_TRUE(room);
  std::memcpy(room->data(), "xyz", 3);
  ASSERT_TRUE(txn->commit());
  EXPECT_EQ(read("a"), "xyz");
}

TEST_F(LmdbTest, ASnapshotStaysAsItIsUntilItIsRenewed) {
  auto reader = env_->read();
  auto txn = env_->write();
  ASSERT_TRUE(txn->put(text_, as_bytes("a"), as_bytes("1")));
  ASSERT_TRUE(txn->commit());
  EXPECT_FALSE(reader->get(text_, as_bytes("a"))->has_value());
  reader->reset();
  ASSERT_TRUE(reader->renew());
  EXPECT_TRUE(reader->get(text_, as_bytes("a"))->has_value());
}

TEST_F(LmdbTest, IntegerKeysAreInNumericOrder) {
  auto txn = env_->write();
  for (const std::uint64_t number : {256u, 1u, 70'000u, 2u}) {
    ASSERT_TRUE(txn->put(numbers_, storage::integer_key(number), as_bytes("x")));
  }
  auto cursor = txn->cursor(numbers_);
  std::vector<std::uint64_t> seen;
  for (auto found = cursor->first(); *found; found = cursor->next()) {
    seen.push_back(cursor->integer_key());
  }
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2, 256, 70'000}));
}

TEST_F(LmdbTest, ACursorSeeksBothWaysAndErasesWhereItStands) {
  auto txn = env_->write();
  for (const char* key : {"a", "c", "e"})
    ASSERT_TRUE(txn->put(text_, as_bytes(key), as_bytes(key)));
  {
    auto cursor = txn->cursor(text_);
    ASSERT_TRUE(*cursor->seek(as_bytes("b")));
    EXPECT_EQ(core::as_text(cursor->key()), "c");
    ASSERT_TRUE(*cursor->previous());
    EXPECT_EQ(core::as_text(cursor->value()), "a");
    EXPECT_FALSE(*cursor->previous());
    EXPECT_TRUE(cursor->key().empty());
    EXPECT_FALSE(*cursor->find(as_bytes("b")));
    ASSERT_TRUE(*cursor->find(as_bytes("c")));
    ASSERT_TRUE(cursor->erase());
    ASSERT_TRUE(*cursor->next());
    EXPECT_EQ(core::as_text(cursor->key()), "e");
    ASSERT_TRUE(*cursor->last());
    EXPECT_FALSE(*cursor->next());
    EXPECT_FALSE(*cursor->seek(as_bytes("f")));
  }
  EXPECT_EQ(*txn->count(text_), 2);
  ASSERT_TRUE(txn->clear(text_));
  EXPECT_EQ(*txn->count(text_), 0);
}

TEST_F(LmdbTest, AReadersCursorGoesOnAfterRenewal) {
  auto reader = env_->read();
  auto cursor = reader->cursor(text_);
  reader->reset();
  auto txn = env_->write();
  ASSERT_TRUE(txn->put(text_, as_bytes("a"), as_bytes("1")));
  ASSERT_TRUE(txn->commit());
  ASSERT_TRUE(reader->renew());
  ASSERT_TRUE(cursor->renew(*reader));
  EXPECT_TRUE(*cursor->first());
}

TEST_F(LmdbTest, AFullMapIsNamedAndLeavesWhatWasThere) {
  auto first = env_->write();
  ASSERT_TRUE(first->put(text_, as_bytes("a"), as_bytes("1")));
  ASSERT_TRUE(first->commit());
  auto txn = env_->write();
  const auto put = txn->put(text_, as_bytes("b"), as_bytes(std::string(2 << 20, 'x')));
  ASSERT_FALSE(put);
  EXPECT_TRUE(storage::is_map_full(put.error()));
  EXPECT_NE(storage::describe_lmdb(put.error()).find("MDB_MAP_FULL"), std::string::npos);
  txn->abort();
  EXPECT_EQ(read("a"), "1");
  EXPECT_EQ(read("b"), "(none)");
}

TEST_F(LmdbTest, UsageCountsPagesSnapshotsAndReaders) {
  const auto before = env_->usage();
  EXPECT_EQ(before.map_bytes, options_.map_bytes);
  auto reader = env_->read();
  auto txn = env_->write();
  ASSERT_TRUE(txn->put(text_, as_bytes("a"), as_bytes(std::string(100'000, 'x'))));
  ASSERT_TRUE(txn->commit());
  const auto after = env_->usage();
  EXPECT_GE(after.bytes_used, before.bytes_used + 100'000);
  EXPECT_EQ(after.last_txn, before.last_txn + 1);
  EXPECT_EQ(after.readers, 1u);
  EXPECT_EQ(*env_->clear_stale_readers(), 0);
}

TEST_F(LmdbTest, ACopyIsTheSnapshotOfItsMoment) {
  auto txn = env_->write();
  ASSERT_TRUE(txn->put(text_, as_bytes("a"), as_bytes("1")));
  ASSERT_TRUE(txn->commit());
  ASSERT_TRUE(env_->sync());
  const std::string copy = folder_.file("copy");
  std::filesystem::create_directory(copy);
  ASSERT_TRUE(env_->copy_to(copy, true));
  options_.dir = copy;
  open();
  EXPECT_EQ(read("a"), "1");
}

TEST_F(LmdbTest, TheDirectoryAndItsFilesAreForTheOwnerOnly) {
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(options_.dir).permissions(), perms::owner_all);
  EXPECT_EQ(std::filesystem::status(options_.dir + "/data.mdb").permissions(),
            perms::owner_read | perms::owner_write);
}

TEST_F(LmdbTest, AFileOfAnotherKindIsRefusedByName) {
  const std::string dir = folder_.file("other");
  std::filesystem::create_directory(dir);
  std::ofstream(dir + "/data.mdb") << std::string(8192, 'x');
  options_.dir = dir;
  const auto env = storage::Env::open(options_);
  ASSERT_FALSE(env);
  EXPECT_TRUE(storage::is_foreign_file(env.error()));
}

TEST(Lmdb, ADirectoryThatCannotBeMadeIsOneClearError) {
  core::TempFolder folder;
  std::ofstream(folder.file("file")) << "x";
  storage::EnvOptions options;
  options.dir = folder.file("file") + "/env";
  const auto env = storage::Env::open(options);
  ASSERT_FALSE(env);
  EXPECT_EQ(storage::describe_lmdb(env.error()),
            "make the directory of the store: Not a directory (20)");
}

}  // namespace
