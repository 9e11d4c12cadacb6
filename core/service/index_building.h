// Has the indexes built that were added to resources: a little at a time, in the writer's queue.
#pragma once

#include <atomic>

#include "core/base/log.h"
#include "core/base/time.h"
#include "core/service/ports.h"

namespace core {

// A tick asks whether there is anything to build; while there is, BuildIndexes commands follow one
// after the other, each when the one before is answered. They wait in the writer's queue with
// everyone else's, so others are held up by one of them at most.
//
// Threads: tick() from one; post() from the writer's, as the answer to the one command that is
//          under way. What they share belongs to post() while is_running_ is true, else to tick().
// Proven by: tests/unit/core/service/index_building_test.cc.
class IndexBuilding final : public ReplyPost {
 public:
  // Both must outlive it; it must outlive the writer.
  IndexBuilding(CommandSink& commands, Log& log) noexcept : commands_(commands), log_(log) {}

  // Once a second or less often.
  void tick(WallMicros now) noexcept;

  void post(Reply&& reply) noexcept override;

 private:
  void submit() noexcept;
  void end() noexcept { is_running_.store(false, std::memory_order_release); }

  CommandSink& commands_;
  Log& log_;
  std::atomic<bool> is_running_{false};
  WallMicros now_ = 0;
};

}  // namespace core
