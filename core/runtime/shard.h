// The event loop of one shard: reap, renew, run what was reaped, expire timers, wait.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "core/base/time.h"
#include "core/runtime/clock.h"
#include "core/runtime/ring.h"
#include "core/runtime/timer_wheel.h"

namespace core {

// What a shard runs. The calls of one turn come in this order, all on the shard's thread:
//   begin_turn, on_mail, on_completion for each, on_timer for each that is due, end_turn.
class TurnHandler {
 public:
  virtual ~TurnHandler() = default;

  // A batch has been reaped: everything it holds was in hand before this call, so state read from
  // here on is at least as new as any answer that was sent before those requests began.
  virtual void begin_turn(const TurnTime& time) = 0;

  // Takes everything out of the mailboxes.
  virtual void on_mail() = 0;
  virtual bool has_mail() const = 0;

  virtual void on_completion(const Completion& completion) = 0;
  virtual void on_timer(Timer& timer) = 0;
  virtual void end_turn() = 0;

  // The loop is about to wait: give up what must not be held while asleep (the read snapshot).
  virtual void before_block() = 0;
};

struct ShardOptions {
  std::int64_t busy_poll_us = 0;  // Spin this long after the last busy turn before blocking.
};

// Owner:     the thread that calls run(). stop() is for any thread.
// Proven by: tests/unit/core/runtime/shard_test.cc.
class Shard {
 public:
  Shard(const ShardOptions& options, Ring& ring, const Clock& clock, TurnHandler& handler);

  // Turns until stop(). The first turn is run with nothing reaped.
  void run();

  // One turn, of at most kReapMax completions. `may_block`: wait for a completion, the next timer
  // or a wake-up; else poll. Returns whether anything was reaped or was in the mail.
  bool run_turn(bool may_block);

  void stop() noexcept;

  TimerWheel& timers() noexcept { return timers_; }
  const TurnTime& time() const noexcept { return time_; }

 private:
  std::span<const Completion> gather(bool may_block);
  std::span<const Completion> spin();
  std::span<const Completion> block();
  bool work_is_due(BootNanos now) const;
  bool handle(std::span<const Completion> completions);

  const ShardOptions options_;
  Ring& ring_;
  const Clock& clock_;
  TurnHandler& handler_;
  TurnTime time_;
  TimerWheel timers_;
  BootNanos last_busy_ = 0;
  std::atomic<bool> stopping_{false};
};

}  // namespace core
