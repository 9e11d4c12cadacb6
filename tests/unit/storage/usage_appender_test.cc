// A disk that refuses: nothing is acknowledged that is not there, nothing is counted twice, and the
// log goes on by itself when the disk does.
#include "storage/usage_appender.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/support/usage_rig.h"

namespace {

using test::UsageRig;

constexpr core::BootNanos kRetryNs = 300'000'000;

// Every published record once and in the order of its key, in the log and in the counts.
void expect_exactly(UsageRig& rig, std::uint64_t published) {
  const auto seen = rig.log_after();
  ASSERT_EQ(seen.size(), published);
  for (std::uint64_t i = 0; i < published; ++i) EXPECT_EQ(seen[i].event.key_id, i + 1);
  for (std::uint64_t key = 1; key <= published; ++key) {
    EXPECT_EQ(rig.all_of(key).total, 1u) << "key " << key;
  }
}

void publish_some(UsageRig& rig, std::uint64_t& published, int count) {
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(rig.publish(rig.event(published + 1)));
    ++published;
  }
}

TEST(UsageAppender, WritesTheRecordsOfAFailedFlushToANewSegmentOnce) {
  UsageRig rig;
  rig.open();
  std::uint64_t published = 0;
  publish_some(rig, published, 5);
  rig.settle();
  const std::uint64_t acknowledged = rig.log->sink(0).synced();
  publish_some(rig, published, 7);
  rig.disk.faults.sync = EIO;
  rig.log->turn();
  EXPECT_EQ(rig.log->sink(0).synced(), acknowledged) << "nothing is acknowledged";
  EXPECT_EQ(rig.log->stats().sync_failures, 1u);
  EXPECT_TRUE(rig.was_reported("sync usage segment: Input/output error"));

  rig.disk.faults.sync = 0;
  rig.log->turn();
  EXPECT_EQ(rig.log->sink(0).synced(), acknowledged) << "not before the pause is over";
  rig.clock.advance(kRetryNs);
  rig.log->turn();
  EXPECT_EQ(rig.log->sink(0).synced(), rig.last_sequence);
  EXPECT_TRUE(rig.was_reported("writing again"));
  EXPECT_EQ(rig.disk.faults.writes_after_failed_sync, 0) << "the file is left alone for ever";
  EXPECT_EQ(rig.files(rig.segment_dir()).size(), 2u);
  expect_exactly(rig, published);
  rig.open();
  expect_exactly(rig, published);
}

// The flush failed, but what it was to flush is in the file all the same, and the new segment has
// it too.
TEST(UsageAppender, SkipsWhatIsSupersededEvenIfItCanBeRead) {
  UsageRig rig;
  rig.open();
  std::uint64_t published = 0;
  publish_some(rig, published, 3);
  rig.settle();
  publish_some(rig, published, 4);
  rig.options.sync_ms = 5;
  rig.disk.faults.write = EIO;  // The next batch is cut: the segment is given up.
  publish_some(rig, published, 1);
  rig.log->turn();
  rig.disk.faults.write = 0;
  rig.clock.advance(kRetryNs);
  rig.settle();
  expect_exactly(rig, published);
  rig.open();
  expect_exactly(rig, published);
  EXPECT_FALSE(rig.was_reported("damaged")) << "a cut batch of a superseded segment is no news";
}

TEST(UsageAppender, KeepsEverythingWhenItDiesWhileTheDiskRefuses) {
  for (const bool drops : {false, true}) {
    UsageRig rig;
    rig.open();
    std::uint64_t published = 0;
    publish_some(rig, published, 5);
    rig.settle();
    publish_some(rig, published, 7);
    (drops ? rig.disk.faults.sync : rig.disk.faults.write) = EIO;
    rig.log->turn();
    publish_some(rig, published, 2);
    rig.crash();
    rig.disk.faults.sync = 0;
    rig.disk.faults.write = 0;
    rig.open();
    expect_exactly(rig, published);
  }
}

TEST(UsageAppender, RefusesRecordsWhenTheRingsAreFullAndTakesThemAgainOnceThereIsRoom) {
  UsageRig rig;
  rig.options.ring_bytes = std::size_t{64} << 10;
  rig.disk.faults.allocate = ENOSPC;
  rig.open();
  std::uint64_t published = 0;
  while (rig.publish(rig.event(1))) {
    ++published;
    if (published % 50 == 0) rig.log->turn();
  }
  EXPECT_GT(published, 700u);
  EXPECT_TRUE(rig.was_reported("No space left on device"));
  EXPECT_TRUE(rig.files(rig.segment_dir()).empty()) << "no empty segments pile up";
  EXPECT_EQ(rig.all_of(1).total, published) << "counting goes on";
  for (int i = 0; i < 20; ++i) {
    rig.clock.advance(kRetryNs);
    rig.log->turn();
    EXPECT_FALSE(rig.log->sink(0).reserve());
  }
  EXPECT_EQ(rig.reports.size(), 1u) << "told once";
  rig.disk.faults.allocate = 0;
  rig.clock.advance(kRetryNs);
  rig.log->turn();
  ASSERT_TRUE(rig.publish(rig.event(1)));
  rig.settle();
  EXPECT_EQ(rig.all_of(1).total, published + 1);
  EXPECT_EQ(rig.log_after().size(), published + 1);
}

TEST(UsageAppender, LeavesNoSegmentsBehindOfWhichNothingWasFlushed) {
  UsageRig rig;
  rig.open();
  std::uint64_t published = 0;
  publish_some(rig, published, 1);
  rig.settle();
  publish_some(rig, published, 1);
  rig.disk.faults.sync = EIO;
  for (int i = 0; i < 20; ++i) {
    rig.log->turn();
    rig.clock.advance(kRetryNs);
  }
  EXPECT_LE(rig.files(rig.segment_dir()).size(), 2u);
  rig.disk.faults.sync = 0;
  rig.settle();
  rig.clock.advance(kRetryNs);
  rig.settle();
  expect_exactly(rig, published);
}

TEST(UsageAppender, FoldsNothingThatIsNotOnDisk) {
  UsageRig rig;
  rig.open();
  std::uint64_t published = 0;
  publish_some(rig, published, 3);
  rig.disk.faults.sync = EIO;
  rig.clock.advance(200 * core::kNanosPerSecond);
  for (int i = 0; i < 10; ++i) rig.log->turn();
  EXPECT_EQ(rig.log->stats().folds, 0u);
  rig.disk.faults.sync = 0;
  rig.clock.advance(kRetryNs);
  rig.settle();
  EXPECT_EQ(rig.log->stats().folds, 1u);
  expect_exactly(rig, published);
}

TEST(UsageAppender, MovesHeadsWithoutAFlushWhenSyncIsOff) {
  UsageRig rig;
  rig.options.sync = storage::UsageSync::kOff;
  rig.open();
  std::uint64_t published = 0;
  publish_some(rig, published, 3);
  rig.log->turn();
  EXPECT_EQ(rig.log->sink(0).synced(), rig.last_sequence);
  EXPECT_EQ(rig.log->stats().syncs, 0u);
  rig.open();
  EXPECT_GT(rig.disk.faults.syncs, 0) << "stop() flushes";
  expect_exactly(rig, published);
}

TEST(UsageAppender, FlushesAtOnceWhenSyncIsAlways) {
  UsageRig rig;
  rig.options.sync = storage::UsageSync::kAlways;
  rig.open();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(rig.publish(rig.event(1)));
    rig.log->turn();
    EXPECT_EQ(rig.log->sink(0).synced(), rig.last_sequence);
  }
}

TEST(UsageAppender, GoesOnToNewSegmentsAsOldOnesFill) {
  UsageRig rig;
  rig.open();
  constexpr std::uint64_t kRecords = 40'000;
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    while (!rig.publish(rig.event(i))) {
      rig.clock.advance(5'000'000);
      rig.log->turn();
    }
  }
  rig.settle();
  EXPECT_GE(rig.files(rig.segment_dir()).size(), 4u);
  EXPECT_EQ(rig.log->stats().segments, rig.files(rig.segment_dir()).size());
  const auto seen = rig.log_after();
  ASSERT_EQ(seen.size(), kRecords);
  for (std::uint64_t i = 0; i < kRecords; ++i) ASSERT_EQ(seen[i].event.key_id, i + 1);
  EXPECT_EQ(rig.log_after(kRecords - 10).size(), 10u);
  EXPECT_EQ(rig.log_after(kRecords).size(), 0u);
}

// Faults that come and go, crashes and restarts, against a plain count.
TEST(UsageAppender, CountsEveryRecordOnceThroughRandomFaultsAndCrashes) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    UsageRig rig(seed);
    rig.options.ring_bytes = std::size_t{64} << 10;
    rig.options.shards = 2;
    std::uint64_t published = 0;
    rig.open();
    for (int step = 0; step < 400; ++step) {
      test::DiskFaults& faults = rig.disk.faults;
      std::atomic<int>* const kinds[] = {&faults.write, &faults.sync, &faults.allocate,
                                         &faults.create};
      if (rig.random.below(10) == 0) *kinds[rig.random.below(4)] = EIO;
      if (rig.random.below(4) == 0) {
        for (std::atomic<int>* const kind : kinds) *kind = 0;
      }
      for (std::uint64_t i = rig.random.below(30); i > 0; --i) {
        const auto shard = static_cast<std::uint32_t>(rig.random.below(2));
        if (rig.publish(rig.event(published % 50 + 1), shard)) ++published;
      }
      rig.log->turn();
      rig.clock.advance(static_cast<core::BootNanos>(rig.random.below(400'000'000)));
      if (rig.random.below(40) == 0) {
        for (std::atomic<int>* const kind : kinds) *kind = 0;
        if (rig.random.below(2) == 0) rig.crash();
        rig.open();
      }
    }
    rig.disk.faults.write = rig.disk.faults.sync = 0;
    rig.disk.faults.allocate = rig.disk.faults.create = 0;
    rig.clock.advance(kRetryNs);
    rig.settle();
    ASSERT_EQ(rig.log_after().size(), published) << "seed " << seed;
    std::uint64_t total = 0;
    for (std::uint64_t key = 1; key <= 50; ++key) total += rig.all_of(key).total;
    ASSERT_EQ(total, published) << "seed " << seed;
    ASSERT_EQ(rig.disk.faults.writes_after_failed_sync, 0) << "seed " << seed;
    ASSERT_FALSE(rig.was_reported("damaged")) << "seed " << seed;
  }
}

}  // namespace
