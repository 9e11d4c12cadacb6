// A place to sleep until something changed, for threads that have no ring.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace core {

// A condition without a mutex: the state that is waited for lives elsewhere (a mailbox, a counter)
// and is changed first, then notified.
//
// Shared:    all members from any thread.
// Order:     a waiter announces itself and then looks at the state; a notifier changes the state
// and
//            then looks for waiters. With a full fence between the two steps of each, one of them
//            sees the other: no notification is lost.
// Bound:     notify costs a fence and a load when nobody waits; a system call only when somebody
// does. Proven by: tests/unit/core/runtime/event_count_test.cc, under TSan.
class EventCount {
 public:
  static constexpr std::int64_t kForever = -1;

  EventCount() = default;
  EventCount(const EventCount&) = delete;
  EventCount& operator=(const EventCount&) = delete;

  // Sleeps until `ready()` is true or `timeout_ns` have passed; says whether it was true at the
  // end. `ready` is called on this thread, perhaps often. kForever waits without end.
  template <typename Ready>
  bool await(Ready&& ready, std::int64_t timeout_ns = kForever);

  void notify_one() noexcept { notify(1); }
  void notify_all() noexcept;

  // For tests: how many threads have announced themselves.
  std::uint32_t waiters() const noexcept { return waiters_.load(std::memory_order_relaxed); }

 private:
  using Ticket = std::uint32_t;

  Ticket announce() noexcept;
  void withdraw() noexcept;
  void sleep(Ticket ticket, std::int64_t timeout_ns) noexcept;
  void notify(int waiters_max) noexcept;
  static std::int64_t now_ns() noexcept;

  std::atomic<std::uint32_t> epoch_{0};  // The futex: a notification moves it on.
  std::atomic<std::uint32_t> waiters_{0};
};

template <typename Ready>
bool EventCount::await(Ready&& ready, std::int64_t timeout_ns) {
  if (ready()) return true;
  if (timeout_ns == 0) return false;
  const std::int64_t until = timeout_ns < 0 ? 0 : now_ns() + timeout_ns;
  for (;;) {
    const Ticket ticket = announce();
    const bool is_ready = ready();
    const std::int64_t left = timeout_ns < 0 ? kForever : until - now_ns();
    const bool is_over = timeout_ns >= 0 && left <= 0;
    if (!is_ready && !is_over) sleep(ticket, left);
    withdraw();
    if (is_ready || is_over) return is_ready;
  }
}

}  // namespace core
