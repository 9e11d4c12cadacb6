#include "core/base/check.h"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(Check, EvaluatesItsConditionOnceAndGoesOn) {
  int evaluations = 0;
  CHECK(++evaluations == 1);
  EXPECT_EQ(evaluations, 1);
}

TEST(CheckDeathTest, NamesTheConditionAndThePlaceBeforeItStops) {
  EXPECT_DEATH(CHECK(1 + 1 == 3),
               "tollgate: broken invariant: 1 \\+ 1 == 3 at .*check_test\\.cc:[0-9]+");
}

}  // namespace
}  // namespace core
