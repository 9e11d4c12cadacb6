#include "storage/purge_changes.h"

#include <gtest/gtest.h>

#include "storage/verify.h"
#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;

class PurgeChanges : public testing::Test {
 protected:
  void expect_clean() {
    rig_.close();
    const auto report = storage::verify_store({.dir = rig_.options.dir});
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->clean()) << report->listed.front();
  }

  core::PurgeTally purge(const core::Purge& command) {
    const core::Outcome outcome = rig_.run(core::Purge(command));
    CHECK(outcome.code == OutcomeCode::kDone);
    return std::get<core::PurgeTally>(outcome.row);
  }
  core::Outcome create_once(const std::string& key) {
    core::CreateTenant create;
    create.name = "Acme";
    return rig_.run_once(key, "body", create);
  }

  test::StoreRig rig_;
};

TEST_F(PurgeChanges, AnswersGoOnceTheyAreOlderThanTheirRetention) {
  create_once("one");
  ++rig_.when;
  create_once("two");
  EXPECT_EQ(purge({.answers_before = 0}).answers, 0u);
  EXPECT_EQ(purge({.answers_before = rig_.when - 1}).answers, 0u);
  EXPECT_EQ(purge({.answers_before = rig_.when}).answers, 1u);
  EXPECT_FALSE(create_once("one").replayed);
  EXPECT_TRUE(create_once("two").replayed);
  EXPECT_EQ(purge({.answers_before = rig_.when + 1}).answers, 2u);
  expect_clean();
}

TEST_F(PurgeChanges, OneCommandTakesNoMoreThanItsBoundAndSaysThatMoreIsLeft) {
  for (int i = 0; i < 10; ++i) create_once(std::to_string(i));
  const core::Purge some{.answers_before = rig_.when + 1, .records_max = 4};
  core::PurgeTally tally = purge(some);
  EXPECT_EQ(tally.answers, 4u);
  EXPECT_TRUE(tally.more);
  EXPECT_TRUE(purge(some).more);
  tally = purge(some);
  EXPECT_EQ(tally.answers, 2u);
  EXPECT_FALSE(tally.more);
  expect_clean();
}

}  // namespace
