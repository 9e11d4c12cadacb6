#include "core/runtime/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "core/base/check.h"

namespace core {
namespace {

constexpr std::int64_t kSlotMask = TimerWheel::kSlots - 1;
static_assert((TimerWheel::kSlots & kSlotMask) == 0);

// The first tick at whose start the deadline has passed.
std::int64_t due_tick(BootNanos deadline) noexcept {
  if (deadline <= 0) return 0;
  return (deadline - 1) / TimerWheel::kTick + 1;
}

}  // namespace

Timer::~Timer() {
  CHECK(!scheduled());
}

TimerWheel::TimerWheel(BootNanos now) : heads_(kSlots), tick_(now / kTick + 1) {
  for (Timer& head : heads_) head.previous_ = head.next_ = &head;
}

TimerWheel::~TimerWheel() {
  CHECK(size_ == 0);
  for (Timer& head : heads_) head.previous_ = head.next_ = nullptr;
}

void TimerWheel::schedule(Timer& timer, BootNanos deadline) noexcept {
  if (timer.scheduled()) {
    const bool later = deadline >= timer.deadline_;
    if (later) {
      timer.deadline_ = deadline;
      return;
    }
    unlink(timer);
  }
  timer.deadline_ = deadline;
  link(timer);
}

void TimerWheel::cancel(Timer& timer) noexcept {
  if (timer.scheduled()) unlink(timer);
}

BootNanos TimerWheel::next_tick() const noexcept {
  if (cursor_ != nullptr) return tick_ * kTick;
  return size_ == 0 ? std::numeric_limits<BootNanos>::max() : next_occupied_tick() * kTick;
}

Timer* TimerWheel::pop_due(BootNanos now) noexcept {
  const std::int64_t now_tick = now / kTick;
  // After a longer span one lap sees every slot, and so every timer that is due.
  tick_ = std::max(tick_, now_tick - kSlotMask);
  for (;;) {
    while (cursor_ != nullptr) {
      Timer& timer = *cursor_;
      const bool is_head = &timer == &heads_[(tick_ - 1) & kSlotMask];
      cursor_ = is_head ? nullptr : timer.next_;
      if (is_head) break;
      unlink(timer);
      if (timer.deadline_ <= now) return &timer;
      link(timer);  // Moved later since, or more than a lap away: never before the cursor.
    }
    const std::int64_t next = size_ == 0 ? now_tick + 1 : next_occupied_tick();
    if (next > now_tick) {
      tick_ = std::max(tick_, now_tick + 1);
      return nullptr;
    }
    // Moved on before the visit: what a callback schedules goes to a slot that is yet to come.
    tick_ = next + 1;
    cursor_ = heads_[next & kSlotMask].next_;
  }
}

// Requires: size_ > 0. The nearest tick from tick_ on whose slot holds a timer, due then or later.
std::int64_t TimerWheel::next_occupied_tick() const noexcept {
  const auto first = static_cast<std::size_t>(tick_ & kSlotMask);
  // The first word is looked at twice: its bits from `first` on, and at the end those before.
  std::uint64_t word = occupied_[first / 64] & (~std::uint64_t{0} << (first % 64));
  for (std::size_t i = 0; i <= occupied_.size(); ++i) {
    const std::size_t at = (first / 64 + i) % occupied_.size();
    if (i > 0) word = occupied_[at];
    if (word == 0) continue;
    const std::size_t slot = at * 64 + static_cast<std::size_t>(std::countr_zero(word));
    return tick_ + static_cast<std::int64_t>((slot - first) & kSlotMask);
  }
  check_failed("a scheduled timer is in a slot", __FILE__, __LINE__);
}

// Goes to the front of its slot, where the cursor has been already.
void TimerWheel::link(Timer& timer) noexcept {
  const auto slot =
      static_cast<std::size_t>(std::max(due_tick(timer.deadline_), tick_) & kSlotMask);
  Timer& head = heads_[slot];
  timer.previous_ = &head;
  timer.next_ = head.next_;
  timer.next_->previous_ = &timer;
  head.next_ = &timer;
  occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
  ++size_;
}

void TimerWheel::unlink(Timer& timer) noexcept {
  if (cursor_ == &timer) cursor_ = timer.next_;
  timer.previous_->next_ = timer.next_;
  timer.next_->previous_ = timer.previous_;
  if (timer.previous_ == timer.next_) {  // Alone: its neighbour on both sides is the slot's head.
    const auto slot = static_cast<std::size_t>(timer.next_ - heads_.data());
    occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  }
  timer.previous_ = timer.next_ = nullptr;
  --size_;
}

}  // namespace core
