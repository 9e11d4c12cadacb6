#include "core/service/index_building.h"

#include <gtest/gtest.h>

#include "tests/support/fake_ports.h"
#include "tests/support/line_log.h"

namespace core {
namespace {

class IndexBuildingTest : public testing::Test {
 protected:
  void answer(IndexTally tally) {
    commands_.take().answer(Outcome{.code = OutcomeCode::kDone, .row = std::move(tally)});
  }

  test::FakeCommands commands_;
  test::LineLog log_;
  IndexBuilding building_{commands_, log_};
};

TEST_F(IndexBuildingTest, AsksOncePerTickWhereThereIsNothingToDo) {
  building_.tick(5);
  building_.tick(6);
  ASSERT_EQ(commands_.waiting.size(), 1u);
  EXPECT_EQ(commands_.waiting.front().question.when, 5);
  EXPECT_TRUE(std::holds_alternative<BuildIndexes>(commands_.waiting.front().question.change));
  answer({});
  EXPECT_TRUE(commands_.waiting.empty());
  building_.tick(7);
  EXPECT_EQ(commands_.waiting.size(), 1u);
}

TEST_F(IndexBuildingTest, GoesOnAtOnceWhileThereIsMoreOneCommandAtATime) {
  building_.tick(5);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(commands_.waiting.size(), 1u);
    answer({.rows = 10, .more = true});
  }
  answer({});
  EXPECT_TRUE(commands_.waiting.empty());
}

TEST_F(IndexBuildingTest, TellsTheLogOfEachIndexThatIsBuilt) {
  building_.tick(5);
  answer({.rows = 1000, .more = true});
  EXPECT_EQ(log_.lines(), 0u);
  answer({.rows = 1500, .finished = "invoices.amount", .more = true});
  EXPECT_TRUE(log_.contains("index of invoices.amount is built: 1500 rows"));
}

TEST_F(IndexBuildingTest, TriesAgainWithTheNextTickAfterARefusal) {
  commands_.full = true;
  building_.tick(5);
  commands_.full = false;
  building_.tick(6);
  ASSERT_EQ(commands_.waiting.size(), 1u);
  commands_.take().answer(Outcome{.code = OutcomeCode::kStoreFull, .row = {}});
  EXPECT_TRUE(commands_.waiting.empty());
  building_.tick(7);
  EXPECT_EQ(commands_.waiting.size(), 1u);
}

}  // namespace
}  // namespace core
