#include "storage/usage_ring.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <deque>
#include <fstream>
#include <thread>

#include "storage/usage_record.h"
#include "storage/usage_sink.h"
#include "storage/usage_take.h"
#include "tests/support/temp_folder.h"
#include "tests/support/usage_rig.h"

namespace {

using storage::UsageRing;
using storage::UsageRingSink;

constexpr std::size_t kCapacity = storage::kUsageRingBytesMin;

class UsageRingTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = UsageRing::create(folder_.path().string(), kCapacity, random_);
    ASSERT_TRUE(made.has_value());
    ring_ = std::move(*made);
    sink_ = std::make_unique<UsageRingSink>(*ring_, doorbell_);
  }

  // A record that differs from all others by its number, with an endpoint of some length.
  core::UsageEvent numbered(std::uint64_t number) {
    core::UsageEvent event;
    event.key_id = number;
    event.endpoint = std::string_view(text_).substr(0, number % 201);
    return event;
  }

  core::TempFolder folder_;
  test::SeededRandom random_{7};
  storage::UsageDoorbell doorbell_;
  std::unique_ptr<UsageRing> ring_;
  std::unique_ptr<UsageRingSink> sink_;
  const std::string text_ = std::string(200, 'e');
};

// A ring as a queue of records, against random reserving, publishing, cancelling and releasing over
// some hundred laps.
TEST_F(UsageRingTest, DoesWhatAQueueDoes) {
  struct Published {
    std::uint64_t number = 0;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
  };
  std::deque<Published> queue;
  std::uint64_t number = 0;
  std::uint64_t reserved = 0;
  std::uint64_t used = 0;
  bool was_full = false;
  const std::uint64_t seed = 42;
  test::SeededRandom random(seed);
  for (int step = 0; step < 200'000; ++step) {
    const std::uint64_t dice = random.below(100);
    if (dice < 45) {
      const bool fits = used + (reserved + 1) * storage::kUsageRecordBytesMax <= kCapacity;
      ASSERT_EQ(sink_->reserve(), fits) << "seed " << seed << " step " << step;
      was_full = was_full || !fits;
      if (fits) ++reserved;
    } else if (dice < 85 && reserved > 0) {
      --reserved;
      const std::uint64_t start = ring_->tail();
      const std::uint64_t end = sink_->publish(numbered(++number));
      ASSERT_EQ(end, ring_->tail());
      ASSERT_EQ(end - start, storage::usage_record_bytes(number % 201));
      queue.push_back({number, start, end});
      used += end - start;
    } else if (dice < 90 && reserved > 0) {
      --reserved;
      sink_->cancel();
    } else if (!queue.empty()) {
      const Published oldest = queue.front();
      queue.pop_front();
      const core::Bytes bytes{ring_->at(oldest.start), kCapacity};
      const auto size = storage::check_usage_record(bytes, {ring_->epoch(), oldest.start});
      ASSERT_EQ(size, oldest.end - oldest.start) << "seed " << seed << " step " << step;
      const core::UsageEvent event = storage::read_usage_record(bytes.data());
      ASSERT_EQ(event.key_id, oldest.number);
      ASSERT_EQ(event.endpoint, std::string_view(text_).substr(0, oldest.number % 201));
      ring_->set_head(oldest.end);
      ASSERT_EQ(sink_->synced(), oldest.end);
      used -= oldest.end - oldest.start;
    }
  }
  EXPECT_TRUE(was_full);
  EXPECT_GT(ring_->tail(), 100 * kCapacity) << "too few laps to mean anything";
}

TEST_F(UsageRingTest, IsFullByTheLongestRecordAndFreeAfterTheHeadMoved) {
  std::uint64_t count = 0;
  while (sink_->reserve()) ++count;
  EXPECT_EQ(count, kCapacity / storage::kUsageRecordBytesMax);
  sink_->cancel();
  EXPECT_TRUE(sink_->reserve());
  EXPECT_FALSE(sink_->reserve());
  // Short records leave the rest of their reservations to others.
  sink_->publish(numbered(1));
  const std::uint64_t end = sink_->publish(numbered(1));
  EXPECT_TRUE(sink_->reserve());
  EXPECT_FALSE(sink_->reserve());
  ring_->set_head(end);
  EXPECT_TRUE(sink_->reserve());
  EXPECT_FALSE(sink_->reserve());
}

TEST_F(UsageRingTest, IsContiguousAcrossItsEnd) {
  std::uint64_t number = 0;
  while (ring_->tail() + storage::kUsageRecordBytesMax < kCapacity) {
    ASSERT_TRUE(sink_->reserve());
    ring_->set_head(sink_->publish(numbered(++number)));
  }
  const std::uint64_t start = ring_->tail();
  ASSERT_TRUE(sink_->reserve());
  ASSERT_GT(sink_->publish(numbered(200)), kCapacity) << "the record must lie across the end";
  const core::Bytes bytes{ring_->at(start), kCapacity};
  ASSERT_TRUE(storage::check_usage_record(bytes, {ring_->epoch(), start}).has_value());
  EXPECT_EQ(storage::read_usage_record(bytes.data()).endpoint, text_);
}

TEST_F(UsageRingTest, NeverTakesARecordOfAnEarlierLapForTheOneThatIsDue) {
  ASSERT_TRUE(sink_->reserve());
  sink_->publish(numbered(9));
  const core::Bytes bytes{ring_->at(0), kCapacity};
  ASSERT_TRUE(storage::check_usage_record(bytes, {ring_->epoch(), 0}).has_value());
  // The same place one lap later, untouched since.
  EXPECT_FALSE(storage::check_usage_record(bytes, {ring_->epoch(), kCapacity}).has_value());
}

TEST_F(UsageRingTest, NeverTakesARecordOfAnEarlierLifeForItsOwn) {
  ASSERT_TRUE(sink_->reserve());
  sink_->publish(numbered(9));
  const core::Bytes bytes{ring_->at(0), kCapacity};
  EXPECT_FALSE(storage::check_usage_record(bytes, {ring_->epoch() ^ 1, 0}).has_value());
}

TEST_F(UsageRingTest, TakesBatchesThatEndBetweenRecords) {
  for (std::uint64_t number = 1; number <= 100; ++number) {
    ASSERT_TRUE(sink_->reserve());
    core::UsageEvent event = numbered(number);
    event.time_us = static_cast<core::WallMicros>(1000 - number);
    sink_->publish(event);
  }
  const storage::BatchHeader batch = take_batch(*ring_, {0, ring_->tail(), 500});
  EXPECT_EQ(batch.records, 100u);
  EXPECT_EQ(batch.end(), ring_->tail());
  EXPECT_EQ(batch.first_id, 500u);
  EXPECT_EQ(batch.last_id(), 599u);
  EXPECT_EQ(batch.first_us, 900);
  EXPECT_EQ(batch.last_us, 999);
}

TEST_F(UsageRingTest, IsFoundAgainWithAllThatWasPublished) {
  for (std::uint64_t number = 1; number <= 10; ++number) {
    ASSERT_TRUE(sink_->reserve());
    sink_->publish(numbered(number));
  }
  const auto again = UsageRing::open(ring_->path());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ((*again)->id(), ring_->id());
  EXPECT_EQ((*again)->epoch(), ring_->epoch());
  EXPECT_EQ((*again)->tail(), ring_->tail());
  const auto batch = take_good_batch(**again, {0, kCapacity, 1});
  EXPECT_EQ(batch.records, 10u);
}

TEST_F(UsageRingTest, SaysThatAFileWithADamagedHeaderIsDamaged) {
  const std::string path = ring_->path();
  sink_.reset();
  ring_.reset();
  for (const int at : {0, 8, 16, 24, 32, 40}) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char before = static_cast<char>(file.get());
    file.seekp(at);
    file.put(static_cast<char>(before ^ 1));
    file.flush();
    const auto opened = UsageRing::open(path);
    ASSERT_FALSE(opened.has_value()) << at;
    EXPECT_EQ(opened.error().code, EBADMSG) << at;
    file.seekp(at);
    file.put(before);
  }
  EXPECT_TRUE(UsageRing::open(path).has_value());
}

// One thread publishes, one reads and gives room back: what the mapping's two words must order.
TEST_F(UsageRingTest, HandsEveryRecordFromOneThreadToAnotherInOrder) {
  constexpr std::uint64_t kRecords = 20'000;
  std::thread consumer([&] {
    std::uint64_t at = 0;
    for (std::uint64_t number = 1; number <= kRecords;) {
      const std::uint64_t tail = ring_->tail();
      if (at == tail) std::this_thread::yield();
      for (; at < tail; ++number) {
        const std::byte* const record = ring_->at(at);
        ASSERT_EQ(storage::read_usage_record(record).key_id, number);
        at += storage::usage_record_size_at(record);
        ring_->set_head(at);
      }
    }
  });
  for (std::uint64_t number = 1; number <= kRecords; ++number) {
    while (!sink_->reserve()) std::this_thread::yield();
    sink_->publish(numbered(number));
  }
  consumer.join();
  EXPECT_EQ(sink_->synced(), ring_->tail());
}

}  // namespace
