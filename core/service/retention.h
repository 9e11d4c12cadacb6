// Retention: asks the store's writer, a little at a time, to take away for good what is older than
// the operator wants to keep.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/log.h"
#include "core/base/time.h"
#include "core/service/ports.h"

namespace core {

// How long each kind is kept; 0: for ever.
struct RetentionPeriods {
  WallMicros deleted = 0;  // Since the deletion.
  WallMicros answers = 0;  // Since they were given. Requires: 0, or at least kReplayWindow.
  WallMicros audit = 0;    // Since they were written.
};

// A round begins with each tick, unless the one before goes on: Purge commands one after the other,
// each when the one before is answered, until nothing is left or kCommandsMax are done. They wait
// in the writer's queue with everyone else's, so others are held up by one of them at most.
//
// Threads: tick() from one; post() from the writer's, as the answer to the round's one command that
//          is under way; totals() from any. What tick() and post() share is handed over with
//          is_running_: it belongs to the round while that is true, else to tick().
// Proven by: tests/unit/core/service/retention_test.cc; with threads, under TSan:
//            tests/unit/storage/store_retention_test.cc.
class Retention final : public ReplyPost {
 public:
  // 256 records each: 16 384 a second, more than can be made with an Idempotency-Key; at 0.6 ms
  // each, its flush apart, 4 % of the writer's second.
  static constexpr int kCommandsMax = 64;

  // `commands` and `log` must outlive it; it must outlive the writer.
  Retention(const RetentionPeriods& periods, CommandSink& commands, Log& log) noexcept
      : periods_(periods), commands_(commands), log_(log) {}

  // Once a second or less often.
  void tick(WallMicros now) noexcept;

  void post(Reply&& reply) noexcept override;

  // What was taken away since the start.
  PurgeTally totals() const noexcept;

 private:
  void submit() noexcept;
  void end_round() noexcept;
  void count(const PurgeTally& tally) noexcept;
  void log_taken() noexcept;

  const RetentionPeriods periods_;
  CommandSink& commands_;
  Log& log_;
  std::atomic<bool> is_running_{false};

  // The round's.
  WallMicros now_ = 0;
  int commands_left_ = 0;
  PurgeTally unlogged_;  // Of rounds that ended with more to take, too.

  // Written by post() alone.
  std::atomic<std::uint64_t> tenants_{0};
  std::atomic<std::uint64_t> keys_{0};
  std::atomic<std::uint64_t> resources_{0};
  std::atomic<std::uint64_t> rows_{0};
  std::atomic<std::uint64_t> webhooks_{0};
  std::atomic<std::uint64_t> answers_{0};
  std::atomic<std::uint64_t> admin_tokens_{0};
  std::atomic<std::uint64_t> audit_entries_{0};
};

}  // namespace core
