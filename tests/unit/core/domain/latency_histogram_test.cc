#include "core/domain/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace {

using core::latency_bucket;
using core::latency_bucket_low;
using core::latency_bucket_middle;
using core::LatencyBucket;
using core::LatencyHistogram;

TEST(LatencyHistogram, NumbersBucketsInTheOrderOfTheirLatencies) {
  for (std::size_t bucket = 0; bucket + 1 < core::kLatencyBuckets; ++bucket) {
    const auto here = static_cast<LatencyBucket>(bucket);
    const auto next = static_cast<LatencyBucket>(bucket + 1);
    const std::uint32_t low = latency_bucket_low(here);
    const std::uint32_t high = latency_bucket_low(next) - 1;
    ASSERT_LE(low, high);
    EXPECT_EQ(latency_bucket(low), here);
    EXPECT_EQ(latency_bucket(high), here);
    EXPECT_EQ(latency_bucket(latency_bucket_middle(here)), here);
  }
  EXPECT_EQ(latency_bucket(0xFFFFFFFF), core::kLatencyBuckets - 1);
}

TEST(LatencyHistogram, HasASpanOfAnEighthOfAnOctave) {
  EXPECT_EQ(latency_bucket_low(latency_bucket(1000)), 960u);
  EXPECT_EQ(latency_bucket(1024) - latency_bucket(512), 8);
  EXPECT_EQ(latency_bucket(2'000'000'000) - latency_bucket(1'000'000'000), 8);
}

TEST(LatencyHistogram, SaysZeroOfNothing) {
  EXPECT_EQ(LatencyHistogram().percentile(50), 0u);
}

TEST(LatencyHistogram, ForgetsWhatWasCleared) {
  LatencyHistogram histogram;
  histogram.add(latency_bucket(500), 3);
  histogram.clear();
  EXPECT_EQ(histogram.count(), 0u);
  histogram.add(latency_bucket(7), 1);
  EXPECT_EQ(histogram.percentile(99), 7u);
}

TEST(LatencyHistogram, FindsPercentilesToASixteenth) {
  std::mt19937_64 random(20260101);
  for (int round = 0; round < 50; ++round) {
    LatencyHistogram histogram;
    std::vector<std::uint32_t> all(1 + random() % 3000);
    for (std::uint32_t& latency : all) {
      latency = static_cast<std::uint32_t>(random()) >> (random() % 32);
      histogram.add(latency_bucket(latency), 1);
    }
    std::ranges::sort(all);
    for (const std::uint32_t percent : {1u, 50u, 90u, 99u, 100u}) {
      const std::size_t rank = (all.size() * percent + 99) / 100;
      const double exact = all[rank - 1];
      EXPECT_NEAR(histogram.percentile(percent), exact, exact / 16) << percent << " of " << round;
    }
  }
}

}  // namespace
