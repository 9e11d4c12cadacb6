#include "core/runtime/clock.h"

#include <time.h>

#include "core/base/check.h"

namespace core {
namespace {

timespec read_clock(clockid_t id) noexcept {
  timespec at;
  CHECK(clock_gettime(id, &at) == 0);
  return at;
}

}  // namespace

TurnTime SystemClock::now() const noexcept {
  const timespec wall = read_clock(CLOCK_REALTIME);
  return {.wall_us = wall.tv_sec * kMicrosPerSecond + wall.tv_nsec / 1000, .boot_ns = boot_now()};
}

BootNanos SystemClock::boot_now() const noexcept {
  const timespec boot = read_clock(CLOCK_BOOTTIME);
  return boot.tv_sec * kNanosPerSecond + boot.tv_nsec;
}

}  // namespace core
