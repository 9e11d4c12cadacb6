#include "core/runtime/mailbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace core {
namespace {

TEST(Mailbox, IsEmptyAtFirstAndAgainAfterEveryLap) {
  Mailbox<int> box(4);
  int out = 0;
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(box.empty());
    EXPECT_FALSE(box.pop(out));
    ASSERT_TRUE(box.push(int{i}));
    EXPECT_FALSE(box.empty());
    ASSERT_TRUE(box.pop(out));
    EXPECT_EQ(out, i);
  }
}

TEST(Mailbox, AFullBoxRefusesAndLeavesTheMessageAsItWas) {
  Mailbox<std::unique_ptr<int>> box(2);
  ASSERT_TRUE(box.push(std::make_unique<int>(1)));
  ASSERT_TRUE(box.push(std::make_unique<int>(2)));
  auto refused = std::make_unique<int>(3);
  EXPECT_FALSE(box.push(std::move(refused)));
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(*refused, 3);
  std::unique_ptr<int> out;
  ASSERT_TRUE(box.pop(out));
  EXPECT_EQ(*out, 1);
  EXPECT_TRUE(box.push(std::move(refused)));
}

TEST(Mailbox, HoldsNothingOfAMessageThatWasTaken) {
  Mailbox<std::shared_ptr<int>> box(2);
  const auto message = std::make_shared<int>(1);
  ASSERT_TRUE(box.push(std::shared_ptr<int>(message)));
  {
    std::shared_ptr<int> out;
    ASSERT_TRUE(box.pop(out));
  }
  EXPECT_EQ(message.use_count(), 1);
}

TEST(Mailbox, DestroysWhatWasNotTaken) {
  const auto message = std::make_shared<int>(1);
  {
    Mailbox<std::shared_ptr<int>> box(2);
    ASSERT_TRUE(box.push(std::shared_ptr<int>(message)));
  }
  EXPECT_EQ(message.use_count(), 1);
}

TEST(MailboxDeathTest, ItsCapacityIsAPowerOfTwo) {
  EXPECT_DEATH(Mailbox<int>(3), "capacity");
  EXPECT_DEATH(Mailbox<int>(1), "capacity");
}

// A letter whose parts must arrive together.
struct Letter {
  std::uint32_t sender = 0;
  std::uint64_t number = 0;
  std::string text;
};

TEST(Mailbox, ManySendersEachInOrderWithNothingLostDoubledOrTorn) {
  constexpr std::uint32_t kSenders = 4;
  constexpr std::uint64_t kEach = 20'000;
  Mailbox<Letter> box(16);
  std::atomic<std::uint64_t> refused{0};
  std::vector<std::thread> senders;
  for (std::uint32_t sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&, sender] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        Letter letter{sender, i,
                      std::to_string(sender) + " writes letter number " + std::to_string(i)};
        while (!box.push(std::move(letter))) {
          refused.fetch_add(1, std::memory_order_relaxed);
          std::this_thread::yield();
        }
      }
    });
  }
  std::vector<std::uint64_t> next(kSenders);
  for (std::uint64_t taken = 0; taken < kSenders * kEach;) {
    Letter letter;
    if (!box.pop(letter)) {
      std::this_thread::yield();
      continue;
    }
    ++taken;
    ASSERT_LT(letter.sender, kSenders);
    ASSERT_EQ(letter.number, next[letter.sender]++);
    ASSERT_EQ(letter.text, std::to_string(letter.sender) + " writes letter number " +
                               std::to_string(letter.number));
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_TRUE(box.empty());
  RecordProperty("refused", std::to_string(refused.load()));
}

}  // namespace
}  // namespace core
