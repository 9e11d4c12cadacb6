#include "core/domain/rate_limit.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "core/domain/token_bucket.h"

namespace core {
namespace {

std::string_view fault_of(const RateLimit& limit) {
  const std::optional<RateLimitFault> fault = check_rate_limit(limit);
  EXPECT_EQ(fault.has_value(), validate_rate_limit(limit) != nullptr);
  return fault ? fault->field : "";
}

TEST(RateLimit, TheDefaultIsAThousandAnHour) {
  const RateLimit limit;
  EXPECT_EQ(limit.rate_limit, 1000U);
  EXPECT_EQ(limit.window_s, 3600U);
  EXPECT_EQ(limit.burst, 1000U);
  EXPECT_EQ(validate_rate_limit(limit), nullptr);
}

TEST(RateLimit, CanBeAnythingThatFits) {
  for (const RateLimit& limit : std::vector<RateLimit>{
           {.rate_limit = 1000, .window_s = kRateWindowSecondsMax, .burst = 1000},
           {.rate_limit = 1, .window_s = kRateWindowSecondsMax, .burst = 1},
           {.rate_limit = kTokensPerSecondMax, .window_s = 1, .burst = kTokensPerSecondMax},
           {.rate_limit = kRateLimitMax, .window_s = 215, .burst = 1},
           {.rate_limit = kRateLimitMax, .window_s = kRateWindowSecondsMax, .burst = kRateLimitMax},
           {.rate_limit = 0, .window_s = 1, .burst = 0},
           {.rate_limit = std::nullopt, .window_s = 1, .burst = 0},
       }) {
    EXPECT_EQ(fault_of(limit), "") << *limit.rate_limit << " in " << limit.window_s;
  }
}

TEST(RateLimit, ThatDoesNotFitNamesTheFieldThatIsWrong) {
  EXPECT_EQ(fault_of({.rate_limit = 1, .window_s = 0, .burst = 1}), "rate_window");
  EXPECT_EQ(fault_of({.rate_limit = std::nullopt, .window_s = 0, .burst = 1}), "rate_window");
  EXPECT_EQ(fault_of({.rate_limit = 1, .window_s = kRateWindowSecondsMax + 1, .burst = 1}),
            "rate_window");
  EXPECT_EQ(fault_of({.rate_limit = kRateLimitMax + 1, .window_s = 86'400, .burst = 1}),
            "rate_limit");
  EXPECT_EQ(fault_of({.rate_limit = kTokensPerSecondMax + 1, .window_s = 1, .burst = 1}),
            "rate_limit");
  EXPECT_EQ(fault_of({.rate_limit = kRateLimitMax, .window_s = 214, .burst = 1}), "rate_limit");
  EXPECT_EQ(fault_of({.rate_limit = 1, .window_s = 1, .burst = 0}), "burst");
  EXPECT_EQ(fault_of({.rate_limit = 1, .window_s = kRateWindowSecondsMax, .burst = 2}), "burst");
  EXPECT_EQ(fault_of({.rate_limit = 1, .window_s = 1, .burst = UINT32_MAX}), "burst");
}

TEST(RateLimit, ThatWasAcceptedAlwaysHasAnInterval) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const RateLimit limit{
        .rate_limit = static_cast<std::uint32_t>(random() >> (32 + random() % 32)),
        .window_s = static_cast<std::uint32_t>(random() >> (39 + random() % 24)),
        .burst = static_cast<std::uint32_t>(random() >> (32 + random() % 32))};
    if (check_rate_limit(limit)) continue;
    const std::optional<std::uint64_t> interval = bucket_interval(limit);
    ASSERT_TRUE(interval);
    ASSERT_LE(static_cast<unsigned __int128>(*interval) * limit.burst, kBucketSpanMax);
    // Never faster than the limit says.
    ASSERT_GE(static_cast<unsigned __int128>(*interval) * *limit.rate_limit * kBucketUnitNanos,
              *limit.rate_limit == 0 ? 0U : limit.window_s * 1'000'000'000ULL);
  }
}

}  // namespace
}  // namespace core
