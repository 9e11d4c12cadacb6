#include "core/runtime/event_count.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "core/base/time.h"
#include "core/runtime/clock.h"
#include "core/runtime/mailbox.h"

namespace core {
namespace {

constexpr std::int64_t kPatience = 20 * kNanosPerSecond;  // A test that waits so long has failed.

// Waits; false if it took the whole patience, ready or not at its end: a notification was lost.
template <typename Ready>
bool await_notified(EventCount& event, Ready&& ready) {
  const SystemClock clock;
  const BootNanos deadline = clock.boot_now() + kPatience;
  return event.await(ready, kPatience) && clock.boot_now() < deadline;
}

TEST(EventCount, DoesNotSleepIfItIsReadyAlready) {
  EventCount event;
  EXPECT_TRUE(event.await([] { return true; }, 0));
  EXPECT_TRUE(event.await([] { return true; }));
}

TEST(EventCount, GivesUpAtItsTimeoutAndSaysSo) {
  EventCount event;
  EXPECT_FALSE(event.await([] { return false; }, 0));
  EXPECT_FALSE(event.await([] { return false; }, 1));
  EXPECT_FALSE(event.await([] { return false; }, 1'000'000));
  EXPECT_EQ(event.waiters(), 0u);
}

TEST(EventCount, ANotificationBeforeTheWaitIsNotRemembered) {
  EventCount event;
  event.notify_one();
  event.notify_all();
  EXPECT_FALSE(event.await([] { return false; }, 1'000));
}

// The state is looked at twice, before and after the waiter announced itself.
TEST(EventCount, ANotificationBetweenTheLastLookAndTheSleepEndsTheSleep) {
  EventCount event;
  int looks = 0;
  EXPECT_TRUE(await_notified(event, [&] {
    if (++looks == 2) event.notify_one();
    return looks > 2;
  }));
  EXPECT_EQ(looks, 3);
}

TEST(EventCount, LosesNoneOf100000NotificationsOneAfterTheOther) {
  constexpr std::uint64_t kRounds = 100'000;
  EventCount asked;
  EventCount answered;
  std::atomic<std::uint64_t> question{0};
  std::atomic<std::uint64_t> answer{0};
  std::thread other([&] {
    for (std::uint64_t i = 1; i <= kRounds; ++i) {
      ASSERT_TRUE(
          await_notified(asked, [&] { return question.load(std::memory_order_relaxed) >= i; }));
      answer.store(i, std::memory_order_relaxed);
      answered.notify_one();
    }
  });
  for (std::uint64_t i = 1; i <= kRounds; ++i) {
    question.store(i, std::memory_order_relaxed);
    asked.notify_one();
    if (!await_notified(answered, [&] { return answer.load(std::memory_order_relaxed) >= i; })) {
      ADD_FAILURE() << "lost in round " << i;
      break;
    }
  }
  other.join();
}

// As the writers of the store and of the usage log sleep on their mailboxes.
TEST(EventCount, WakesTheOwnerOfAMailboxForEveryLetterOfManySenders) {
  constexpr int kSenders = 4;
  constexpr std::uint64_t kEach = 20'000;
  Mailbox<std::uint64_t> box(32);
  EventCount event;
  std::vector<std::thread> senders;
  for (int s = 0; s < kSenders; ++s) {
    senders.emplace_back([&] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        while (!box.push(std::uint64_t{i})) std::this_thread::yield();
        event.notify_one();
      }
    });
  }
  std::uint64_t taken = 0;
  while (taken < kSenders * kEach) {
    if (!await_notified(event, [&] { return !box.empty(); })) break;
    std::uint64_t letter = 0;
    while (box.pop(letter)) ++taken;
  }
  EXPECT_EQ(taken, kSenders * kEach);
  for (std::thread& sender : senders) sender.join();
}

TEST(EventCount, NotifyAllEndsTheWaitOfEveryThread) {
  EventCount event;
  std::atomic<bool> open{false};
  std::atomic<int> through{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&] {
      if (await_notified(event, [&] { return open.load(std::memory_order_relaxed); })) ++through;
    });
  }
  while (event.waiters() < 4) std::this_thread::yield();
  open.store(true, std::memory_order_relaxed);
  event.notify_all();
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(through.load(), 4);
  EXPECT_EQ(event.waiters(), 0u);
}

}  // namespace
}  // namespace core
