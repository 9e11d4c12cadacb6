#include "core/service/retention.h"

#include <gtest/gtest.h>

#include "tests/support/fake_ports.h"
#include "tests/support/line_log.h"

namespace core {
namespace {

constexpr WallMicros kNow = 1'767'225'600'000'000;
constexpr WallMicros kDay = 24 * 3600 * kMicrosPerSecond;

class RetentionTest : public testing::Test {
 protected:
  Purge take() {
    waiting_ = commands_.take();
    when_ = waiting_.question.when;
    return std::get<Purge>(waiting_.question.change);
  }
  void answer(PurgeTally tally) {
    waiting_.answer(Outcome{.code = OutcomeCode::kDone, .row = tally});
  }

  test::FakeCommands commands_;
  test::LineLog log_;
  Retention retention_{
      {.deleted = 30 * kDay, .answers = kDay, .audit = 400 * kDay}, commands_, log_};
  test::Waiting<Command> waiting_;
  WallMicros when_ = 0;
};

TEST_F(RetentionTest, AsksForWhatIsOlderThanItsPeriodByTheTicksTime) {
  retention_.tick(kNow);
  const Purge purge = take();
  EXPECT_EQ(when_, kNow);
  EXPECT_EQ(purge.deleted_before, kNow - 30 * kDay);
  EXPECT_EQ(purge.answers_before, kNow - kDay);
  EXPECT_EQ(purge.audit_before, kNow - 400 * kDay);
  EXPECT_GT(purge.records_max, 0U);
}

TEST_F(RetentionTest, APeriodOfZeroKeepsForEver) {
  Retention retention({.deleted = 0, .answers = kDay, .audit = 0}, commands_, log_);
  retention.tick(kNow);
  const Purge purge = take();
  EXPECT_EQ(purge.deleted_before, 0);
  EXPECT_EQ(purge.audit_before, 0);
  EXPECT_EQ(purge.answers_before, kNow - kDay);
}

TEST_F(RetentionTest, AClockBeforeThePeriodTakesNothing) {
  retention_.tick(5);
  EXPECT_EQ(take().deleted_before, 0);
}

TEST_F(RetentionTest, GoesOnAtOnceWhileThereIsMoreAndLogsOnceAtTheEnd) {
  retention_.tick(kNow);
  for (int i = 0; i < 5; ++i) {
    take();
    EXPECT_TRUE(commands_.waiting.empty());  // One at a time.
    answer({.rows = 10, .webhooks = 3, .answers = 2, .audit_entries = 3, .more = true});
  }
  EXPECT_EQ(log_.lines(), 0U);
  take();
  answer({.tenants = 1, .rows = 1, .admin_tokens = 1});
  EXPECT_TRUE(commands_.waiting.empty());
  EXPECT_EQ(log_.lines(), 1U);
  EXPECT_TRUE(
      log_.contains("1 tenants, 0 keys, 0 resources, 51 rows, 15 webhooks, 10 first answers, "
                    "1 admin tokens, 15 audit entries taken away"));
  EXPECT_EQ(retention_.totals().rows, 51U);
  EXPECT_EQ(retention_.totals().webhooks, 15U);
  EXPECT_EQ(retention_.totals().answers, 10U);
  EXPECT_EQ(retention_.totals().tenants, 1U);
  EXPECT_EQ(retention_.totals().admin_tokens, 1U);
  EXPECT_EQ(retention_.totals().audit_entries, 15U);
}

TEST_F(RetentionTest, ARoundHasABoundAndTheNextTickGoesOn) {
  for (int round = 0; round < 2; ++round) {
    retention_.tick(kNow + round);
    int commands = 0;
    for (; !commands_.waiting.empty(); ++commands) {
      take();
      EXPECT_EQ(when_, kNow + round);
      answer({.rows = 256, .more = true});
    }
    EXPECT_EQ(commands, Retention::kCommandsMax);
  }
  EXPECT_EQ(log_.lines(), 0U);
}

TEST_F(RetentionTest, ATickDuringARoundBeginsNoOther) {
  retention_.tick(kNow);
  take();
  retention_.tick(kNow + 1);
  EXPECT_TRUE(commands_.waiting.empty());
  answer({});
  retention_.tick(kNow + 2);
  take();
  EXPECT_EQ(when_, kNow + 2);
}

TEST_F(RetentionTest, ARoundWithoutAnythingToTakeSaysNothing) {
  retention_.tick(kNow);
  take();
  answer({});
  EXPECT_EQ(log_.lines(), 0U);
}

TEST_F(RetentionTest, OneTokenOrOneEntryIsWorthALine) {
  for (const PurgeTally& tally : {PurgeTally{.admin_tokens = 1}, PurgeTally{.audit_entries = 1}}) {
    retention_.tick(kNow);
    take();
    answer(tally);
  }
  EXPECT_EQ(log_.lines(), 2U);
}

TEST_F(RetentionTest, AFullQueueOrAStoreThatRefusesEndsTheRoundOnly) {
  commands_.full = true;
  retention_.tick(kNow);
  commands_.full = false;
  retention_.tick(kNow);
  take();
  waiting_.answer(Outcome{.code = OutcomeCode::kStoreFull, .row = {}});
  EXPECT_TRUE(commands_.waiting.empty());
  retention_.tick(kNow);
  EXPECT_EQ(commands_.waiting.size(), 1U);
}

}  // namespace
}  // namespace core
