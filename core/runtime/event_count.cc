#include "core/runtime/event_count.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <limits>

#include "core/base/time.h"
#include "core/runtime/clock.h"

namespace core {

void EventCount::notify_all() noexcept {
  notify(std::numeric_limits<int>::max());
}

EventCount::Ticket EventCount::announce() noexcept {
  waiters_.fetch_add(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // Pairs with notify()'s.
  return epoch_.load(std::memory_order_acquire);  // What was notified before is seen by ready().
}

void EventCount::withdraw() noexcept {
  waiters_.fetch_sub(1, std::memory_order_relaxed);
}

// Returns for a notification since announce(), at the timeout, or for nothing (a signal).
void EventCount::sleep(Ticket ticket, std::int64_t timeout_ns) noexcept {
  const timespec timeout{.tv_sec = timeout_ns / kNanosPerSecond,
                         .tv_nsec = timeout_ns % kNanosPerSecond};
  syscall(SYS_futex, &epoch_, FUTEX_WAIT_PRIVATE, ticket, timeout_ns < 0 ? nullptr : &timeout,
          nullptr, 0);
}

void EventCount::notify(int waiters_max) noexcept {
  std::atomic_thread_fence(std::memory_order_seq_cst);  // Pairs with announce()'s.
  if (waiters_.load(std::memory_order_relaxed) == 0) return;
  epoch_.fetch_add(1, std::memory_order_release);
  syscall(SYS_futex, &epoch_, FUTEX_WAKE_PRIVATE, waiters_max, nullptr, nullptr, 0);
}

std::int64_t EventCount::now_ns() noexcept {
  return SystemClock().boot_now();
}

}  // namespace core
