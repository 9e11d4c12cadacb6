// The desk: fences, pages, totals, bounds.
#include "storage/usage_desk.h"

#include <gtest/gtest.h>

#include "storage/usage_worker.h"
#include "tests/support/usage_rig.h"

namespace {

using test::UsageRig;

TEST(UsageDesk, AnswersForManyKeysInTheirOrder) {
  UsageRig rig;
  rig.open();
  for (core::KeyId key = 1; key <= 10; ++key) {
    for (core::KeyId i = 0; i < key; ++i) ASSERT_TRUE(rig.publish(rig.event(key)));
  }
  rig.clock.advance(180 * core::kNanosPerSecond);
  rig.settle();  // In the rollups.
  ASSERT_TRUE(rig.publish(rig.event(3)));
  const auto totals = rig.ask<std::vector<core::KeyTotals>>(std::vector<core::KeyId>{10, 3, 99, 3});
  ASSERT_EQ(totals.size(), 4u);
  EXPECT_EQ(totals[0].total, 10u);
  EXPECT_EQ(totals[1].total, 4u);
  EXPECT_EQ(totals[1].last_used_at, rig.clock.now().wall_us);
  EXPECT_EQ(totals[2].total, 0u);
  EXPECT_EQ(totals[2].last_used_at, 0);
  EXPECT_EQ(totals[3].total, 4u);
}

TEST(UsageDesk, PagesThroughTheRawLogInTheOrderOfIds) {
  UsageRig rig;
  rig.open();
  for (std::uint64_t i = 1; i <= 250; ++i) ASSERT_TRUE(rig.publish(rig.event(i % 5 + 1)));
  core::UsageLogQuestion question;
  question.limit = 100;
  auto page = rig.ask<core::UsageLogPage>(question);
  ASSERT_EQ(page.rows.size(), 100u);
  EXPECT_EQ(page.next_after_id, 100u);
  question.after_id = 200;
  page = rig.ask<core::UsageLogPage>(question);
  ASSERT_EQ(page.rows.size(), 50u);
  EXPECT_EQ(page.rows.front().id, 201u);
  EXPECT_EQ(page.next_after_id, 0u);
  question = {.after_id = 0, .limit = 1000, .key_id = 2, .tenant_id = 0};
  page = rig.ask<core::UsageLogPage>(question);
  EXPECT_EQ(page.rows.size(), 50u);
  for (const auto& row : page.rows) EXPECT_EQ(row.event.key_id, 2u);
  question = {.after_id = 0, .limit = 50, .key_id = 2, .tenant_id = 0};
  page = rig.ask<core::UsageLogPage>(question);
  EXPECT_EQ(page.rows.size(), 50u);
  EXPECT_EQ(page.next_after_id, 0u) << "the last page knows that it is";
  question = {.after_id = 0, .limit = 1000, .key_id = 0, .tenant_id = 8};
  EXPECT_TRUE(rig.ask<core::UsageLogPage>(question).rows.empty());
}

TEST(UsageDesk, EndsAPageEarlyRatherThanReadOnForLong) {
  UsageRig rig;
  rig.options.ring_bytes = std::size_t{1} << 20;
  rig.open();
  constexpr std::uint64_t kRecords = 120'000;  // 10 MiB.
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    while (!rig.publish(rig.event(i == kRecords ? 2 : 1))) {
      rig.clock.advance(5'000'000);
      rig.log->turn();
    }
  }
  core::UsageLogQuestion question;
  question.key_id = 2;
  int pages = 0;
  for (;; ++pages) {
    const auto page = rig.ask<core::UsageLogPage>(question);
    if (!page.rows.empty()) {
      EXPECT_EQ(page.rows[0].id, kRecords);
      break;
    }
    ASSERT_GT(page.next_after_id, question.after_id);
    EXPECT_LT((page.next_after_id - question.after_id) * 80,
              storage::UsageWorker::kPageScanBytes + storage::kBatchPayloadMax);
    question.after_id = page.next_after_id;
  }
  EXPECT_GE(pages, 2);
}

TEST(UsageDesk, RefusesMoreQuestionsThanItHasRoomFor) {
  UsageRig rig;
  rig.open();
  core::UsageQuestion question;
  question.key_id = 1;
  std::uint32_t asked = 0;
  while (rig.log->desk().ask(question, rig.replies, asked)) ++asked;
  EXPECT_EQ(asked, storage::UsageQuestions::kOutstandingMax);
  while (rig.replies.size() < asked) rig.log->turn();
  EXPECT_TRUE(rig.log->desk().ask(question, rig.replies, 0));
}

TEST(UsageDesk, AnswersWhatWaitsBeforeItStopsAndNothingAfterwards) {
  UsageRig rig;
  rig.open();
  ASSERT_TRUE(rig.publish(rig.event(4)));
  core::UsageQuestion question;
  question.key_id = 4;
  question.to = rig.clock.now().wall_us + 60'000'000;
  ASSERT_TRUE(rig.log->desk().ask(question, rig.replies, 12));
  rig.log->stop();
  ASSERT_EQ(rig.replies.size(), 1u);
  const core::Reply reply = rig.replies.take();
  EXPECT_EQ(reply.token, 12u);
  EXPECT_EQ(std::get<core::UsageAnswer>(reply.body).count, 1u);
  EXPECT_FALSE(rig.log->desk().ask(question, rig.replies, 13));
}

TEST(UsageDesk, HasTheSameAnswerWhileRowsAreOnTheirWayIntoTheRollups) {
  UsageRig rig;
  rig.options.ring_bytes = std::size_t{4} << 20;
  rig.open();
  for (core::KeyId key = 1; key <= 8'000; ++key) ASSERT_TRUE(rig.publish(rig.event(key)));
  rig.clock.advance(180 * core::kNanosPerSecond);
  core::UsageQuestion question;
  question.key_id = 5;
  question.to = rig.clock.now().wall_us;
  question.window = core::UsageWindow::kNone;
  // Fences reached before, during and after the fold; answered whenever the worker comes to it.
  std::uint64_t asked = 0;
  for (int turn = 0; rig.log->stats().folds == 0 || turn < 40; ++turn) {
    ASSERT_LT(turn, 1000);
    if (rig.log->desk().ask(question, rig.replies, 1)) ++asked;
    rig.log->turn();
  }
  rig.settle();
  ASSERT_EQ(rig.replies.size(), asked);
  for (; asked > 0; --asked) {
    const auto answer = std::get<core::UsageAnswer>(rig.replies.take().body);
    ASSERT_EQ(answer.count, 1u);
    ASSERT_EQ(answer.total, 1u);
  }
}

TEST(UsageDesk, TellsACheckpointOnlyOfWhatIsOnDisk) {
  UsageRig rig;
  rig.open();
  std::vector<std::uint64_t> positions;
  rig.log->set_checkpoint([&](storage::LogPosition at) { positions.push_back(at.id); });
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(rig.publish(rig.event(1)));
  rig.log->turn();
  EXPECT_TRUE(positions.empty());
  rig.clock.advance(31 * core::kNanosPerSecond);
  rig.disk.faults.sync = EIO;
  ASSERT_TRUE(rig.publish(rig.event(1)));
  rig.log->turn();
  ASSERT_EQ(positions.size(), 1u);
  EXPECT_EQ(positions[0], 10u) << "the 11th is not on disk";
  rig.disk.faults.sync = 0;
  rig.log->stop();
  ASSERT_EQ(positions.size(), 2u);
  EXPECT_EQ(positions[1], 10u) << "the disk had refused, and the pause is not over";
  EXPECT_EQ(rig.log_after(positions[0]).size(), 0u);
}

}  // namespace
