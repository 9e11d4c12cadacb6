#include "core/domain/token_bucket.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <random>
#include <vector>

#include "core/domain/api_key.h"

namespace core {
namespace {

constexpr LimiterNanos kDay = 86'400 * kNanosPerSecond;
constexpr std::uint64_t kSeeds = 20;

AuthRecord record_of(const RateLimit& limit) {
  ApiKey key;
  key.limit = limit;
  return make_auth_record(key);
}

// The word as the file shows it.
std::uint64_t word_of(std::uint64_t generation, std::uint64_t tat) {
  return generation << kBucketTatBits | tat;
}

std::uint32_t take_until_refused(BucketWord& word, const AuthRecord& record, LimiterNanos now) {
  std::uint32_t taken = 0;
  while (bucket_take(word, record, now).outcome == TakeOutcome::kAdmitted) ++taken;
  return taken;
}

TEST(BucketInterval, IsTheWindowOverTheRateInUnitsOf16NanosecondsRoundedUp) {
  EXPECT_EQ(bucket_interval({.rate_limit = 1000, .window_s = 3600, .burst = 1000}), 225'000'000U);
  EXPECT_EQ(bucket_interval({.rate_limit = 3, .window_s = 1, .burst = 3}), 20'833'334U);
  EXPECT_EQ(bucket_interval({.rate_limit = 10'000'000, .window_s = 1, .burst = 1}), 7U);
}

TEST(BucketInterval, IsZeroForAnUnlimitedAndForABlockedLimit) {
  EXPECT_EQ(bucket_interval({.rate_limit = std::nullopt, .window_s = 3600, .burst = 5}), 0U);
  EXPECT_EQ(bucket_interval({.rate_limit = 0, .window_s = 3600, .burst = 5}), 0U);
}

TEST(BucketInterval, IsNothingForMoreThanATokenAUnit) {
  EXPECT_EQ(bucket_interval({.rate_limit = 62'500'000, .window_s = 1, .burst = 1}), 1U);
  EXPECT_EQ(bucket_interval({.rate_limit = 62'500'001, .window_s = 1, .burst = 1}), std::nullopt);
}

TEST(BucketInterval, IsNothingWhereTheBurstWouldReachBeyondTheSpan) {
  // A token a year: 1.97e15 units of 2.25e15.
  EXPECT_TRUE(bucket_interval({.rate_limit = 1, .window_s = kRateWindowSecondsMax, .burst = 1}));
  EXPECT_FALSE(bucket_interval({.rate_limit = 1, .window_s = kRateWindowSecondsMax, .burst = 2}));
  EXPECT_FALSE(bucket_interval({.rate_limit = 1, .window_s = 3600, .burst = UINT32_MAX}));
}

TEST(TokenBucket, GrantsExactlyTheBurstAtOneInstant) {
  for (const std::uint32_t burst : {1U, 2U, 3U, 1000U}) {
    for (const LimiterNanos now : {LimiterNanos{0}, LimiterNanos{15}, kDay, kDay + 7}) {
      BucketWord word{0};
      const AuthRecord record = record_of({.rate_limit = 1000, .window_s = 3600, .burst = burst});
      EXPECT_EQ(take_until_refused(word, record, now), burst) << "at " << now;
    }
  }
}

TEST(TokenBucket, GrantsExactlyAThousandOfAYearlyThousand) {
  BucketWord word{0};
  const AuthRecord record =
      record_of({.rate_limit = 1000, .window_s = kRateWindowSecondsMax, .burst = 1000});
  EXPECT_EQ(take_until_refused(word, record, kDay), 1000U);
  const LimiterNanos interval = 31'536 * kNanosPerSecond;
  EXPECT_EQ(bucket_take(word, record, kDay + interval - 1).outcome, TakeOutcome::kRefused);
  EXPECT_EQ(bucket_take(word, record, kDay + interval).outcome, TakeOutcome::kAdmitted);
  EXPECT_EQ(bucket_take(word, record, kDay + interval).outcome, TakeOutcome::kRefused);
}

TEST(TokenBucket, NeverGrantsMoreThanBurstAfterAnIdleHour) {
  BucketWord word{0};
  const AuthRecord record = record_of({.rate_limit = 100, .window_s = 1, .burst = 5});
  EXPECT_EQ(take_until_refused(word, record, kDay), 5U);
  EXPECT_EQ(take_until_refused(word, record, kDay + 3600 * kNanosPerSecond), 5U);
}

TEST(TokenBucket, TellsWhatRemainsAfterEachRequest) {
  BucketWord word{0};
  const AuthRecord record = record_of({.rate_limit = 1000, .window_s = 3600, .burst = 3});
  EXPECT_EQ(bucket_take(word, record, kDay).remaining, 2U);
  EXPECT_EQ(bucket_take(word, record, kDay).remaining, 1U);
  EXPECT_EQ(bucket_take(word, record, kDay).remaining, 0U);
  EXPECT_EQ(bucket_take(word, record, kDay).remaining, 0U);
  // 3.6 s a token; half of one does not count.
  EXPECT_EQ(bucket_take(word, record, kDay + 9 * kNanosPerSecond).remaining, 1U);
}

TEST(TokenBucket, TellsExactlyWhenItWillBeFull) {
  BucketWord word{0};
  const AuthRecord record = record_of({.rate_limit = 60, .window_s = 60, .burst = 10});
  EXPECT_EQ(bucket_take(word, record, kDay).full_after_ns, kNanosPerSecond);
  EXPECT_EQ(bucket_take(word, record, kDay).full_after_ns, 2 * kNanosPerSecond);
  EXPECT_EQ(bucket_take(word, record, kDay + 1).full_after_ns, 3 * kNanosPerSecond - 1);
  EXPECT_EQ(bucket_peek(word, record, kDay + 3 * kNanosPerSecond - 1).full_after_ns, 1);
  EXPECT_EQ(bucket_peek(word, record, kDay + 3 * kNanosPerSecond).full_after_ns, 0);
}

TEST(TokenBucket, AdmitsWhenRetryAfterIsOverAndNotANanosecondEarlier) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    const auto rate = static_cast<std::uint32_t>(1 + random() % 5000);
    const auto window = static_cast<std::uint32_t>(1 + random() % 4000);
    const auto burst = static_cast<std::uint32_t>(1 + random() % 50);
    const AuthRecord record = record_of({.rate_limit = rate, .window_s = window, .burst = burst});
    const LimiterNanos now = kDay + static_cast<LimiterNanos>(random() % 1000);
    BucketWord word{0};
    take_until_refused(word, record, now);
    const std::int64_t retry = bucket_take(word, record, now).retry_after_ns;
    ASSERT_GT(retry, 0);
    ASSERT_EQ(bucket_take(word, record, now + retry - 1).outcome, TakeOutcome::kRefused);
    ASSERT_EQ(bucket_take(word, record, now + retry - 1).retry_after_ns, 1);
    ASSERT_EQ(bucket_take(word, record, now + retry).outcome, TakeOutcome::kAdmitted);
  }
}

TEST(TokenBucket, ARefusalLeavesTheWordAsItWas) {
  BucketWord word{0};
  const AuthRecord record = record_of({.rate_limit = 1, .window_s = 60, .burst = 1});
  bucket_take(word, record, kDay);
  const std::uint64_t before = word.load();
  bucket_take(word, record, kDay + 1);
  EXPECT_EQ(word.load(), before);
}

TEST(TokenBucket, ABlockedKeyIsRefusedForAMinuteAndItsWordIsNotTouched) {
  BucketWord word{word_of(3, 12345)};
  const AuthRecord record = record_of({.rate_limit = 0, .window_s = 3600, .burst = 0});
  for (const Take& take : {bucket_take(word, record, kDay), bucket_peek(word, record, kDay)}) {
    EXPECT_EQ(take.outcome, TakeOutcome::kRefused);
    EXPECT_EQ(take.remaining, 0U);
    EXPECT_EQ(take.retry_after_ns, 60 * kNanosPerSecond);
  }
  EXPECT_EQ(word.load(), word_of(3, 12345));
}

TEST(TokenBucket, AStaleTurnGetsNothingExtra) {
  BucketWord word{0};
  const AuthRecord record = record_of({.rate_limit = 10, .window_s = 1, .burst = 4});
  EXPECT_EQ(take_until_refused(word, record, kDay), 4U);
  // A turn that began 50 ms, an hour, a day before: refused, and told to wait longer.
  for (const LimiterNanos late : {LimiterNanos{50'000'000}, 3600 * kNanosPerSecond, kDay}) {
    const Take take = bucket_take(word, record, kDay - late);
    EXPECT_EQ(take.outcome, TakeOutcome::kRefused);
    EXPECT_EQ(take.retry_after_ns, 100'000'000 + late);
    EXPECT_EQ(take.full_after_ns, 400'000'000 + late);
  }
}

TEST(TokenBucket, AStaleTurnDoesNotTakeTheBucketBack) {
  BucketWord word{0};
  const AuthRecord record = record_of({.rate_limit = 10, .window_s = 1, .burst = 4});
  bucket_take(word, record, kDay);
  // 60 ms late: 0.6 tokens less are there, of which one is taken.
  EXPECT_EQ(bucket_take(word, record, kDay - 60'000'000).remaining, 1U);
  EXPECT_EQ(bucket_peek(word, record, kDay).remaining, 2U);
}

TEST(TokenBucket, PeekShowsWhatIsThereAndTakesNothing) {
  BucketWord word{0};
  const AuthRecord record = record_of({.rate_limit = 10, .window_s = 1, .burst = 2});
  const Take fresh = bucket_peek(word, record, kDay);
  EXPECT_EQ(fresh.outcome, TakeOutcome::kAdmitted);
  EXPECT_EQ(fresh.remaining, 2U);
  EXPECT_EQ(fresh.full_after_ns, 0);
  EXPECT_EQ(word.load(), 0U);
  take_until_refused(word, record, kDay);
  const Take empty = bucket_peek(word, record, kDay);
  EXPECT_EQ(empty.outcome, TakeOutcome::kRefused);
  EXPECT_EQ(empty.remaining, 0U);
  EXPECT_EQ(empty.retry_after_ns, 100'000'000);
  EXPECT_EQ(empty.full_after_ns, 200'000'000);
}

TEST(TokenBucket, ATokenGivenBackIsThereAgain) {
  BucketWord word{0};
  const AuthRecord record = record_of({.rate_limit = 10, .window_s = 1, .burst = 3});
  bucket_take(word, record, kDay);
  const Take take = bucket_take(word, record, kDay);
  EXPECT_TRUE(bucket_give_back(word, record, take));
  EXPECT_EQ(bucket_peek(word, record, kDay).remaining, 2U);
  EXPECT_EQ(take_until_refused(word, record, kDay), 2U);
}

TEST(TokenBucket, ATokenIsNotGivenBackTwiceOrAfterAnotherTake) {
  BucketWord word{0};
  const AuthRecord record = record_of({.rate_limit = 10, .window_s = 1, .burst = 3});
  const Take first = bucket_take(word, record, kDay);
  EXPECT_TRUE(bucket_give_back(word, record, first));
  EXPECT_FALSE(bucket_give_back(word, record, first));
  const Take second = bucket_take(word, record, kDay);
  bucket_take(word, record, kDay + kNanosPerSecond);
  EXPECT_FALSE(bucket_give_back(word, record, second));
  EXPECT_EQ(bucket_peek(word, record, kDay + kNanosPerSecond).remaining, 2U);
}

TEST(TokenBucketDeathTest, ATimeThatHasNoRoomInTheWordStopsTheProcess) {
  BucketWord word{0};
  const AuthRecord record = record_of({.rate_limit = 10, .window_s = 1, .burst = 3});
  EXPECT_DEATH(bucket_take(word, record, -1), "CHECK|kTickMax");
  EXPECT_DEATH(bucket_take(word, record, 8 * 366 * kDay), "CHECK|kTickMax");
}

TEST(TokenBucketDeathTest, AnUnlimitedRecordHasNoBucket) {
  BucketWord word{0};
  const AuthRecord record =
      record_of({.rate_limit = std::nullopt, .window_s = 3600, .burst = 1000});
  EXPECT_DEATH(bucket_take(word, record, kDay), "kUnlimited");
}

TEST(BucketRebase, KeepsWhatIsLeftOfEveryWordAndItsGeneration) {
  const AuthRecord record = record_of({.rate_limit = 10, .window_s = 1, .burst = 8});
  BucketWord word{0};
  bucket_take(word, record, kDay);
  bucket_take(word, record, kDay);
  const Take before = bucket_peek(word, record, kDay + 5);
  constexpr LimiterNanos kShift = kDay - 16'000;
  BucketWord moved{bucket_rebased(word.load(), kShift / kBucketUnitNanos)};
  const Take after = bucket_peek(moved, record, kDay + 5 - kShift);
  EXPECT_EQ(after.remaining, before.remaining);
  EXPECT_EQ(after.full_after_ns, before.full_after_ns);
  EXPECT_EQ(bucket_rebased(word_of(7, 100), 60), word_of(7, 40));
  EXPECT_EQ(bucket_rebased(word_of(7, 100), 200), word_of(7, 0));
  EXPECT_EQ(bucket_rebased(0, 200), 0U);
}

// The textbook's bucket, kept as tokens: what is there, as of when, in intervals of 1 / `interval`
// token, so that everything is an integer.
class NaiveBucket {
 public:
  NaiveBucket(std::uint64_t burst, std::uint64_t interval)
      : capacity_(static_cast<__int128>(burst) * interval),
        interval_(interval),
        tokens_(capacity_) {}

  bool take(std::int64_t tick) {
    const __int128 there = at(tick);
    if (there < interval_) return false;
    tokens_ = there - interval_;
    as_of_ = tick;
    return true;
  }

  std::uint32_t whole(std::int64_t tick) const {
    return static_cast<std::uint32_t>(std::max<__int128>(at(tick), 0) / interval_);
  }

  std::int64_t ticks_until_full(std::int64_t tick) const {
    return static_cast<std::int64_t>(capacity_ - at(tick));
  }

 private:
  // What flows in is one unit a tick. Before as_of_, a late turn sees less.
  __int128 at(std::int64_t tick) const { return std::min(capacity_, tokens_ + (tick - as_of_)); }

  __int128 capacity_;
  __int128 interval_;
  __int128 tokens_;
  std::int64_t as_of_ = 0;
};

struct Trace {
  AuthRecord record;
  std::vector<LimiterNanos> times;  // Not in order: turns are late now and then.
};

// A limit of any size with requests about as fast as its tokens, some bursts, some late turns.
Trace random_trace(std::mt19937_64& random) {
  RateLimit limit;
  do {
    limit.rate_limit = static_cast<std::uint32_t>(1 + (random() % (1ULL << (random() % 24))));
    limit.window_s = static_cast<std::uint32_t>(1 + (random() % (1ULL << (random() % 25))));
    limit.burst = static_cast<std::uint32_t>(1 + (random() % (1ULL << (random() % 10))));
  } while (validate_rate_limit(limit) != nullptr);
  Trace trace{.record = record_of(limit), .times = {}};
  const std::uint64_t interval_ns = trace.record.interval * kBucketUnitNanos;
  LimiterNanos now = 10 * kDay;
  for (int i = 0; i < 2000; ++i) {
    if (random() % 3 != 0) now += static_cast<LimiterNanos>(random() % (2 * interval_ns));
    if (random() % 400 == 0) now += static_cast<LimiterNanos>(limit.burst * interval_ns);
    if (now > 3 * 365 * kDay) break;
    const auto late = random() % 5 == 0 ? static_cast<LimiterNanos>(random() % interval_ns) : 0;
    trace.times.push_back(now - std::min(late, 9 * kDay));
  }
  return trace;
}

TEST(TokenBucketModel, AgreesWithATextbookBucketOnEveryAnswer) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 20; ++round) {
      const Trace trace = random_trace(random);
      NaiveBucket model(trace.record.burst, trace.record.interval);
      BucketWord word{0};
      for (const LimiterNanos now : trace.times) {
        const std::int64_t tick = now / kBucketUnitNanos;
        const Take peek = bucket_peek(word, trace.record, now);
        ASSERT_EQ(peek.remaining, model.whole(tick));
        const Take take = bucket_take(word, trace.record, now);
        ASSERT_EQ(take.outcome, peek.outcome);
        ASSERT_EQ(take.outcome == TakeOutcome::kAdmitted, model.take(tick));
        ASSERT_EQ(take.remaining, model.whole(tick));
        ASSERT_EQ(take.full_after_ns + now % kBucketUnitNanos,
                  model.ticks_until_full(tick) * kBucketUnitNanos);
      }
    }
  }
}

TEST(TokenBucketModel, NoWindowOfAnyTraceHoldsMoreThanBurstAndRate) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const Trace trace = random_trace(random);
    BucketWord word{0};
    std::vector<std::int64_t> granted;  // Times in units.
    for (const LimiterNanos now : trace.times) {
      const Take take = bucket_take(word, trace.record, now);
      if (take.outcome == TakeOutcome::kAdmitted) granted.push_back(now / kBucketUnitNanos);
    }
    ASSERT_FALSE(granted.empty());
    std::ranges::sort(granted);
    // Every window that begins and ends with a grant; no other can hold more.
    for (std::size_t first = 0; first < granted.size(); ++first) {
      for (std::size_t last = first; last < granted.size(); ++last) {
        const auto tokens = static_cast<__int128>(last - first + 1);
        const __int128 window = granted[last] - granted[first];
        ASSERT_TRUE((tokens - trace.record.burst) * trace.record.interval <= window)
            << "between " << granted[first] << " and " << granted[last];
      }
    }
  }
}

// The admissions of one key, as shards would have logged them.
struct Admissions {
  std::uint64_t word_at_checkpoint = 0;
  std::uint64_t word_at_end = 0;
  std::vector<LimiterNanos> since_checkpoint;
  LimiterNanos end = 0;
};

Admissions run_with_checkpoint(const Trace& trace) {
  Admissions result;
  BucketWord word{0};
  std::size_t index = 0;
  for (const LimiterNanos now : trace.times) {
    if (index++ == trace.times.size() / 2) {
      result.word_at_checkpoint = word.load();
      result.since_checkpoint.clear();
    }
    const Take take = bucket_take(word, trace.record, now);
    if (take.outcome == TakeOutcome::kAdmitted) result.since_checkpoint.push_back(now);
    result.end = std::max(result.end, now);
  }
  result.word_at_end = word.load();
  return result;
}

TEST(BucketCharge, ReplayInTheOrderOfTheGrantsGivesTheSameWord) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const Trace trace = random_trace(random);
    const Admissions real = run_with_checkpoint(trace);
    BucketWord word{real.word_at_checkpoint};
    for (const LimiterNanos at : real.since_checkpoint) {
      bucket_charge(word, trace.record, {.at = at, .now = real.end});
    }
    EXPECT_EQ(word.load(), real.word_at_end);
  }
}

TEST(BucketCharge, ReplayInAnyOrderOrTwiceNeverGrantsMoreThanWasLeft) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const Trace trace = random_trace(random);
    Admissions real = run_with_checkpoint(trace);
    std::ranges::shuffle(real.since_checkpoint, random);
    // Half of the time the mapping had reached the disk after all: everything counts twice.
    BucketWord word{seed % 2 == 0 ? real.word_at_checkpoint : real.word_at_end};
    for (const LimiterNanos at : real.since_checkpoint) {
      bucket_charge(word, trace.record, {.at = at, .now = real.end});
    }
    BucketWord truth{real.word_at_end};
    const Take replayed = bucket_peek(word, trace.record, real.end);
    const Take wanted = bucket_peek(truth, trace.record, real.end);
    EXPECT_LE(replayed.remaining, wanted.remaining);
    EXPECT_GE(replayed.full_after_ns, wanted.full_after_ns);
    EXPECT_LE(
        replayed.full_after_ns,
        static_cast<LimiterNanos>(trace.record.burst * trace.record.interval * kBucketUnitNanos));
  }
}

TEST(BucketCharge, AnAdmissionOfTheFutureCountsAsOfNow) {
  BucketWord word{0};
  const AuthRecord record = record_of({.rate_limit = 10, .window_s = 1, .burst = 3});
  bucket_charge(word, record, {.at = kDay + kNanosPerSecond, .now = kDay});
  EXPECT_EQ(bucket_peek(word, record, kDay).remaining, 2U);
}

TEST(BucketCharge, LeavesUnlimitedAndBlockedKeysAlone) {
  BucketWord word{0};
  bucket_charge(word, record_of({.rate_limit = 0, .window_s = 60, .burst = 0}), {kDay, kDay});
  bucket_charge(word, record_of({.rate_limit = std::nullopt, .window_s = 60, .burst = 1}),
                {kDay, kDay});
  EXPECT_EQ(word.load(), 0U);
}

}  // namespace
}  // namespace core
