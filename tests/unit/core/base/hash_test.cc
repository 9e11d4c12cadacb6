#include "core/base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace core {
namespace {

// Stored checksums depend on these values: a change of them is a change of every file format.
TEST(XxHash, StaysTheSameForEver) {
  EXPECT_EQ(xxhash64(Bytes{}), 0x2d06800538d394c2U);
  EXPECT_EQ(xxhash64(as_bytes("tollgate")), xxhash64(as_bytes("tollgate"), 0));
}

TEST(XxHash, ChainsThroughItsSeed) {
  const std::uint64_t first = xxhash64(as_bytes("key"));
  EXPECT_NE(xxhash64(as_bytes("value"), first), xxhash64(as_bytes("value")));
  EXPECT_NE(xxhash64(as_bytes("value"), first), xxhash64(as_bytes("value"), first + 1));
}

TEST(XxHash, ChangesWithEachBitOfItsInput) {
  std::string text(300, 'x');
  const std::uint64_t before = xxhash64(as_bytes(text));
  for (char& c : text) {
    c ^= 1;
    EXPECT_NE(xxhash64(as_bytes(text)), before);
    c ^= 1;
  }
}

}  // namespace
}  // namespace core
