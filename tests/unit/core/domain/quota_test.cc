#include "core/domain/quota.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/civil_date.h"

namespace core {
namespace {

WallMicros at(std::string_view text) {
  return parse_rfc3339(text).value();
}

int take_until_refused(QuotaWord& word, const Quota& quota, WallMicros now) {
  int taken = 0;
  while (quota_take(word, quota, now).admitted) ++taken;
  return taken;
}

TEST(Quota, AdmitsExactlyItsLimitInADayAndAgainInTheNext) {
  QuotaWord word{0};
  const Quota quota{.limit = 5, .period = QuotaPeriod::kDay};
  EXPECT_EQ(take_until_refused(word, quota, at("2026-02-28T00:00:00Z")), 5);
  EXPECT_EQ(take_until_refused(word, quota, at("2026-02-28T23:59:59.999999Z")), 0);
  EXPECT_EQ(take_until_refused(word, quota, at("2026-03-01T00:00:00Z")), 5);
}

TEST(Quota, AMonthEndsWithItsLastDayLeapYearsToo) {
  QuotaWord word{0};
  const Quota quota{.limit = 2, .period = QuotaPeriod::kMonth};
  EXPECT_EQ(take_until_refused(word, quota, at("2028-02-01T00:00:00Z")), 2);
  const QuotaTake refused = quota_take(word, quota, at("2028-02-29T23:59:58Z"));
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.resets_at, at("2028-03-01T00:00:00Z"));
  EXPECT_EQ(refused.retry_after_us, 2 * kMicrosPerSecond);
  EXPECT_EQ(take_until_refused(word, quota, at("2028-03-01T00:00:00Z")), 2);
  EXPECT_EQ(quota_peek(word, quota, at("2028-12-31T12:00:00Z")).resets_at,
            at("2029-01-01T00:00:00Z"));
}

TEST(Quota, TellsWhatRemainsAndWhenItResets) {
  QuotaWord word{0};
  const Quota quota{.limit = kQuotaLimitMax, .period = QuotaPeriod::kDay};
  const WallMicros now = at("2026-05-06T07:08:09Z");
  EXPECT_EQ(quota_peek(word, quota, now).remaining, kQuotaLimitMax);
  EXPECT_EQ(word.load(), 0U);
  const QuotaTake take = quota_take(word, quota, now);
  EXPECT_EQ(take.remaining, kQuotaLimitMax - 1);
  EXPECT_EQ(take.resets_at, at("2026-05-07T00:00:00Z"));
  EXPECT_EQ(take.retry_after_us, 0);
}

TEST(Quota, ItsPeriodStaysWhereItIsWhileTheClockIsSetBack) {
  QuotaWord word{0};
  const Quota quota{.limit = 3, .period = QuotaPeriod::kDay};
  quota_take(word, quota, at("2026-05-07T01:00:00Z"));
  const QuotaTake back = quota_take(word, quota, at("2026-05-05T01:00:00Z"));
  EXPECT_TRUE(back.admitted);
  EXPECT_EQ(back.remaining, 1U);
  EXPECT_EQ(back.resets_at, at("2026-05-08T00:00:00Z"));
  quota_take(word, quota, at("2026-05-06T01:00:00Z"));
  const QuotaTake refused = quota_take(word, quota, at("2026-05-06T00:00:00Z"));
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.retry_after_us, 2 * kSecondsPerDay * kMicrosPerSecond);
  EXPECT_EQ(take_until_refused(word, quota, at("2026-05-07T02:00:00Z")), 0);
}

TEST(Quota, AnotherLimitKeepsWhatWasUsed) {
  QuotaWord word{0};
  const WallMicros now = at("2026-05-07T01:00:00Z");
  for (int i = 0; i < 500; ++i) quota_take(word, {.limit = 1000}, now);
  EXPECT_EQ(quota_peek(word, {.limit = 2000}, now).remaining, 1500U);
  EXPECT_EQ(quota_peek(word, {.limit = 400}, now).remaining, 0U);
  EXPECT_FALSE(quota_take(word, {.limit = 400}, now).admitted);
  EXPECT_EQ(quota_take(word, {.limit = 501}, now).remaining, 0U);
}

TEST(Quota, AnotherPeriodKeepsWhatWasUsedIfTheOldOneReachesIntoIt) {
  const Quota day{.limit = 10, .period = QuotaPeriod::kDay};
  const Quota month{.limit = 10, .period = QuotaPeriod::kMonth};
  QuotaWord word{0};
  quota_take(word, day, at("2026-05-07T01:00:00Z"));
  EXPECT_EQ(quota_take(word, month, at("2026-05-20T01:00:00Z")).remaining, 8U);
  EXPECT_EQ(quota_take(word, day, at("2026-05-21T01:00:00Z")).remaining, 7U);
  EXPECT_EQ(quota_take(word, month, at("2026-06-01T00:00:00Z")).remaining, 9U);
}

TEST(Quota, ChargesAreCountedInTheirPeriodAndNotInALaterOne) {
  const Quota quota{.limit = 10, .period = QuotaPeriod::kDay};
  QuotaWord word{0};
  for (int i = 0; i < 3; ++i) quota_charge(word, quota, at("2026-05-07T23:59:59Z"));
  EXPECT_EQ(quota_peek(word, quota, at("2026-05-07T23:59:59Z")).remaining, 7U);
  quota_charge(word, quota, at("2026-05-08T00:00:00Z"));
  quota_charge(word, quota, at("2026-05-07T23:59:59Z"));
  EXPECT_EQ(quota_peek(word, quota, at("2026-05-08T00:00:00Z")).remaining, 9U);
  for (int i = 0; i < 20; ++i) quota_charge(word, quota, at("2026-05-08T00:00:00Z"));
  EXPECT_EQ(quota_peek(word, quota, at("2026-05-08T00:00:00Z")).remaining, 0U);
}

TEST(QuotaThreads, ExactlyTheLimitIsAdmittedThroughAChangeOfDay) {
  constexpr int kThreads = 4;
  constexpr int kDays = 5;
  const Quota quota{.limit = 1000, .period = QuotaPeriod::kDay};
  QuotaWord word{0};
  std::atomic<int> admitted{0};
  {
    std::vector<std::jthread> shards;
    for (int shard = 0; shard < kThreads; ++shard) {
      shards.emplace_back([&] {
        for (int day = 0; day < kDays; ++day) {
          for (int i = 0; i < 2000; ++i) {
            const WallMicros now = (20'000 + day) * kSecondsPerDay * kMicrosPerSecond;
            if (quota_take(word, quota, now).admitted) ++admitted;
          }
        }
      });
    }
  }
  // Who is a day ahead ends the day for all: fewer may be admitted in it, never more.
  EXPECT_LE(admitted, kDays * 1000);
  EXPECT_GE(admitted, 1000);
  EXPECT_EQ(
      quota_peek(word, quota, (20'000 + kDays - 1) * kSecondsPerDay * kMicrosPerSecond).remaining,
      0U);
}

}  // namespace
}  // namespace core
