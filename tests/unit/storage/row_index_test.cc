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

std::string value_of(std::string_view text) {
  core::Field note;
  note.name = "note";
  return core::index_bytes(note, text);
}

TEST(IndexKey, OrdersByValueAndThenById) {
  std::vector<std::string> keys;
  for (const char* const value : {"null", R"("")", R"("a")", R"("aa")", R"("b")"}) {
    for (const core::RowId id : {1u, 255u, 256u}) {
      keys.push_back(text({kSpace, 3, value_of(value), id}));
    }
  }
  EXPECT_TRUE(std::ranges::is_sorted(keys));
  EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end());
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

TEST(IndexKey, OfTheLongestValueFits) {
  const std::string letters(2000, 'x');
  const std::string value = value_of('"' + letters + '"');
  EXPECT_EQ(value.size(), core::kIndexedBytesMax);
  EXPECT_EQ(text({kSpace, 0, value, 1}).size(), IndexKey::kBytesMax);
}

}  // namespace
}  // namespace storage
