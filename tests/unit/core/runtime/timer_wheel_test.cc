#include "core/runtime/timer_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/base/time.h"

namespace core {
namespace {

constexpr BootNanos kTick = TimerWheel::kTick;
constexpr BootNanos kLap = kTick * static_cast<BootNanos>(TimerWheel::kSlots);
constexpr BootNanos kStart = 1'000'000'000'007;

int fired_at(TimerWheel& wheel, BootNanos now) {
  int fired = 0;
  wheel.advance(now, [&](Timer& timer) {
    EXPECT_LE(timer.deadline(), now);
    EXPECT_FALSE(timer.scheduled());
    ++fired;
  });
  return fired;
}

TEST(TimerWheel, FiresNotEarlyAndAtMostATickLate) {
  for (const BootNanos span :
       {BootNanos{1}, kTick - 1, kTick, kTick + 1, kLap - 1, kLap, 3 * kLap}) {
    TimerWheel wheel(kStart);
    Timer timer;
    wheel.schedule(timer, kStart + span);
    EXPECT_EQ(fired_at(wheel, kStart + span - 1), 0) << span;
    EXPECT_EQ(fired_at(wheel, kStart + span + kTick), 1) << span;
  }
}

TEST(TimerWheel, ADeadlineThatHasPassedFiresByTheNextTick) {
  TimerWheel wheel(kStart);
  Timer timer;
  wheel.schedule(timer, kStart - 5 * kLap);
  EXPECT_EQ(fired_at(wheel, kStart + kTick), 1);
}

TEST(TimerWheel, MovedLaterItFiresThenAndOnlyOnce) {
  TimerWheel wheel(kStart);
  Timer timer;
  wheel.schedule(timer, kStart + 2 * kTick);
  wheel.schedule(timer, kStart + 9 * kTick);
  EXPECT_EQ(wheel.size(), 1u);
  EXPECT_EQ(fired_at(wheel, kStart + 8 * kTick), 0);
  wheel.schedule(timer, kStart + 3 * kLap);
  EXPECT_EQ(fired_at(wheel, kStart + 2 * kLap), 0);
  EXPECT_EQ(fired_at(wheel, kStart + 4 * kLap), 1);
  EXPECT_EQ(fired_at(wheel, kStart + 9 * kLap), 0);
}

TEST(TimerWheel, MovedEarlierItFiresEarlier) {
  TimerWheel wheel(kStart);
  Timer timer;
  wheel.schedule(timer, kStart + kLap);
  wheel.schedule(timer, kStart + 3 * kTick);
  EXPECT_EQ(fired_at(wheel, kStart + 4 * kTick), 1);
}

TEST(TimerWheel, CancelledItNeverFiresAndMayBeCancelledAgain) {
  TimerWheel wheel(kStart);
  Timer timer;
  wheel.cancel(timer);
  wheel.schedule(timer, kStart + kTick);
  wheel.cancel(timer);
  wheel.cancel(timer);
  EXPECT_FALSE(timer.scheduled());
  EXPECT_EQ(fired_at(wheel, kStart + kLap), 0);
}

TEST(TimerWheel, SaysWhenItHasSomethingToDo) {
  TimerWheel wheel(kStart);
  EXPECT_EQ(wheel.next_tick(), std::numeric_limits<BootNanos>::max());
  Timer near;
  Timer far;
  wheel.schedule(far, kStart + kLap / 2);
  EXPECT_GE(wheel.next_tick(), kStart + kLap / 2);
  EXPECT_LE(wheel.next_tick(), kStart + kLap / 2 + kTick);
  wheel.schedule(near, kStart + kTick);
  EXPECT_LE(wheel.next_tick(), kStart + 2 * kTick);
  EXPECT_EQ(fired_at(wheel, wheel.next_tick()), 1);
  EXPECT_EQ(fired_at(wheel, wheel.next_tick()), 1);
  EXPECT_EQ(wheel.next_tick(), std::numeric_limits<BootNanos>::max());
}

TEST(TimerWheel, ACallbackMayCancelEveryOtherTimerOfItsSlot) {
  TimerWheel wheel(kStart);
  Timer timers[5];
  for (Timer& timer : timers) wheel.schedule(timer, kStart + kTick);
  int fired = 0;
  wheel.advance(kStart + 3 * kTick, [&](Timer&) {
    ++fired;
    for (Timer& timer : timers) wheel.cancel(timer);
  });
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimerWheel, ACallbackMayDestroyItsTimerAndTheNext) {
  TimerWheel wheel(kStart);
  std::vector<std::unique_ptr<Timer>> timers(4);
  for (auto& timer : timers) {
    timer = std::make_unique<Timer>();
    wheel.schedule(*timer, kStart + kTick);
  }
  int fired = 0;
  wheel.advance(kStart + 3 * kTick, [&](Timer&) {
    ++fired;
    for (auto& timer : timers) {
      if (timer) wheel.cancel(*timer);
      timer.reset();
    }
  });
  EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, ATimerThatIsSetAgainByItsOwnCallbackDoesNotHoldUpTheAdvance) {
  TimerWheel wheel(kStart);
  Timer timer;
  wheel.schedule(timer, kStart);
  int fired = 0;
  wheel.advance(kStart + 10 * kTick, [&](Timer& due) {
    ++fired;
    wheel.schedule(due, kStart);
  });
  EXPECT_LE(fired, 11);
  EXPECT_TRUE(timer.scheduled());
  wheel.cancel(timer);
}

TEST(TimerWheelDeathTest, AScheduledTimerMustNotGo) {
  EXPECT_DEATH(
      {
        TimerWheel wheel(kStart);
        auto timer = std::make_unique<Timer>();
        wheel.schedule(*timer, kStart);
        timer.reset();
      },
      "scheduled");
}

// The naive model: each timer's deadline, or none.
struct Model {
  std::vector<std::int64_t> deadlines;
  static constexpr std::int64_t kNone = -1;
};

class TimerWheelModel {
 public:
  explicit TimerWheelModel(std::uint64_t seed) : random_(seed), wheel_(kStart), timers_(kTimers) {
    model_.deadlines.assign(kTimers, Model::kNone);
  }
  ~TimerWheelModel() {
    for (Timer& timer : timers_) wheel_.cancel(timer);
  }

  void step() {
    for (int i = 0; i < 8; ++i) touch(below(kTimers));
    const std::int64_t wheel_tick = wheel_.next_tick();
    now_ += span();
    std::vector<bool> fired(kTimers);
    wheel_.advance(now_, [&](Timer& timer) {
      const auto at = static_cast<std::size_t>(&timer - timers_.data());
      ASSERT_FALSE(fired[at] && model_.deadlines[at] == Model::kNone) << "fired twice";
      ASSERT_EQ(timer.deadline(), model_.deadlines[at]);
      ASSERT_LE(timer.deadline(), now_) << "fired early";
      ASSERT_LE(wheel_tick, now_) << "fired before the tick that was told";
      fired[at] = true;
      model_.deadlines[at] = Model::kNone;
      if (below(4) == 0) touch(below(kTimers));
    });
    check();
  }

 private:
  static constexpr std::size_t kTimers = 40;

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  BootNanos span() {
    switch (below(6)) {
      case 0:
        return 0;
      case 1:
        return static_cast<BootNanos>(below(kTick));
      case 2:
        return static_cast<BootNanos>(below(3 * kLap));
      case 3:
        return kTick * static_cast<BootNanos>(below(5));
      default:
        return static_cast<BootNanos>(below(20 * kTick));
    }
  }

  // Schedules, moves or cancels one.
  void touch(std::size_t at) {
    if (below(4) == 0) {
      wheel_.cancel(timers_[at]);
      model_.deadlines[at] = Model::kNone;
      return;
    }
    const BootNanos deadline = now_ + span() - (below(8) == 0 ? kTick : 0);
    wheel_.schedule(timers_[at], deadline);
    model_.deadlines[at] = deadline;
  }

  void check() {
    std::size_t scheduled = 0;
    std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < kTimers; ++i) {
      const bool is_scheduled = model_.deadlines[i] != Model::kNone;
      ASSERT_EQ(timers_[i].scheduled(), is_scheduled);
      if (!is_scheduled) continue;
      ++scheduled;
      earliest = std::min(earliest, model_.deadlines[i]);
      ASSERT_GT(model_.deadlines[i] + kTick, now_ - kTick) << "late";
    }
    ASSERT_EQ(wheel_.size(), scheduled);
    if (scheduled == 0) return;
    ASSERT_GT(wheel_.next_tick(), now_);
    ASSERT_LE(wheel_.next_tick(), std::max(earliest, now_) + kTick);
  }

  std::mt19937_64 random_;
  TimerWheel wheel_;
  std::vector<Timer> timers_;
  Model model_;
  BootNanos now_ = kStart;
};

TEST(TimerWheel, AgreesWithAListOfDeadlines) {
  const std::uint64_t first = std::random_device{}();
  for (std::uint64_t seed = first; seed < first + 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TimerWheelModel model(seed);
    for (int i = 0; i < 500 && !testing::Test::HasFatalFailure(); ++i) model.step();
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace core
