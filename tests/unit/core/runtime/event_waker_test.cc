// Waking a ring from another thread. A wake-up that is lost shows as a wait to the deadline.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>

#include "core/runtime/mailbox.h"
#include "core/runtime/uring_ring.h"

namespace core {
namespace {

constexpr BootNanos kPatience = 20 * kNanosPerSecond;

// Takes a while that differs from round to round, so that the wake-up falls before, into and after
// each step of going to sleep.
void dawdle(std::uint64_t round) {
  std::atomic<std::uint64_t> count{0};
  while (count.fetch_add(1, std::memory_order_relaxed) < round * 7919 % 512) {
  }
}

// Waits as a shard does, until a message came. False: nothing ended the wait for the whole
// patience.
bool wait_for_mail(UringRing& ring, const Mailbox<std::uint64_t>& mail) {
  const SystemClock clock;
  const BootNanos deadline = clock.boot_now() + kPatience;
  while (mail.empty()) {
    ring.set_asleep(true);
    if (mail.empty()) ring.reap(deadline);
    ring.set_asleep(false);
    if (clock.boot_now() >= deadline) return false;
  }
  return true;
}

TEST(EventWaker, LosesNoneOf100000WakeUpsOneAfterTheOther) {
  constexpr std::uint64_t kRounds = 100'000;
  auto ring = UringRing::open({});
  ASSERT_TRUE(ring.has_value());
  Mailbox<std::uint64_t> mail(4);
  std::atomic<std::uint64_t> answered{0};
  std::thread sender([&] {
    for (std::uint64_t i = 1; i <= kRounds; ++i) {
      dawdle(i);
      ASSERT_TRUE(mail.push(std::uint64_t{i}));
      (*ring)->waker().wake();
      for (int spins = 0; answered.load() != i; ++spins) {
        if (spins > 1000) std::this_thread::yield();
      }
    }
  });
  std::uint64_t taken = 0;
  while (taken < kRounds && wait_for_mail(**ring, mail)) {
    std::uint64_t message = 0;
    while (mail.pop(message)) EXPECT_EQ(message, ++taken);
    answered.store(taken);
  }
  EXPECT_EQ(taken, kRounds);
  sender.join();
}

TEST(EventWaker, LosesNoWakeUpFromManyThreads) {
  constexpr std::uint64_t kEach = 20'000;
  constexpr int kThreads = 4;
  auto ring = UringRing::open({});
  ASSERT_TRUE(ring.has_value());
  Mailbox<std::uint64_t> mail(64);
  std::vector<std::thread> senders;
  for (int t = 0; t < kThreads; ++t) {
    senders.emplace_back([&] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        while (!mail.push(std::uint64_t{i})) std::this_thread::yield();
        (*ring)->waker().wake();
      }
    });
  }
  std::uint64_t taken = 0;
  while (taken < kEach * kThreads && wait_for_mail(**ring, mail)) {
    std::uint64_t message = 0;
    while (mail.pop(message)) ++taken;
  }
  EXPECT_EQ(taken, kEach * kThreads);
  for (std::thread& sender : senders) sender.join();
}

TEST(EventWaker, AWakeUpBetweenTheLastLookAndTheWaitEndsTheWait) {
  const SystemClock clock;
  auto ring = UringRing::open({});
  ASSERT_TRUE(ring.has_value());
  for (int i = 0; i < 3; ++i) {
    (*ring)->set_asleep(true);
    (*ring)->waker().wake();
    const BootNanos deadline = clock.boot_now() + kPatience;
    EXPECT_TRUE((*ring)->reap(deadline).empty());
    EXPECT_LT(clock.boot_now(), deadline);
    (*ring)->set_asleep(false);
  }
}

TEST(EventWaker, WakingAnAwakeRingLeavesNothingToRead) {
  auto ring = UringRing::open({});
  ASSERT_TRUE(ring.has_value());
  for (int i = 0; i < 1000; ++i) (*ring)->waker().wake();
  const SystemClock clock;
  const BootNanos deadline = clock.boot_now() + 2'000'000;
  EXPECT_TRUE((*ring)->reap(deadline).empty());
  EXPECT_GE(clock.boot_now(), deadline);  // A written count would have ended the wait at once.
}

}  // namespace
}  // namespace core
