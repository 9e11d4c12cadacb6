#include "storage/usage_log.h"

#include <gtest/gtest.h>

#include "tests/support/usage_rig.h"

namespace {

using test::UsageRig;

constexpr core::BootNanos kMinuteNs = 60 * core::kNanosPerSecond;

TEST(UsageLog, CountsARecordBeforeItIsOnDisk) {
  UsageRig rig;
  rig.open();
  ASSERT_TRUE(rig.publish(rig.event(5)));
  const core::UsageAnswer answer = rig.all_of(5);
  EXPECT_EQ(answer.count, 1u);
  EXPECT_EQ(answer.total, 1u);
  EXPECT_EQ(answer.last_used_at, rig.clock.now().wall_us);
}

TEST(UsageLog, HasNothingOfAKeyThatWasNeverUsed) {
  UsageRig rig;
  rig.open();
  const core::UsageAnswer answer = rig.all_of(5);
  EXPECT_EQ(answer.total, 0u);
  EXPECT_EQ(answer.last_used_at, 0);
  EXPECT_TRUE(answer.series.empty());
}

TEST(UsageLog, GivesARecordBackAsItWasPublished) {
  UsageRig rig;
  rig.open();
  core::UsageEvent event = rig.event(77);
  event.latency_us = 4'000'000'000;
  event.status = 503;
  event.method = core::Method::kDelete;
  event.charged = false;
  event.address = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const std::string endpoint(200, 'x');
  event.endpoint = endpoint;
  ASSERT_TRUE(rig.publish(event));
  rig.settle();
  const auto seen = rig.log_after();
  ASSERT_EQ(seen.size(), 1u);
  event.endpoint = {};
  EXPECT_EQ(seen[0], (test::SeenEvent{event, endpoint}));
  const auto page = rig.ask<core::UsageLogPage>(core::UsageLogQuestion{});
  ASSERT_EQ(page.rows.size(), 1u);
  EXPECT_EQ(page.rows[0].endpoint, endpoint);
  EXPECT_EQ(page.rows[0].event.endpoint, endpoint);
  EXPECT_EQ(page.next_after_id, 0u);
}

TEST(UsageLog, FindsASpanOfTimeInSegmentsWithoutReadingThoseBeforeIt) {
  constexpr core::WallMicros kMinute = 60 * core::kMicrosPerSecond;
  UsageRig rig;
  rig.open();
  const core::WallMicros begin = rig.clock.now().wall_us;
  const std::string endpoint(200, 'x');
  for (int i = 0; i < 20'000; ++i) {  // 5 MB: several segments, a minute each 200 records.
    core::UsageEvent event = rig.event();
    event.time_us = begin + i / 200 * kMinute;
    event.endpoint = endpoint;
    if (rig.publish(event)) continue;
    rig.settle();
    ASSERT_TRUE(rig.publish(event));
  }
  rig.settle();
  ASSERT_GT(rig.files(rig.segment_dir()).size(), 4u);
  core::UsageLogQuestion question;
  question.limit = 1000;
  question.from = begin + 90 * kMinute;
  question.to = begin + 92 * kMinute;
  const auto page = rig.ask<core::UsageLogPage>(question);
  // One page has them all, which reads less than what lies before them.
  ASSERT_EQ(page.rows.size(), 400u);
  EXPECT_EQ(page.rows.front().event.time_us, question.from);
  EXPECT_EQ(page.rows.back().event.time_us, *question.to - kMinute);
  EXPECT_EQ(page.next_after_id, 0u) << "nothing behind `to` is read";
  EXPECT_EQ(rig.raw_log().size(), 20'000u);
}

TEST(UsageLog, MovesTheHeadOnlyAfterTheFlush) {
  UsageRig rig;
  rig.open();
  rig.log->turn();
  ASSERT_TRUE(rig.publish(rig.event()));
  rig.log->turn();  // The first flush is due at once.
  ASSERT_TRUE(rig.publish(rig.event()));
  const std::uint64_t sequence = rig.last_sequence;
  const int syncs = rig.disk.faults.syncs;
  rig.log->turn();
  EXPECT_EQ(rig.disk.faults.syncs, syncs) << "the interval is not over";
  EXPECT_LT(rig.log->sink(0).synced(), sequence);
  EXPECT_EQ(rig.log->stats().records_pending, 1u);
  rig.clock.advance(5'000'000);
  rig.log->turn();
  EXPECT_GE(rig.log->sink(0).synced(), sequence);
  EXPECT_EQ(rig.log->stats().records_pending, 0u);
}

TEST(UsageLog, CountsTheSameAfterAnOrderlyRestart) {
  UsageRig rig;
  rig.open();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(rig.publish(rig.event(i % 7 + 1)));
  rig.open();
  EXPECT_EQ(rig.all_of(1).total, 143u);
  EXPECT_EQ(rig.log_after().size(), 1000u);
}

TEST(UsageLog, KeepsWhatWasPublishedAndNeverDrained) {
  UsageRig rig;
  rig.options.shards = 3;
  rig.open();
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(rig.publish(rig.event(i % 7 + 1), i % 3));
  rig.crash();
  rig.options.shards = 1;
  rig.open();
  EXPECT_EQ(rig.log_after().size(), 300u) << "drained before open() returns";
  EXPECT_EQ(rig.all_of(1).total, 43u);
  EXPECT_EQ(rig.log->stats().lost_bytes_at_start, 0u);
}

TEST(UsageLog, FoldsAMinuteOnceItIsOver) {
  UsageRig rig;
  rig.open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(rig.publish(rig.event(3)));
  rig.settle();
  EXPECT_EQ(rig.log->stats().folds, 0u);
  rig.clock.advance(2 * kMinuteNs);
  rig.settle();
  EXPECT_EQ(rig.log->stats().folds, 1u);
  EXPECT_EQ(rig.all_of(3).total, 10u);
  rig.clock.advance(10 * kMinuteNs);
  rig.settle();
  EXPECT_EQ(rig.log->stats().folds, 1u) << "nothing new, nothing to fold";
}

}  // namespace
