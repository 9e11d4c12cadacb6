#include "storage/failpoint.h"

#include <gtest/gtest.h>

#include <csignal>

namespace {

using storage::Failpoint;

TEST(Failpoint, DoesNothingWithoutAName) {
  Failpoint none("");
  none.pass("");
  none.pass("usage.after_write");
}

TEST(Failpoint, KillsTheProcessTheFirstTimeItIsPassed) {
  EXPECT_EXIT(
      {
        Failpoint point("a.place");
        point.pass("another.place");
        point.pass("a.place");
      },
      testing::KilledBySignal(SIGKILL), "");
}

TEST(Failpoint, KillsTheProcessTheTimeThatIsAskedFor) {
  Failpoint third("a.place:3");
  third.pass("a.place");
  third.pass("a.place");
  EXPECT_EXIT(third.pass("a.place"), testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
