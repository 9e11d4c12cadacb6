#include "core/runtime/clock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>

namespace core {
namespace {

TEST(SystemClock, BootTimeNeverGoesBack) {
  const SystemClock clock;
  BootNanos last = clock.boot_now();
  EXPECT_GT(last, 0);
  for (int i = 0; i < 1000; ++i) {
    const BootNanos now = i % 2 == 0 ? clock.boot_now() : clock.now().boot_ns;
    EXPECT_GE(now, last);
    last = now;
  }
}

// The file system stamps a new file with the wall clock, too.
TEST(SystemClock, WallTimeIsInMicrosecondsSince1970) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  struct stat stamp {};
  ASSERT_EQ(fstat(fileno(file), &stamp), 0);
  std::fclose(file);
  const WallMicros wall_us = SystemClock().now().wall_us;
  EXPECT_LT(std::abs(wall_us / kMicrosPerSecond - stamp.st_mtim.tv_sec), 60);
}

}  // namespace
}  // namespace core
