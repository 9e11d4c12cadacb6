#include "core/base/line_ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>
#include <thread>

namespace core {
namespace {

using Push = LineRing::Push;

TEST(LineRing, HoldsExactlyItsBytes) {
  LineRing ring(16);
  EXPECT_EQ(ring.push("1234567"), Push::kDone);           // 8 with the line break: half.
  EXPECT_EQ(ring.push("1234567"), Push::kDoneAboveHalf);  // 16: full.
  EXPECT_EQ(ring.push(""), Push::kFull);
  std::string lines;
  ring.take(lines);
  EXPECT_EQ(lines, "1234567\n1234567\n");
  EXPECT_EQ(ring.push(""), Push::kDone);
  EXPECT_EQ(ring.push("123456789012345"), Push::kFull);
  EXPECT_EQ(ring.push("12345678901234"), Push::kDoneAboveHalf);
}

TEST(LineRing, RefusesALineLongerThanItself) {
  LineRing ring(16);
  EXPECT_EQ(ring.push("1234567890123456"), Push::kFull);
  EXPECT_EQ(ring.push(std::string(1000, 'x')), Push::kFull);
  std::string lines;
  ring.take(lines);
  EXPECT_EQ(lines, "");
}

TEST(LineRing, KeepsLinesWholeAcrossItsEndAgainstAModel) {
  constexpr std::uint64_t kSeed = 5;
  std::mt19937_64 random(kSeed);
  LineRing ring(256);
  std::string model;
  for (int step = 0; step < 100'000; ++step) {
    if (random() % 4 == 0) {
      std::string lines = "before ";
      ring.take(lines);
      ASSERT_EQ(lines, "before " + model) << "seed " << kSeed << ", step " << step;
      model.clear();
    } else {
      const std::string line(random() % 100, static_cast<char>('a' + random() % 26));
      const bool fits = model.size() + line.size() + 1 <= 256;
      ASSERT_EQ(ring.push(line) != Push::kFull, fits) << "seed " << kSeed << ", step " << step;
      if (fits) model += line + '\n';
    }
  }
}

TEST(LineRing, HandsEveryAcceptedLineToTheOtherThreadOnceAndInOrder) {
  constexpr int kLines = 200'000;
  LineRing ring(4096);
  std::string accepted;
  std::atomic<bool> finished = false;
  std::thread producer([&] {
    for (int i = 0; i < kLines; ++i) {
      const std::string line = std::to_string(i);
      if (ring.push(line) != Push::kFull) accepted += line + '\n';
    }
    finished = true;
  });
  std::string taken;
  while (!finished) ring.take(taken);
  ring.take(taken);
  producer.join();
  EXPECT_EQ(taken, accepted);
  EXPECT_FALSE(accepted.empty());
}

TEST(LineRingDeathTest, StopsAtASizeThatIsNoPowerOfTwo) {
  EXPECT_DEATH(LineRing(1000), "broken invariant");
}

}  // namespace
}  // namespace core
