#include "storage/usage_cells.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>

namespace {

using storage::MinuteCells;

// Against a map of maps: many keys, so that the tables grow; few latencies or many, so that
// histograms leave their place.
TEST(MinuteCells, CountsWhatAMapCounts) {
  using Name = std::tuple<std::uint64_t, std::uint32_t, int, int>;
  struct Counted {
    std::uint64_t count = 0;
    std::uint32_t last_offset_us = 0;
    std::map<int, std::uint64_t> by_bucket;
  };
  const std::uint64_t seed = 11;
  std::mt19937_64 random(seed);
  MinuteCells cells(29'453'760);
  std::map<Name, Counted> model;
  for (int i = 0; i < 200'000; ++i) {
    storage::CellUse use;
    use.name.key = 1 + random() % (random() % 2 == 0 ? 10 : 3000);
    use.name.template_id = static_cast<storage::TemplateId>(random() % 3);
    use.name.status = random() % 4 == 0 ? 429 : 200;
    use.name.method = static_cast<core::Method>(1 + random() % 2);
    use.offset_us = static_cast<std::uint32_t>(random() % 60'000'000);
    use.bucket = static_cast<core::LatencyBucket>(random() % (use.name.key % 5 == 0 ? 240 : 6));
    cells.add(use);
    Counted& counted = model[{use.name.key, use.name.template_id, use.name.status,
                              static_cast<int>(use.name.method)}];
    ++counted.count;
    counted.last_offset_us = std::max(counted.last_offset_us, use.offset_us);
    ++counted.by_bucket[use.bucket];
  }
  ASSERT_EQ(cells.size(), model.size()) << "seed " << seed;
  std::size_t found = 0;
  for (std::uint64_t key = 0; key <= 3001; ++key) {
    cells.for_each_of(key, [&](const storage::UsageCell& cell) {
      ++found;
      ASSERT_EQ(cell.name.key, key);
      const Counted& counted = model.at(
          {key, cell.name.template_id, cell.name.status, static_cast<int>(cell.name.method)});
      EXPECT_EQ(cell.count, counted.count);
      EXPECT_EQ(cell.last_offset_us, counted.last_offset_us);
      std::map<int, std::uint64_t> by_bucket;
      cells.for_each_bucket(cell,
                            [&](int bucket, std::uint64_t count) { by_bucket[bucket] += count; });
      EXPECT_EQ(by_bucket, counted.by_bucket);
    });
  }
  EXPECT_EQ(found, model.size());
}

TEST(MinuteCells, CountsBeyondWhatFitsInPlace) {
  MinuteCells cells(1);
  for (int i = 0; i < 70'000; ++i) cells.add({.name = {.key = 1}, .offset_us = 0, .bucket = 9});
  EXPECT_EQ(cells.cell(0).count, 70'000u);
  std::uint64_t counted = 0;
  cells.for_each_bucket(cells.cell(0), [&](int bucket, std::uint64_t count) {
    EXPECT_EQ(bucket, 9);
    counted += count;
  });
  EXPECT_EQ(counted, 70'000u);
}

TEST(MinuteCells, TakeACacheLineAndTwoSlotsACell) {
  MinuteCells cells(1);
  for (std::uint64_t key = 1; key <= 100'000; ++key) {
    cells.add({.name = {.key = key}, .offset_us = 0, .bucket = 9});
  }
  EXPECT_LT(cells.memory_bytes(), 100'000u * (64 + 2 * 16));
}

}  // namespace
