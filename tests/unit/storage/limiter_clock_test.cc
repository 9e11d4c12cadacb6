#include "storage/limiter_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temp_folder.h"

namespace storage {
namespace {

using core::kNanosPerSecond;
using core::TurnTime;

constexpr core::WallMicros kWall = 1'767'225'600 * core::kMicrosPerSecond;
constexpr std::int64_t kHour = 3600 * kNanosPerSecond;

BootId boot_named(char last) {
  BootId id;
  std::ranges::copy(std::string_view("6e5d8a2c-0000-4000-8000-00000000000"), id.begin());
  id.back() = last;
  return id;
}

TurnTime time_at(core::BootNanos boot_ns, std::int64_t wall_offset_ns = 0) {
  return {.wall_us = kWall + (boot_ns + wall_offset_ns) / 1000, .boot_ns = boot_ns};
}

class LimiterClockTest : public testing::Test {
 protected:
  LimiterClock start(const TurnTime& now) {
    return LimiterClock::start(area_, boot_named('a'), now, kLimiterTimeStart);
  }
  core::Result<LimiterClock> resume(char boot, const TurnTime& now) {
    return LimiterClock::resume(area_, boot_named(boot), now);
  }

  std::vector<std::byte> area_ = std::vector<std::byte>(LimiterClock::kBytes);
};

TEST_F(LimiterClockTest, GoesWithBootTimeFromItsStart) {
  const LimiterClock clock = start(time_at(kHour));
  EXPECT_EQ(clock.at(time_at(kHour)), kLimiterTimeStart);
  EXPECT_EQ(clock.at(time_at(kHour + 17)), kLimiterTimeStart + 17);
  EXPECT_EQ(clock.offset_ns(), kLimiterTimeStart - kHour);
}

TEST_F(LimiterClockTest, StepsOfTheWallClockDoNotMoveIt) {
  LimiterClock clock = start(time_at(kHour));
  for (const std::int64_t step : {-kHour, 24 * kHour, kNanosPerSecond, -30 * 365 * 24 * kHour}) {
    const TurnTime now = time_at(2 * kHour, step);
    EXPECT_EQ(clock.at(now), kLimiterTimeStart + kHour);
    clock.save(now);
    const auto resumed = resume('a', time_at(3 * kHour, -step));
    ASSERT_TRUE(resumed);
    EXPECT_TRUE(resumed->same_boot());
    EXPECT_EQ(resumed->at(time_at(3 * kHour)), kLimiterTimeStart + 2 * kHour);
  }
}

TEST_F(LimiterClockTest, UnderTheSameBootIdItGoesOnExactlyHoweverOldTheSaveIs) {
  const LimiterClock clock = start(time_at(kHour));
  const TurnTime later = time_at(1000 * kHour + 123);
  const auto resumed = resume('a', later);
  ASSERT_TRUE(resumed);
  EXPECT_TRUE(resumed->same_boot());
  EXPECT_EQ(resumed->offset_ns(), clock.offset_ns());
}

TEST_F(LimiterClockTest, OverARebootItGoesForwardByTheWallClock) {
  LimiterClock clock = start(time_at(kHour));
  clock.save(time_at(2 * kHour));
  const TurnTime rebooted{.wall_us = time_at(2 * kHour).wall_us + 90 * core::kMicrosPerSecond,
                          .boot_ns = 5 * kNanosPerSecond};
  const auto resumed = resume('b', rebooted);
  ASSERT_TRUE(resumed);
  EXPECT_FALSE(resumed->same_boot());
  EXPECT_EQ(resumed->at(rebooted), clock.at(time_at(2 * kHour)) + 90 * kNanosPerSecond);
}

TEST_F(LimiterClockTest, OverARebootUnderAWallClockGoneBackItStaysWhereItWas) {
  LimiterClock clock = start(time_at(kHour));
  clock.save(time_at(2 * kHour));
  const TurnTime rebooted{.wall_us = 0, .boot_ns = 5 * kNanosPerSecond};
  const auto resumed = resume('b', rebooted);
  ASSERT_TRUE(resumed);
  EXPECT_EQ(resumed->at(rebooted), clock.at(time_at(2 * kHour)));
}

TEST_F(LimiterClockTest, AWallClockGoneWildMovesItByAFullBucketAtMost) {
  const LimiterClock clock = start(time_at(kHour));
  const TurnTime rebooted{.wall_us = INT64_MAX / 4, .boot_ns = 5 * kNanosPerSecond};
  const auto resumed = resume('b', rebooted);
  ASSERT_TRUE(resumed);
  const std::int64_t moved = resumed->at(rebooted) - clock.at(time_at(kHour));
  EXPECT_LE(moved, kLimiterForwardMax);
  EXPECT_GT(moved, kLimiterForwardMax - 1000);
}

TEST_F(LimiterClockTest, ABootTimeGoneBackUnderOneBootIdCountsAsAReboot) {
  const LimiterClock clock = start(time_at(10 * kHour));
  const TurnTime restored{.wall_us = time_at(10 * kHour).wall_us, .boot_ns = kHour};
  const auto resumed = resume('a', restored);
  ASSERT_TRUE(resumed);
  EXPECT_FALSE(resumed->same_boot());
  EXPECT_EQ(resumed->at(restored), clock.at(time_at(10 * kHour)));
}

TEST_F(LimiterClockTest, NeverGoesBackOverManyRestartsAndReboots) {
  TurnTime now = time_at(kHour);
  start(now);
  core::LimiterNanos last = kLimiterTimeStart;
  for (int run = 0; run < 100; ++run) {
    const bool reboot = run % 3 == 0;
    now.boot_ns = reboot ? kNanosPerSecond : now.boot_ns + 7;
    now.wall_us += (run % 5 - 2) * 1'000'000'000LL;
    auto clock = resume(static_cast<char>('a' + (run / 3 + 1) % 26), now);
    ASSERT_TRUE(clock);
    ASSERT_GE(clock->at(now), last);
    last = clock->at(now);
    clock->save(now);
  }
}

TEST_F(LimiterClockTest, OneDamagedCopyLeavesTheOther) {
  const TurnTime last = time_at(kHour + 2 * kNanosPerSecond);
  for (std::size_t damaged = 0; damaged < 2; ++damaged) {
    LimiterClock clock = start(time_at(kHour));
    clock.save(last);
    area_[damaged * TwinRecord::kPageBytes + TwinRecord::kPayloadAt + 3] ^= std::byte{0x10};
    const auto resumed = resume('a', time_at(2 * kHour));
    ASSERT_TRUE(resumed);
    EXPECT_EQ(resumed->offset_ns(), clock.offset_ns());
  }
}

TEST_F(LimiterClockTest, BothCopiesDamagedIsANamedError) {
  start(time_at(kHour));
  area_[TwinRecord::kPayloadAt] ^= std::byte{1};
  area_[TwinRecord::kPageBytes + TwinRecord::kPayloadAt] ^= std::byte{1};
  const auto resumed = resume('a', time_at(kHour));
  ASSERT_FALSE(resumed);
  EXPECT_NE(core::describe(resumed.error()).find("both copies of its clock are damaged"),
            std::string::npos);
}

TEST_F(LimiterClockTest, SavesOfALateTurnAreIgnored) {
  LimiterClock clock = start(time_at(kHour));
  clock.save(time_at(2 * kHour));
  const std::vector<std::byte> before = area_;
  clock.save(time_at(kHour));
  EXPECT_EQ(area_, before);
}

TEST_F(LimiterClockTest, AdvancesToALaterTimeAndNeverToAnEarlierOne) {
  const TurnTime now = time_at(kHour);
  LimiterClock clock = start(now);
  clock.advance_to(kLimiterTimeStart - 5, now);
  EXPECT_EQ(clock.at(now), kLimiterTimeStart);
  clock.advance_to(kLimiterTimeStart + 5, now);
  EXPECT_EQ(clock.at(now), kLimiterTimeStart + 5);
}

TEST(ReadBootId, ReadsTheKernelsAndRefusesWhatIsNone) {
  const core::TempFolder folder;
  EXPECT_FALSE(read_boot_id(folder.file("missing")));
  for (const char* text : {"", "short\n", "6e5d8a2c-0000-4000-8000-00000000000X\n"}) {
    std::ofstream(folder.file("id")) << text;
    EXPECT_FALSE(read_boot_id(folder.file("id"))) << text;
  }
  std::ofstream(folder.file("id")) << "6e5d8a2c-0000-4000-8000-00000000000a\n";
  const auto id = read_boot_id(folder.file("id"));
  ASSERT_TRUE(id);
  EXPECT_EQ(*id, boot_named('a'));
  EXPECT_TRUE(read_boot_id(kBootIdPath));
}

}  // namespace
}  // namespace storage
