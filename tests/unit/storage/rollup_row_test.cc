// Version 1 of the rollups' rows, byte by byte.
#include "storage/rollup_row.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

TEST(RollupRow, KeepsTheBytesOfRollups) {
  const storage::RollupKey key{
      0x01020304, {.key = 9, .template_id = 3, .status = 429, .method = core::Method::kPut}, 7};
  const storage::RollupKeyBytes bytes = storage::write_rollup_key(key);
  const std::string expected = std::string("\1\2\3\4", 4) + std::string("\0\0\0\0\0\0\0\x09", 8) +
                               std::string("\0\0\0\3", 4) + "\4" + std::string("\x01\xad", 2) +
                               std::string("\0\0\0\7", 4);
  EXPECT_EQ(core::as_text(bytes), expected);
  const auto again = storage::read_rollup_key(bytes);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->start, key.start);
  EXPECT_EQ(again->name, key.name);
  EXPECT_EQ(again->part, key.part);

  storage::RollupCounts counts;
  counts.add(5, 1);
  counts.add(200, 300);  // LEB128: ac 02.
  std::vector<std::byte> value;
  storage::write_rollup_value(bytes, counts, value);
  EXPECT_EQ(core::as_text(value).substr(8), std::string("\5\1\xc8\xac\2"));
  storage::RollupCounts read;
  ASSERT_TRUE(storage::read_rollup_value(bytes, value, read));
  EXPECT_EQ(read.by_bucket, counts.by_bucket);
}

TEST(RollupRow, TakesADamagedRollupForNoRollup) {
  const storage::RollupKeyBytes key = storage::write_rollup_key({5, {.key = 1}, 1});
  storage::RollupCounts counts;
  counts.add(17, 1000);
  std::vector<std::byte> value;
  storage::write_rollup_value(key, counts, value);
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::vector<std::byte> damaged = value;
    damaged[i] ^= std::byte{1};
    storage::RollupCounts read;
    EXPECT_FALSE(storage::read_rollup_value(key, damaged, read)) << i;
  }
  const storage::RollupKeyBytes elsewhere = storage::write_rollup_key({6, {.key = 1}, 1});
  storage::RollupCounts read;
  EXPECT_FALSE(storage::read_rollup_value(elsewhere, value, read)) << "a row in the wrong place";
}

TEST(RollupRow, KeepsTheBytesOfTotalsAndCursor) {
  const auto use = storage::write_key_use(3, {10, 2, 99});
  const auto read_use = storage::read_key_use(3, use);
  ASSERT_TRUE(read_use.has_value());
  EXPECT_EQ(read_use->total, 10u);
  EXPECT_EQ(read_use->rejected, 2u);
  EXPECT_EQ(read_use->last_used_us, 99);
  EXPECT_FALSE(storage::read_key_use(4, use).has_value()) << "another key's";
  const storage::FoldCursor cursor{100, 200, 300, 4, 5};
  const auto read_cursor = storage::read_fold_cursor(storage::write_fold_cursor(cursor));
  ASSERT_TRUE(read_cursor.has_value());
  EXPECT_EQ(read_cursor->replay_after, 100u);
  EXPECT_EQ(read_cursor->folded_id, 200u);
  EXPECT_EQ(read_cursor->closed_minute, 300u);
  EXPECT_EQ(read_cursor->folds, 4u);
  EXPECT_EQ(read_cursor->hours_before, 5u);
}

}  // namespace
