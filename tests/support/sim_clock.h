// A clock that stands still until it is told to move.
#pragma once

#include "core/base/check.h"
#include "core/base/time.h"
#include "core/runtime/clock.h"

namespace sim {

// One thread. Starts at 2026-01-01T00:00:00Z, an hour after boot.
class SimClock final : public core::Clock {
 public:
  core::TurnTime now() const noexcept override { return time_; }
  core::BootNanos boot_now() const noexcept override { return time_.boot_ns; }

  // Both clocks go on together.
  void advance(core::BootNanos span) noexcept {
    CHECK(span >= 0);
    time_.boot_ns += span;
    wall_rest_ns_ += span;
    time_.wall_us += wall_rest_ns_ / 1000;
    wall_rest_ns_ %= 1000;
  }
  void advance_to(core::BootNanos boot_ns) noexcept { advance(boot_ns - time_.boot_ns); }

  // The wall clock is set, forwards or back; boot time goes on as before.
  void step_wall(core::WallMicros by) noexcept { time_.wall_us += by; }

 private:
  core::TurnTime time_{.wall_us = 1'767'225'600 * core::kMicrosPerSecond,
                       .boot_ns = 3600 * core::kNanosPerSecond};
  core::BootNanos wall_rest_ns_ = 0;
};

}  // namespace sim
