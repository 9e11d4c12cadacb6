#include "bench/load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace bench {
namespace {

TEST(Histogram, AnswersZeroWhenNothingWasRecorded) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.mean(), 0);
  EXPECT_EQ(histogram.percentile(50), 0U);
  EXPECT_EQ(histogram.percentile(100), 0U);
}

TEST(Histogram, IsExactBelow256) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 200; ++value) histogram.record(value);
  EXPECT_EQ(histogram.percentile(50), 100U);
  EXPECT_EQ(histogram.percentile(99), 198U);
  EXPECT_EQ(histogram.percentile(99.9), 200U);
  EXPECT_EQ(histogram.percentile(0.001), 1U);
  EXPECT_DOUBLE_EQ(histogram.mean(), 100.5);
}

TEST(Histogram, NeverReportsMoreThanTheLargestValue) {
  Histogram histogram;
  histogram.record(1'000'003);
  EXPECT_EQ(histogram.percentile(50), 1'000'003U);
  EXPECT_EQ(histogram.percentile(100), 1'000'003U);
}

TEST(Histogram, ReportsAtMostOneIn128AboveTheTrueValueAtEveryMagnitude) {
  for (std::uint64_t value = 1; value < std::uint64_t{1} << 39; value = value * 5 / 4 + 1) {
    Histogram histogram;
    histogram.record(value);
    histogram.record(value * 2);  // So that max() does not cap the first one's bucket.
    const std::uint64_t reported = histogram.percentile(50);
    EXPECT_GE(reported, value);
    EXPECT_LE(reported - value, value / 128) << value;
  }
}

TEST(Histogram, AgreesWithASortedListOfTheSameValues) {
  constexpr std::uint64_t kSeed = 20260101;
  std::mt19937_64 random(kSeed);
  std::lognormal_distribution<double> latency(11, 2);
  Histogram histogram;
  std::vector<std::uint64_t> sorted;
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::uint64_t>(latency(random));
    histogram.record(value);
    sorted.push_back(value);
  }
  std::sort(sorted.begin(), sorted.end());
  for (const double percent : {0.01, 1.0, 10.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    const double rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
    const std::uint64_t exact = sorted[static_cast<std::size_t>(rank) - 1];
    const std::uint64_t reported = histogram.percentile(percent);
    EXPECT_GE(reported, exact) << percent << " seed " << kSeed;
    EXPECT_LE(reported - exact, exact / 128) << percent << " seed " << kSeed;
  }
}

TEST(Histogram, CountsValuesBeyondItsRangeAndStillTellsTheLargest) {
  Histogram histogram;
  histogram.record(1);
  histogram.record(UINT64_MAX);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.max(), UINT64_MAX);
  EXPECT_EQ(histogram.percentile(50), 1U);
  EXPECT_EQ(histogram.percentile(100), (std::uint64_t{1} << Histogram::kValueBits) - 1);
}

TEST(Histogram, IsEmptyAfterClear) {
  Histogram histogram;
  histogram.record(5'000);
  histogram.clear();
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.percentile(99), 0U);
  EXPECT_EQ(histogram.mean(), 0);
}

}  // namespace
}  // namespace bench
