#include "core/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace core {
namespace {

TEST(KernelRandom, FillsTheWholeOfALargeBuffer) {
  // 1 MiB: the kernel may return less at once. A stretch of 64 zero bytes is a gap, not chance.
  std::vector<std::byte> bytes(1 << 20);
  KernelRandom().fill(bytes);
  for (std::size_t at = 0; at < bytes.size(); at += 64) {
    EXPECT_FALSE(std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                             bytes.begin() + static_cast<std::ptrdiff_t>(at + 64),
                             [](std::byte b) { return b == std::byte{0}; }));
  }
}

TEST(KernelRandom, NeverGivesTheSame32BytesTwice) {
  std::array<std::byte, 32> first{}, second{};
  KernelRandom random;
  random.fill(first);
  random.fill(second);
  EXPECT_NE(first, second);
}

TEST(KernelRandom, WritesNothingIntoAnEmptyBuffer) {
  KernelRandom().fill({});
}

}  // namespace
}  // namespace core
