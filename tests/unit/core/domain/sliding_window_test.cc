#include "core/domain/sliding_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <thread>
#include <vector>

namespace core {
namespace {

constexpr LimiterNanos kDay = 86'400 * kNanosPerSecond;
constexpr std::uint64_t kSeeds = 20;

struct Window {
  WindowWord word{0};
  WindowMarks marks{};
  WindowTerms terms;

  explicit Window(std::uint32_t limit, std::uint32_t window_s = 1)
      : terms{.limit = limit, .part = window_part(window_s)} {}

  WindowCells cells() { return {word, marks}; }
  Take take(LimiterNanos now) { return window_take(cells(), terms, now); }
  Take peek(LimiterNanos now) { return window_peek(cells(), terms, now); }
  bool admits(LimiterNanos now) { return take(now).outcome == TakeOutcome::kAdmitted; }
  std::uint32_t take_until_refused(LimiterNanos now) {
    std::uint32_t taken = 0;
    while (admits(now)) ++taken;
    return taken;
  }
  LimiterNanos part_ns() const { return static_cast<LimiterNanos>(terms.part) * kBucketUnitNanos; }
  // As the store's writer does it.
  void change(std::uint32_t limit, std::uint32_t window_s, LimiterNanos now) {
    window_convert(cells(), terms, now);
    terms.previous_part = terms.part;
    terms.part = window_part(window_s);
    terms.limit = limit;
    terms.generation = (terms.generation + 1) % kBucketGenerations;
  }
};

TEST(SlidingWindow, AdmitsExactlyTheLimitAtOneInstant) {
  for (const std::uint32_t limit : {1U, 2U, 1000U}) {
    for (const LimiterNanos now : {LimiterNanos{0}, kDay, kDay + 7}) {
      EXPECT_EQ(Window(limit).take_until_refused(now), limit) << "at " << now;
    }
  }
}

TEST(SlidingWindow, RefusesUntilTheWindowAndAtMostOnePartMoreHavePassed) {
  Window window(100, 3600);
  const LimiterNanos now = kDay + 5;
  EXPECT_EQ(window.take_until_refused(now), 100U);
  const Take refused = window.take(now);
  EXPECT_GT(refused.retry_after_ns, 3600 * kNanosPerSecond);
  EXPECT_LE(refused.retry_after_ns, 3600 * kNanosPerSecond + window.part_ns());
  EXPECT_EQ(refused.full_after_ns, refused.retry_after_ns);
  EXPECT_EQ(window.take(now + refused.retry_after_ns - 16).outcome, TakeOutcome::kRefused);
  EXPECT_EQ(window.take_until_refused(now + refused.retry_after_ns), 100U);
}

TEST(SlidingWindow, TellsWhatRemainsAndPeekTakesNothing) {
  Window window(3);
  EXPECT_EQ(window.peek(kDay).remaining, 3U);
  EXPECT_EQ(window.peek(kDay).full_after_ns, 0);
  EXPECT_EQ(window.word.load(), 0U);
  EXPECT_EQ(window.take(kDay).remaining, 2U);
  EXPECT_EQ(window.take(kDay).remaining, 1U);
  EXPECT_EQ(window.peek(kDay).remaining, 1U);
  EXPECT_EQ(window.take(kDay).remaining, 0U);
  EXPECT_EQ(window.take(kDay).remaining, 0U);
  EXPECT_EQ(window.peek(kDay).outcome, TakeOutcome::kRefused);
}

TEST(SlidingWindow, ALateTurnGetsNothingExtraAndDoesNotTakeTheWordBack) {
  Window window(4);
  EXPECT_EQ(window.take_until_refused(kDay), 4U);
  const std::uint64_t word = window.word;
  for (const LimiterNanos late : {50'000'000L, 900'000'000L, 3'000'000'000L}) {
    EXPECT_FALSE(window.admits(kDay - late));
  }
  EXPECT_EQ(window.word, word);
  Window used(4);
  used.admits(kDay);
  EXPECT_EQ(used.take(kDay - 100'000'000).remaining, 2U);
  EXPECT_EQ(used.peek(kDay).remaining, 2U);
}

TEST(SlidingWindow, WhatWasGivenBackIsThereAgainUnlessAnotherWasAdmitted) {
  Window window(3);
  const Take first = window.take(kDay);
  EXPECT_TRUE(window_give_back(window.word, first));
  EXPECT_FALSE(window_give_back(window.word, first));
  EXPECT_EQ(window.peek(kDay).remaining, 3U);
  const Take second = window.take(kDay);
  window.take(kDay);
  EXPECT_FALSE(window_give_back(window.word, second));
  EXPECT_EQ(window.peek(kDay).remaining, 1U);
}

TEST(SlidingWindow, MissingMarksRefuseAndNeverAdmit) {
  Window window(10);
  for (int i = 0; i < 5; ++i) window.admits(kDay + i * 100'000'000);
  for (auto& mark : window.marks) mark = 0;  // As a power loss may leave them.
  EXPECT_FALSE(window.admits(kDay + 500'000'000));
  const Take refused = window.take(kDay + 500'000'000);
  EXPECT_LE(refused.retry_after_ns, 2 * kNanosPerSecond);
  EXPECT_EQ(window.take_until_refused(kDay + 500'000'000 + refused.retry_after_ns), 10U);
}

TEST(SlidingWindow, KeepsWhatWasUsedWhenTheLimitOrTheLengthIsChanged) {
  Window window(1000, 3600);
  for (int i = 0; i < 500; ++i) window.admits(kDay);
  window.change(2000, 3600, kDay);
  EXPECT_EQ(window.peek(kDay).remaining, 1500U);
  // The times are kept, too.
  EXPECT_EQ(window.peek(kDay + 3600 * kNanosPerSecond + window.part_ns()).remaining, 2000U);
  window.change(1000, 60, kDay);
  EXPECT_EQ(window.take(kDay).remaining, 499U);
  window.change(400, 86'400, kDay);
  EXPECT_FALSE(window.admits(kDay));
  window.change(600, 1, kDay);
  EXPECT_EQ(window.take(kDay).remaining, 98U);
}

TEST(SlidingWindow, CountsWhatAnotherKindOfLimitAdmitted) {
  Window window(1000, 60);
  window.terms.generation = 1;
  window.terms.used = 500;
  EXPECT_EQ(window.take(kDay).remaining, 499U);
  EXPECT_EQ(window.take_until_refused(kDay), 499U);
  EXPECT_EQ(window.peek(kDay + 62 * kNanosPerSecond).remaining, 1000U);
}

TEST(SlidingWindow, ARecordOlderThanTheWordIsToBeReloaded) {
  Window window(10);
  window.admits(kDay);
  const WindowTerms old = window.terms;
  window.change(20, 1, kDay);
  window.admits(kDay);
  EXPECT_EQ(window_take(window.cells(), old, kDay).outcome, TakeOutcome::kStaleRecord);
  EXPECT_EQ(window_peek(window.cells(), old, kDay).outcome, TakeOutcome::kStaleRecord);
}

TEST(SlidingWindow, AdmitsAgainAfterAnyIdleTime) {
  for (const std::int64_t windows :
       {2LL, 100LL, 65'536LL, 131'068LL, 131'072LL, 131'075LL, 10'000'000LL}) {
    Window window(7);
    EXPECT_EQ(window.take_until_refused(kDay), 7U);
    EXPECT_EQ(window.take_until_refused(kDay + windows * kNanosPerSecond), 7U) << windows;
    EXPECT_EQ(window.take_until_refused(kDay + (windows + 2) * kNanosPerSecond), 7U) << windows;
  }
}

// Admissions as parts, kept for as long as they count.
struct NaiveWindow {
  std::deque<std::int64_t> parts;
  std::int64_t last = -1;

  std::uint32_t used(std::int64_t part) const {
    return static_cast<std::uint32_t>(
        std::ranges::count_if(parts, [&](std::int64_t each) { return each >= part - 32; }));
  }
  void admit(std::int64_t part) { parts.push_back(last = std::max(last, part)); }
};

TEST(SlidingWindowModel, AgreesWithAListOfAdmissionsAndHoldsInEveryTrailingWindow) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const auto limit = static_cast<std::uint32_t>(1 + random() % 60);
    const auto window_s = static_cast<std::uint32_t>(1 + random() % 100);
    Window window(limit, window_s);
    const auto window_ns = window_s * kNanosPerSecond;
    NaiveWindow model;
    std::vector<LimiterNanos> admitted;
    LimiterNanos now = seed % 2 == 0 ? kDay : 0;
    for (int i = 0; i < 4000; ++i) {
      if (random() % 3 != 0) now += static_cast<LimiterNanos>(random() % (window_ns / limit));
      if (random() % 300 == 0) now += static_cast<LimiterNanos>(random() % (4 * window_ns));
      const LimiterNanos late =
          random() % 5 == 0 ? static_cast<LimiterNanos>(random() % (window_ns / 2)) : 0;
      const LimiterNanos turn = std::max<LimiterNanos>(now - late, 0);
      const std::int64_t part = turn / window.part_ns();
      const std::uint32_t used = model.used(part);
      const Take take = window.take(turn);
      ASSERT_EQ(take.outcome == TakeOutcome::kAdmitted, used < limit) << i;
      if (take.outcome != TakeOutcome::kAdmitted) continue;
      ASSERT_EQ(take.remaining, limit - used - 1);
      model.admit(part);
      admitted.push_back(turn);
    }
    std::ranges::sort(admitted);
    for (std::size_t first = 0; first + limit < admitted.size(); ++first) {
      ASSERT_GE(admitted[first + limit] - admitted[first], window_ns);
    }
  }
}

TEST(SlidingWindowModel, LeavesNinetyFivePercentUsableUnderASteadyLoad) {
  for (const std::uint32_t limit : {1U, 2U, 19U, 20U, 100U, 9999U}) {
    Window window(limit, 10);
    const auto step = static_cast<LimiterNanos>(10.0 * kNanosPerSecond / (0.95 * limit)) + 1;
    for (int i = 0; i < 50'000; ++i) ASSERT_TRUE(window.admits(kDay + i * step)) << limit;
  }
  Window greedy(960, 1);
  std::uint32_t taken = 0;
  for (LimiterNanos at = 0; at < 100 * kNanosPerSecond; at += 1'000'000) {
    taken += greedy.admits(kDay + at) ? 1 : 0;
  }
  EXPECT_GE(taken, 95'000U * 960 / 1000);
}

TEST(SlidingWindowModel, ChargesInOrderMakeTheSameWindowAndTwiceErrAgainstTheCaller) {
  Window used(50);
  Window replayed(50);
  Window doubled(50);
  LimiterNanos last = kDay;
  for (int i = 0; i < 300; ++i) {
    const LimiterNanos at = kDay + std::int64_t{i} * 15'000'000;
    if (!used.admits(at)) continue;
    last = at;
    window_charge(replayed.cells(), replayed.terms, {.at = at, .now = kDay * 2});
    window_charge(doubled.cells(), doubled.terms, {.at = at, .now = kDay * 2});
    window_charge(doubled.cells(), doubled.terms, {.at = at, .now = kDay * 2});
  }
  for (LimiterNanos now = last; now < last + 2 * kNanosPerSecond; now += 10'000'000) {
    ASSERT_EQ(replayed.peek(now).remaining, used.peek(now).remaining);
    ASSERT_LE(doubled.peek(now).remaining, used.peek(now).remaining);
  }
  EXPECT_EQ(doubled.peek(last + 2 * kNanosPerSecond).remaining, 50U);
}

template <typename Work>
void on_threads(int threads, const Work& work) {
  std::vector<std::jthread> running;
  for (int shard = 0; shard < threads; ++shard)
    running.emplace_back([&work, shard] { work(shard); });
}

TEST(SlidingWindowThreads, ExactlyTheLimitIsAdmitted) {
  Window window(1000);
  std::atomic<int> admitted{0};
  on_threads(4, [&](int) {
    for (int i = 0; i < 1000; ++i) admitted += window.admits(kDay) ? 1 : 0;
  });
  EXPECT_EQ(admitted, 1000);
}

TEST(SlidingWindowThreads, NoTrailingWindowHoldsMoreWhileTimeMovesOnAndSomeAreGivenBack) {
  constexpr int kShards = 4;
  constexpr std::uint32_t kLimit = 200;
  Window window(kLimit);
  std::vector<std::vector<LimiterNanos>> admitted(kShards);
  on_threads(kShards, [&](int shard) {
    for (int i = 0; i < 20'000; ++i) {
      const LimiterNanos now = kDay + i * LimiterNanos{500'000} + shard * 20'000'000;
      const Take take = window.take(now);
      if (take.outcome != TakeOutcome::kAdmitted) continue;
      if (i % 7 == 0 && window_give_back(window.word, take)) continue;
      admitted[static_cast<std::size_t>(shard)].push_back(now);
    }
  });
  std::vector<LimiterNanos> all;
  for (const auto& each : admitted) all.insert(all.end(), each.begin(), each.end());
  std::ranges::sort(all);
  EXPECT_GE(all.size(), kLimit);
  for (std::size_t first = 0; first + kLimit < all.size(); ++first) {
    ASSERT_GE(all[first + kLimit] - all[first], kNanosPerSecond);
  }
}

TEST(SlidingWindowThreads, ChangesOfTheLimitThatRaceWithTakesLoseNoAdmission) {
  // No time passes and the limit stays 1000, whatever the length: 1000 are admitted.
  constexpr std::size_t kChanges = 300;
  Window window(1000, 3600);
  std::vector<WindowTerms> terms;
  Window changed(1000, 3600);
  for (std::size_t i = 0; i < kChanges; ++i) {
    terms.push_back(changed.terms);
    changed.change(1000, i % 2 == 0 ? 60 : 3600, kDay);
  }
  std::atomic<std::size_t> current{0};
  std::atomic<int> admitted{0};
  {
    std::vector<std::jthread> shards;
    for (int shard = 0; shard < 3; ++shard) {
      shards.emplace_back([&] {
        for (std::size_t mine = 0; mine + 1 < kChanges; mine = current) {
          admitted +=
              window_take(window.cells(), terms[mine], kDay).outcome == TakeOutcome::kAdmitted ? 1
                                                                                               : 0;
        }
      });
    }
    for (std::size_t next = 1; next < kChanges; ++next) {
      window_convert(window.cells(), terms[next - 1], kDay);
      current = next;
    }
  }
  window.terms = terms.back();
  const std::uint32_t left = window.peek(kDay).remaining;
  EXPECT_LE(static_cast<std::uint32_t>(admitted) + left, 1000U);
}

}  // namespace
}  // namespace core
