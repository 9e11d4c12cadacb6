#include "storage/zeroed_table.h"

#include <gtest/gtest.h>

namespace storage {
namespace {

struct Entry {
  std::uint64_t key = 0;
  std::uint64_t value = 0;
};

TEST(ZeroedTable, BeginsAsZerosAndKeepsWhatIsWritten) {
  ZeroedTable<Entry> table(1024);
  for (std::uint64_t i = 0; i < 1024; ++i) EXPECT_EQ(table[i].key + table[i].value, 0U);
  for (std::uint64_t i = 0; i < 1024; ++i) table[i] = {i, i * i};
  for (std::uint64_t i = 0; i < 1024; ++i) EXPECT_EQ(table[i].value, i * i);
}

TEST(ZeroedTable, FindsEntriesByTheLowBitsOfAHash) {
  ZeroedTable<Entry> table(8);
  table[5].value = 7;
  EXPECT_EQ(table[5 + 8 * 1'000'003].value, 7U);
  EXPECT_EQ(table[6].value, 0U);
}

}  // namespace
}  // namespace storage
