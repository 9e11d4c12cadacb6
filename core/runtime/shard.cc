#include "core/runtime/shard.h"

#include <algorithm>

namespace core {
namespace {

constexpr BootNanos kPoll = 0;  // A deadline that has passed.

}  // namespace

Shard::Shard(const ShardOptions& options, Ring& ring, const Clock& clock, TurnHandler& handler)
    : options_(options),
      ring_(ring),
      clock_(clock),
      handler_(handler),
      time_(clock.now()),
      timers_(time_.boot_ns),
      last_busy_(time_.boot_ns) {}

void Shard::run() {
  handle({});
  while (!stopping_.load(std::memory_order_acquire)) run_turn(true);
}

bool Shard::run_turn(bool may_block) {
  return handle(gather(may_block));
}

void Shard::stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  ring_.waker().wake();
}

bool Shard::handle(std::span<const Completion> completions) {
  time_ = clock_.now();
  const bool busy = !completions.empty() || handler_.has_mail();
  if (busy) last_busy_ = time_.boot_ns;
  handler_.begin_turn(time_);
  handler_.on_mail();
  for (const Completion& completion : completions) handler_.on_completion(completion);
  timers_.advance(time_.boot_ns, [this](Timer& timer) { handler_.on_timer(timer); });
  handler_.end_turn();
  return busy;
}

std::span<const Completion> Shard::gather(bool may_block) {
  if (!may_block) return ring_.reap(kPoll);
  if (options_.busy_poll_us > 0) {
    const auto completions = spin();
    if (!completions.empty() || work_is_due(clock_.boot_now())) return completions;
  }
  return block();
}

// Polls until something came, or nothing did for busy_poll_us.
std::span<const Completion> Shard::spin() {
  const BootNanos until = last_busy_ + options_.busy_poll_us * 1000;
  for (;;) {
    const auto completions = ring_.reap(kPoll);
    const BootNanos now = clock_.boot_now();
    if (!completions.empty() || now >= until || work_is_due(now)) return completions;
  }
}

// Between set_asleep(true) and the wait stands one more look at the mail: what was sent before the
// senders could see us asleep is found by it, and what is sent after it ends the wait.
std::span<const Completion> Shard::block() {
  ring_.set_asleep(true);
  BootNanos deadline = kPoll;
  if (!handler_.has_mail() && !stopping_.load(std::memory_order_acquire)) {
    handler_.before_block();
    deadline = timers_.next_tick();
  }
  const auto completions = ring_.reap(deadline);
  ring_.set_asleep(false);
  return completions;
}

bool Shard::work_is_due(BootNanos now) const {
  return handler_.has_mail() || timers_.next_tick() <= now ||
         stopping_.load(std::memory_order_acquire);
}

}  // namespace core
