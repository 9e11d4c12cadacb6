// Deadlines of many owners on one thread, cheap to move later: the usual case is that a deadline is
// pushed back by every request and never fires.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/time.h"

namespace core {

// Embedded in its owner (one per connection). Must be cancelled before the owner goes: destroying a
// scheduled timer is a broken invariant.
class Timer {
 public:
  Timer() = default;
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool scheduled() const noexcept { return previous_ != nullptr; }
  BootNanos deadline() const noexcept { return deadline_; }

 private:
  friend class TimerWheel;
  Timer* previous_ = nullptr;  // Links of the wheel's slot, a ring with the slot's head in it.
  Timer* next_ = nullptr;
  BootNanos deadline_ = 0;
};

// A hashed wheel of kSlots slots of kTick each. A timer whose deadline was moved later stays in its
// slot and is put where it belongs when that slot comes round: moving later is one store. Fires
// late by at most one tick, never early.
//
// Owner:     one shard.
// Bound:     a tick visits its slot's timers only, and an advance over any span at most one lap.
// Source:    Varghese and Lauck, "Hashed and hierarchical timing wheels" (1987), scheme 6.
// Proven by: tests/unit/core/runtime/timer_wheel_test.cc, against a sorted list.
class TimerWheel {
 public:
  static constexpr BootNanos kTick = 64 * 1024 * 1024;  // 67 ms: well under the shortest deadline.
  static constexpr std::size_t kSlots = 2048;           // 137 s: beyond the longest usual deadline.

  explicit TimerWheel(BootNanos now);
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Sets or moves the timer's deadline. Later is one store; earlier relinks it.
  void schedule(Timer& timer, BootNanos deadline) noexcept;
  void cancel(Timer& timer) noexcept;

  // Calls expired(Timer&) for every timer due at `now`, unlinked before the call: the callback may
  // schedule or cancel any timer, this one too.
  template <typename Expired>
  void advance(BootNanos now, Expired&& expired);

  // When advance() may have something to do; INT64_MAX when no timer is scheduled.
  BootNanos next_tick() const noexcept;
  std::size_t size() const noexcept { return size_; }

 private:
  Timer* pop_due(BootNanos now) noexcept;
  std::int64_t next_occupied_tick() const noexcept;

  void link(Timer& timer) noexcept;
  void unlink(Timer& timer) noexcept;

  std::vector<Timer> heads_;
  std::array<std::uint64_t, kSlots / 64> occupied_{};  // A bit per slot that holds timers.
  std::int64_t tick_;        // The first tick that has not been visited yet.
  Timer* cursor_ = nullptr;  // The next timer to look at in the slot of tick_ - 1; null: none.
  std::size_t size_ = 0;
};

template <typename Expired>
void TimerWheel::advance(BootNanos now, Expired&& expired) {
  while (Timer* timer = pop_due(now)) expired(*timer);
}

}  // namespace core
