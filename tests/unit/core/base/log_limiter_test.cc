#include "core/base/log_limiter.h"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(LogLimiter, AdmitsItsLinesInASecondAndCountsTheRest) {
  LogLimiter limiter(3);
  const BootNanos now = 5 * kNanosPerSecond;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.admit(now + i), 0U);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(limiter.admit(now + 3 + i), std::nullopt);
  EXPECT_EQ(limiter.admit(now + kNanosPerSecond - 1), std::nullopt);
  EXPECT_EQ(limiter.admit(now + kNanosPerSecond), 8U);
  EXPECT_EQ(limiter.admit(now + kNanosPerSecond), 0U);
}

TEST(LogLimiter, AdmitsAtTimeZero) {
  LogLimiter limiter(1);
  EXPECT_EQ(limiter.admit(0), 0U);
  EXPECT_EQ(limiter.admit(0), std::nullopt);
}

TEST(LogLimiter, BeginsItsSecondWithAnAdmittedLine) {
  LogLimiter limiter(2);
  EXPECT_EQ(limiter.admit(0), 0U);
  EXPECT_EQ(limiter.admit(kNanosPerSecond - 1), 0U);
  // A new second from here on, not from a multiple of the clock's.
  EXPECT_EQ(limiter.admit(kNanosPerSecond * 3 / 2), 0U);
  EXPECT_EQ(limiter.admit(kNanosPerSecond * 3 / 2), 0U);
  EXPECT_EQ(limiter.admit(kNanosPerSecond * 2), std::nullopt);
  EXPECT_EQ(limiter.admit(kNanosPerSecond * 5 / 2), 1U);
}

TEST(LogLimiter, OfZeroLinesAdmitsNone) {
  LogLimiter limiter(0);
  EXPECT_EQ(limiter.admit(0), std::nullopt);
  EXPECT_EQ(limiter.admit(10 * kNanosPerSecond), std::nullopt);
}

}  // namespace
}  // namespace core
