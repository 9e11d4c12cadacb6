// Ends the wait of one sleeping thread by an eventfd(2), and only if it sleeps.
#pragma once

#include <atomic>

#include "core/base/result.h"
#include "core/runtime/ring.h"

namespace core {

// Shared:    wake() from any thread; set_asleep() from the sleeper alone. The sleeper publishes
// that it
//            sleeps and then looks into its mailboxes; a waker puts mail in and then looks whether
//            it sleeps. With a full fence between the two steps of each, one of them sees the
//            other.
// Bound:     one write(2) per sleep, by whichever waker comes first.
// Proven by: tests/unit/core/runtime/event_waker_test.cc: no wake-up is lost, under TSan too.
class EventWaker final : public Waker {
 public:
  // Takes the eventfd over.
  explicit EventWaker(int event_fd) noexcept : event_fd_(event_fd) {}
  ~EventWaker() override;
  EventWaker(const EventWaker&) = delete;
  EventWaker& operator=(const EventWaker&) = delete;

  // An eventfd in blocking mode: a read through the ring then waits for a count above zero.
  static Result<int> make_event_fd() noexcept;

  void wake() noexcept override;
  void set_asleep(bool asleep) noexcept;
  int event_fd() const noexcept { return event_fd_; }

 private:
  const int event_fd_;
  alignas(64) std::atomic<bool> asleep_{false};
};

}  // namespace core
