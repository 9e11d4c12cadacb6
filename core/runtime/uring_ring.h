// The ring of the kernel: io_uring with one issuer, its own receive buffers, and an eventfd to wake
// it.
#pragma once

#include <liburing.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/result.h"
#include "core/runtime/clock.h"
#include "core/runtime/event_waker.h"
#include "core/runtime/ring.h"
#include "core/runtime/uring_buffers.h"

namespace core {

struct UringOptions {
  // Operations queued between two reaps. More are submitted early: one system call a fill.
  std::uint32_t submissions = 1024;
  // Outcomes that may wait for a reap; those beyond wait in kernel memory and end multishot
  // operations. 16384 x 16 bytes: a wave of 16 for each of 1024 busy connections.
  std::uint32_t completions = 16384;
  // 2048 x 4 KiB, touched only as far as they are used. A buffer is held within one turn only, so
  // this is what may arrive between two reaps: 2048 requests or 8 MiB of bodies.
  BufferShape buffers{.count = 2048, .bytes = 4096};
  // The owner will poll: have the kernel flag that something is to do, so that a poll that finds
  // nothing costs no system call.
  bool busy_polling = false;
};

// Needs Linux 6.1 (DEFER_TASKRUN). Opened, used and destroyed by one thread, the shard's; open it
// after privileges are dropped, for a ring keeps the credentials of the thread that made it.
//
// Sockets and listeners should be in blocking mode: the ring never blocks on them.
// Reaps do not wait for full batches: the kernel runs some 20 operations' ends per call, and the
// next reap finds the others without sleeping.
class UringRing final : public Ring {
 public:
  static Result<std::unique_ptr<UringRing>> open(const UringOptions& options);
  ~UringRing() override;
  UringRing(const UringRing&) = delete;
  UringRing& operator=(const UringRing&) = delete;

  void accept_multishot(int listener_fd, OpTag tag) noexcept override;
  void recv_multishot(int fd, OpTag tag) noexcept override;
  void send(int fd, Bytes data, OpTag tag) noexcept override;
  void cancel(OpTag target) noexcept override;
  void shutdown_both(int fd) noexcept override;
  void shutdown_write(int fd) noexcept override;
  void close(int fd) noexcept override;
  void return_buffer(std::uint16_t buffer) noexcept override;
  std::span<const Completion> reap(BootNanos deadline) noexcept override;
  Waker& waker() noexcept override { return waker_; }
  void set_asleep(bool asleep) noexcept override { waker_.set_asleep(asleep); }

 private:
  struct Closer {
    void operator()(io_uring* ring) const noexcept;
  };
  using Handle = std::unique_ptr<io_uring, Closer>;
  enum class Wait : std::uint8_t { kNone, kPoll, kUntilDeadline };

  UringRing(int event_fd, bool busy_polling);
  Status set_up(const UringOptions& options);

  io_uring_sqe& next_sqe(OpTag tag) noexcept;
  void arm_wake() noexcept;

  unsigned completions_waiting() const noexcept;
  bool poll_is_needless() const noexcept;
  int enter(Wait wait, BootNanos deadline) noexcept;
  static void check_entered(int result) noexcept;
  std::span<const Completion> take_completions() noexcept;
  bool is_for_owner(const io_uring_cqe& cqe) noexcept;
  Completion to_completion(const io_uring_cqe& cqe) noexcept;

  const bool busy_polling_;
  unsigned wait_flags_ = 0;
  unsigned sq_tail_ = 0;  // Ahead of the kernel's copy by what is queued.
  SystemClock clock_;
  EventWaker waker_;
  std::uint64_t wake_count_ = 0;  // Where the kernel writes the eventfd's count.
  std::unique_ptr<UringBuffers> buffers_;
  Handle handle_;  // Last, so that it goes first: the kernel lets go of the memory above.
  std::array<Completion, kReapMax> completions_;
};

}  // namespace core
