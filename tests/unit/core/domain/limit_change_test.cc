// Changing a key's limit: what was used stays used, across every kind of limit.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "core/domain/api_key.h"
#include "core/domain/token_bucket.h"

namespace core {
namespace {

constexpr LimiterNanos kDay = 86'400 * kNanosPerSecond;

// A key and its word, changed in the order in which the store's writer does it.
struct Limited {
  ApiKey key;
  BucketWord word{0};

  explicit Limited(const RateLimit& limit) { key.limit = limit; }

  AuthRecord record() const { return make_auth_record(key); }

  void change(const RateLimit& limit, LimiterNanos now) {
    bucket_convert(word, record(), now);
    set_limit(key, limit);
  }

  void use(int times, LimiterNanos now) {
    for (int i = 0; i < times; ++i) {
      ASSERT_EQ(bucket_take(word, record(), now).outcome, TakeOutcome::kAdmitted);
    }
  }

  std::uint32_t remaining(LimiterNanos now) const {
    return bucket_peek(word, record(), now).remaining;
  }
};

RateLimit per_hour(std::optional<std::uint32_t> limit) {
  return {.rate_limit = limit, .window_s = 3600, .burst = limit.value_or(1)};
}

TEST(LimitChange, FiveHundredUsedOfAThousandStayFiveHundredUsed) {
  Limited limited(per_hour(1000));
  limited.use(500, kDay);
  limited.change(per_hour(2000), kDay);
  EXPECT_EQ(limited.remaining(kDay), 1500U);
  EXPECT_EQ(bucket_take(limited.word, limited.record(), kDay).remaining, 1499U);
  limited.change(per_hour(600), kDay);
  EXPECT_EQ(limited.remaining(kDay), 99U);
  limited.change(per_hour(1000), kDay);
  EXPECT_EQ(limited.remaining(kDay), 499U);
}

TEST(LimitChange, AWindowOrBurstAloneKeepsWhatWasUsedToo) {
  Limited limited(per_hour(1000));
  limited.use(10, kDay);
  limited.change({.rate_limit = 1000, .window_s = 60, .burst = 1000}, kDay);
  EXPECT_EQ(limited.remaining(kDay), 990U);
  limited.change({.rate_limit = 1000, .window_s = 60, .burst = 25}, kDay);
  EXPECT_EQ(limited.remaining(kDay), 15U);
}

TEST(LimitChange, WhatFlowedInBeforeTheFirstRequestFlowedAtTheOldRate) {
  Limited limited(per_hour(3600));  // One a second.
  limited.use(100, kDay);
  limited.change(per_hour(36'000), kDay);
  // 40 s later, the first look: 60 are used still, of whatever size the new bucket is.
  EXPECT_EQ(bucket_take(limited.word, limited.record(), kDay + 40 * kNanosPerSecond).remaining,
            36'000U - 61U);
}

TEST(LimitChange, PartsOfATokenAreKeptAndRoundedAgainstTheCaller) {
  Limited limited({.rate_limit = 1, .window_s = 1, .burst = 10});
  limited.use(10, kDay);
  const LimiterNanos later = kDay + kNanosPerSecond / 4;  // 9.75 used.
  limited.change({.rate_limit = 1, .window_s = 3, .burst = 10}, later);
  const Take take = bucket_take(limited.word, limited.record(), later);
  EXPECT_EQ(take.outcome, TakeOutcome::kRefused);
  EXPECT_EQ(take.full_after_ns, 29'250'000'000);  // 9.75 tokens of 3 s.
  EXPECT_EQ(take.retry_after_ns, 2'250'000'000);
}

TEST(LimitChange, ThePartOfAUnitIsRoundedUpToo) {
  Limited limited({.rate_limit = 3, .window_s = 1, .burst = 3});
  limited.use(1, kDay);
  // One unit of 16 ns of the 20 833 334 is used still; of 62 500 000 that is 2.99.
  const LimiterNanos later = kDay + 20'833'333 * kBucketUnitNanos;
  limited.change({.rate_limit = 1, .window_s = 1, .burst = 3}, later);
  EXPECT_EQ(bucket_peek(limited.word, limited.record(), later).full_after_ns, 48);
}

TEST(LimitChange, MoreUsedThanTheNewBurstHoldsLeavesItEmptyNotInDebt) {
  Limited limited(per_hour(1000));
  limited.use(700, kDay);
  limited.change({.rate_limit = 60, .window_s = 60, .burst = 5}, kDay);
  const Take take = bucket_take(limited.word, limited.record(), kDay);
  EXPECT_EQ(take.outcome, TakeOutcome::kRefused);
  EXPECT_EQ(take.remaining, 0U);
  EXPECT_EQ(take.full_after_ns, 5 * kNanosPerSecond);
  EXPECT_EQ(take.retry_after_ns, kNanosPerSecond);
}

TEST(LimitChange, AFirstRequestThatIsRefusedConvertsTheWordAllTheSame) {
  Limited limited(per_hour(10));
  limited.use(10, kDay);
  limited.change({.rate_limit = 1, .window_s = 10, .burst = 2}, kDay);
  EXPECT_EQ(bucket_take(limited.word, limited.record(), kDay).outcome, TakeOutcome::kRefused);
  // From here on it fills at the new rate.
  EXPECT_EQ(limited.remaining(kDay + 10 * kNanosPerSecond), 1U);
  EXPECT_EQ(limited.remaining(kDay + 20 * kNanosPerSecond), 2U);
}

TEST(LimitChange, AnOlderRecordThanTheWordMustBeReloaded) {
  Limited limited(per_hour(10));
  const AuthRecord old = limited.record();
  limited.change(per_hour(20), kDay);
  // Nobody has used the key yet: the word is 0 and fits every generation.
  EXPECT_EQ(bucket_peek(limited.word, old, kDay).outcome, TakeOutcome::kAdmitted);
  limited.use(1, kDay);
  EXPECT_EQ(bucket_take(limited.word, old, kDay).outcome, TakeOutcome::kStaleRecord);
  EXPECT_EQ(bucket_peek(limited.word, old, kDay).outcome, TakeOutcome::kStaleRecord);
  const std::uint64_t before = limited.word.load();
  bucket_convert(limited.word, old, kDay);
  bucket_charge(limited.word, old, {kDay, kDay});
  EXPECT_EQ(limited.word.load(), before);
}

TEST(LimitChange, ATokenOfAnOlderLimitIsNotGivenBack) {
  Limited limited(per_hour(10));
  const AuthRecord old = limited.record();
  const Take take = bucket_take(limited.word, old, kDay);
  limited.change(per_hour(20), kDay);
  limited.use(1, kDay);
  EXPECT_FALSE(bucket_give_back(limited.word, old, take));
  EXPECT_EQ(limited.remaining(kDay), 18U);
}

TEST(LimitChange, ABlockedOrUnlimitedTimeInBetweenKeepsWhatWasUsed) {
  for (const std::optional<std::uint32_t> between :
       {std::optional<std::uint32_t>(0), std::optional<std::uint32_t>()}) {
    Limited limited(per_hour(1000));
    limited.use(500, kDay);
    limited.change(per_hour(between), kDay);
    EXPECT_EQ(limited.record().interval, 0U);
    limited.change(per_hour(2000), kDay);
    EXPECT_EQ(limited.remaining(kDay), 1500U);
    limited.use(1, kDay);
    EXPECT_EQ(limited.remaining(kDay), 1499U);
  }
}

TEST(LimitChange, AKeyThatHadNoLimitStartsWithAFullBucket) {
  Limited limited(per_hour(std::nullopt));
  limited.change(per_hour(0), kDay);
  limited.change(per_hour(7), kDay);
  EXPECT_EQ(limited.key.previous_interval, 0U);
  EXPECT_EQ(limited.remaining(kDay), 7U);
}

TEST(LimitChange, AnEqualLimitIsNoChange) {
  ApiKey key;
  set_limit(key, key.limit);
  EXPECT_EQ(key.limit_generation, 0U);
  EXPECT_EQ(key.previous_interval, 0U);
}

TEST(LimitChange, AWordWithoutAnIntervalToConvertFromKeepsItsTime) {
  // Not made by any order of changes; a damaged row might ask for it.
  ApiKey key;
  key.limit = per_hour(3600);
  key.limit_generation = 5;
  const AuthRecord record = make_auth_record(key);
  BucketWord word{std::uint64_t{4} << kBucketTatBits |
                  (kDay + 10 * kNanosPerSecond) / kBucketUnitNanos};
  EXPECT_EQ(bucket_peek(word, record, kDay).remaining, 3590U);
}

TEST(LimitChange, GenerationsWrapAroundWithoutALimitBeingForgotten) {
  Limited limited(per_hour(5000));
  std::uint32_t used = 0;
  for (int change = 0; change < 3 * kBucketGenerations; ++change) {
    const AuthRecord old = limited.record();
    limited.use(1, kDay);
    ++used;
    limited.change(per_hour(5000 + static_cast<std::uint32_t>(change % 2 + 1)), kDay);
    limited.use(1, kDay);
    ++used;
    ASSERT_EQ(bucket_take(limited.word, old, kDay).outcome, TakeOutcome::kStaleRecord);
    if (used > 4000) {
      limited.change(per_hour(5000), kDay);
      limited.word.store(0);
      used = 0;
    }
    ASSERT_EQ(limited.remaining(kDay), limited.key.limit.burst - used) << change;
  }
}

TEST(LimitChange, ManyChangesWithoutARequestDoNotMakeTheWordLookNewer) {
  // 513 generations on, a word that stayed behind would be ahead by signed distance.
  Limited limited(per_hour(1000));
  limited.use(500, kDay);
  for (int i = 0; i < 600; ++i) limited.change(per_hour(i % 2 == 0 ? 0 : 2000), kDay);
  EXPECT_EQ(limited.remaining(kDay), 1500U);
  for (int i = 0; i < 601; ++i) {
    limited.change(i % 2 == 0 ? per_hour(0) : per_hour(std::nullopt), kDay);
  }
  limited.change(per_hour(1000), kDay);
  EXPECT_EQ(limited.remaining(kDay), 500U);
}

// Runs `work` on each of `count` threads at once.
template <typename Work>
void on_threads(int count, Work work) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work);
}

TEST(TokenBucketThreads, EightShardsAdmitExactlyAThousandOfOneKey) {
  constexpr int kThreads = 8;
  Limited limited(per_hour(1000));
  const AuthRecord record = limited.record();
  std::atomic<int> admitted{0};
  std::array<std::atomic<bool>, 1000> remaining_seen{};
  std::atomic<int> doubled{0};
  on_threads(kThreads, [&] {
    for (int i = 0; i < 1000; ++i) {
      const Take take = bucket_take(limited.word, record, kDay);
      if (take.outcome != TakeOutcome::kAdmitted) continue;
      ++admitted;
      if (remaining_seen[take.remaining].exchange(true)) ++doubled;
    }
  });
  EXPECT_EQ(admitted, 1000);
  EXPECT_EQ(doubled, 0);  // No two requests got the same token.
}

TEST(TokenBucketThreads, ShardsWithDifferentTimesStayWithinBurstAndRate) {
  constexpr int kThreads = 4;
  constexpr LimiterNanos kSpan = kNanosPerSecond;
  Limited limited({.rate_limit = 10'000, .window_s = 1, .burst = 100});
  const AuthRecord record = limited.record();
  std::atomic<int> next_shard{0};
  std::atomic<int> admitted{0};
  on_threads(kThreads, [&] {
    const int shard = next_shard++;
    for (int i = 0; i < 20'000; ++i) {
      const LimiterNanos now = kDay + i * (kSpan / 20'000) + shard;
      if (bucket_take(limited.word, record, now).outcome == TakeOutcome::kAdmitted) ++admitted;
    }
  });
  EXPECT_LE(admitted, 100 + 10'000);
  EXPECT_GE(admitted, 100);
}

TEST(TokenBucketThreads, TokensGivenBackAreNeverGrantedTwice) {
  constexpr int kThreads = 4;
  Limited limited(per_hour(1000));
  const AuthRecord record = limited.record();
  std::atomic<int> kept{0};
  on_threads(kThreads, [&] {
    for (int i = 0; i < 2000; ++i) {
      const Take take = bucket_take(limited.word, record, kDay);
      if (take.outcome != TakeOutcome::kAdmitted) continue;
      if (i % 2 == 0 && bucket_give_back(limited.word, record, take)) continue;
      ++kept;
    }
  });
  EXPECT_LE(kept, 1000);
  EXPECT_EQ(static_cast<std::uint32_t>(1000 - kept), limited.remaining(kDay));
}

TEST(TokenBucketThreads, ChangesOfTheLimitThatRaceWithTakesLoseNoToken) {
  // All limits have a burst of 1000 and no time passes: whatever the interval, 1000 are admitted.
  constexpr int kThreads = 4;
  constexpr int kChanges = 2 * kBucketGenerations;
  Limited limited(per_hour(1000));
  std::vector<AuthRecord> records;
  for (int i = 0; i < kChanges; ++i) {
    records.push_back(limited.record());
    const auto window = static_cast<std::uint32_t>(1 + i * 7919 % 86'400);
    set_limit(limited.key, {.rate_limit = 997, .window_s = window, .burst = 1000});
  }
  std::atomic<std::size_t> current{0};
  std::array<std::atomic<std::size_t>, kThreads> held{};  // The record that each shard judges by.
  std::atomic<int> admitted{0};
  std::vector<std::jthread> shards;
  for (std::atomic<std::size_t>& mine : held) {
    shards.emplace_back([&] {
      for (std::size_t newest = 0; newest + 1 < records.size();) {
        const Take take = bucket_take(limited.word, records[mine], kDay);
        newest = current.load(std::memory_order_acquire);
        // Told to reload; or it would have looked by itself.
        if (take.outcome == TakeOutcome::kStaleRecord || mine + 3 < newest) mine = newest;
        if (take.outcome == TakeOutcome::kAdmitted) ++admitted;
      }
    });
  }
  for (std::size_t next = 1; next < records.size(); ++next) {
    // No shard may fall behind by half of the generations (token_bucket.h).
    while (std::ranges::any_of(held, [&](auto& at) { return at + 256 < next; })) {
      std::this_thread::yield();
    }
    bucket_convert(limited.word, records[next - 1], kDay);
    current.store(next, std::memory_order_release);
  }
  shards.clear();
  const Take left = bucket_peek(limited.word, records.back(), kDay);
  EXPECT_EQ(static_cast<std::uint32_t>(admitted) + left.remaining, 1000U);
  EXPECT_GT(admitted, 0);
}

}  // namespace
}  // namespace core
