#include "core/runtime/event_waker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "core/base/check.h"

namespace core {

Result<int> EventWaker::make_event_fd() noexcept {
  const int fd = eventfd(0, EFD_CLOEXEC);
  if (fd < 0) return std::unexpected(errno_error("eventfd"));
  return fd;
}

EventWaker::~EventWaker() {
  ::close(event_fd_);
}

void EventWaker::wake() noexcept {
  std::atomic_thread_fence(std::memory_order_seq_cst);  // Pairs with set_asleep()'s.
  if (!asleep_.load(std::memory_order_relaxed)) return;
  if (!asleep_.exchange(false, std::memory_order_relaxed)) return;
  const std::uint64_t one = 1;
  ssize_t written;
  do {
    written = write(event_fd_, &one, sizeof one);
  } while (written < 0 && errno == EINTR);
  CHECK(written == sizeof one);
}

void EventWaker::set_asleep(bool asleep) noexcept {
  asleep_.store(asleep, std::memory_order_relaxed);
  if (asleep) std::atomic_thread_fence(std::memory_order_seq_cst);  // Pairs with wake()'s.
}

}  // namespace core
