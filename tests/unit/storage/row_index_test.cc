#include "storage/row_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace storage {
namespace {

constexpr RowSpace kSpace{7, 16};

std::string text(const IndexKey& key) {
  return std::string(core::as_text(key.bytes()));
}

TEST(IndexKey, OrdersByValueAndThenById) {
  using namespace std::string_literals;
  const std::vector<std::string> values = {""s,  "\0"s,   "\0\0"s,    "\0a"s,   "\x01"s,
                                           "a"s, "a\0"s,  "a\0b"s,    "a\x01"s, "aa"s,
                                           "b"s, "\xFF"s, "\xFF\xFF"s};
  std::vector<std::string> keys;
  for (const std::string& value : values) {
    for (const core::RowId id : {1u, 255u, 256u}) keys.push_back(text({kSpace, 3, value, id}));
  }
  EXPECT_TRUE(std::ranges::is_sorted(keys));
  EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end());
}

TEST(IndexKey, NoValueIsTheBeginningOfAnother) {
  using namespace std::string_literals;
  const std::vector<std::string> values = {""s, "a"s, "a\0"s, "a\0\x01"s, "ab"s, "a\0\xFF"s};
  for (const std::string& one : values) {
    for (const std::string& other : values) {
      const bool begins = text({kSpace, 0, other, 1}).starts_with(text({kSpace, 0, one}));
      EXPECT_EQ(begins, one == other);
    }
  }
}

TEST(IndexKey, BeginsWithItsSpaceAndField) {
  const std::string key = text({kSpace, 3, "v", 9});
  EXPECT_TRUE(key.starts_with(text({kSpace, 3})));
  EXPECT_FALSE(key.starts_with(text({kSpace, 2})));
  EXPECT_FALSE(key.starts_with(text({{7, 17}, 3})));
  EXPECT_FALSE(key.starts_with(text({{8, 16}, 3})));
  EXPECT_EQ(IndexKey::id(core::as_bytes(key)), 9u);
  EXPECT_EQ(RowSpace::read(core::as_bytes(key).data()), kSpace);
}

TEST(IndexKey, FitsLmdbWhateverTheValueAndTellsLongOnesApart) {
  constexpr std::size_t kKeyMax = 511;
  const std::string zeros(300, '\0');
  const std::string letters(2000, 'x');
  EXPECT_LE(text({kSpace, 0, zeros, 1}).size(), kKeyMax);
  EXPECT_LE(text({kSpace, 0, letters, 1}).size(), kKeyMax);
  EXPECT_NE(text({kSpace, 0, letters + "a", 1}), text({kSpace, 0, letters + "b", 1}));
}

}  // namespace
}  // namespace storage
