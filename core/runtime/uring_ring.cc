#include "core/runtime/uring_ring.h"

#include <linux/time_types.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "core/base/check.h"
#include "core/runtime/uring_compat.h"

namespace core {
namespace {

constexpr std::uint16_t kBufferGroup = 0;
constexpr OpTag kWakeTag{.kind = OpKind::kWake};
constexpr OpTag kCancelTag{.kind = OpKind::kCancel};

// Longest single wait. Waiting again is correct, so the span only has to fit a timespec.
constexpr BootNanos kWaitMax = 3600 * kNanosPerSecond;

}  // namespace

void UringRing::Closer::operator()(io_uring* ring) const noexcept {
  io_uring_queue_exit(ring);
  delete ring;
}

UringRing::UringRing(int event_fd, bool busy_polling)
    : busy_polling_(busy_polling), waker_(event_fd) {}

UringRing::~UringRing() = default;

Result<std::unique_ptr<UringRing>> UringRing::open(const UringOptions& options) {
  const Result<int> event_fd = EventWaker::make_event_fd();
  if (!event_fd) return std::unexpected(event_fd.error());
  std::unique_ptr<UringRing> ring(new UringRing(*event_fd, options.busy_polling));
  if (const Status status = ring->set_up(options); !status) {
    return std::unexpected(status.error());
  }
  return ring;
}

Status UringRing::set_up(const UringOptions& options) {
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
                 IORING_SETUP_CQSIZE;
  if (options.busy_polling) params.flags |= IORING_SETUP_TASKRUN_FLAG;
  params.cq_entries = options.completions;
  auto raw = std::make_unique<io_uring>();
  int code = io_uring_queue_init_params(options.submissions, raw.get(), &params);
  if (code < 0) return std::unexpected(Error{"io_uring_setup", -code});
  handle_.reset(raw.release());

  code = io_uring_register_ring_fd(handle_.get());
  if (code < 0) return std::unexpected(Error{"register io_uring descriptor", -code});
  auto buffers = UringBuffers::open(*handle_, options.buffers, kBufferGroup);
  if (!buffers) return std::unexpected(buffers.error());
  buffers_ = std::move(*buffers);

  const io_uring_sq& sq = handle_->sq;
  for (unsigned i = 0; i < sq.ring_entries; ++i) sq.array[i] = i;
  sq_tail_ = *sq.ktail;
  wait_flags_ = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
  if ((params.features & kFeatureNoIowait) != 0) wait_flags_ |= kEnterNoIowait;
  arm_wake();
  code = enter(Wait::kPoll, 0);
  if (code < 0) return std::unexpected(Error{"io_uring_enter", -code});
  return {};
}

void UringRing::accept_multishot(int listener_fd, OpTag tag) noexcept {
  io_uring_prep_multishot_accept(&next_sqe(tag), listener_fd, nullptr, nullptr, SOCK_CLOEXEC);
}

void UringRing::recv_multishot(int fd, OpTag tag) noexcept {
  io_uring_sqe& sqe = next_sqe(tag);
  io_uring_prep_recv_multishot(&sqe, fd, nullptr, 0, 0);
  sqe.flags |= IOSQE_BUFFER_SELECT;
  sqe.buf_group = kBufferGroup;
}

void UringRing::send(int fd, Bytes data, OpTag tag) noexcept {
  CHECK(data.size() <= std::numeric_limits<std::int32_t>::max());
  // With MSG_WAITALL the kernel goes on after a partial send itself, and completes once.
  io_uring_prep_send(&next_sqe(tag), fd, data.data(), data.size(), MSG_WAITALL | MSG_NOSIGNAL);
}

void UringRing::cancel(OpTag target) noexcept {
  io_uring_sqe& sqe = next_sqe(kCancelTag);
  io_uring_prep_cancel64(&sqe, target.pack(), 0);
  sqe.flags |= IOSQE_CQE_SKIP_SUCCESS;
}

// As system calls: the ring's own SHUTDOWN is always given to a worker thread, and a queued close
// would race with the reuse of the descriptor's number.
void UringRing::shutdown_both(int fd) noexcept {
  ::shutdown(fd, SHUT_RDWR);
}
void UringRing::shutdown_write(int fd) noexcept {
  ::shutdown(fd, SHUT_WR);
}
void UringRing::close(int fd) noexcept {
  // EINTR, too, has closed it (close(2), Linux).
  CHECK(::close(fd) == 0 || errno != EBADF);
}

void UringRing::return_buffer(std::uint16_t buffer) noexcept {
  buffers_->give_back(buffer);
}

std::span<const Completion> UringRing::reap(BootNanos deadline) noexcept {
  buffers_->publish();
  if (completions_waiting() > 0) {
    // More than the last reap could hold, or outcomes of an early submission: no wait.
    check_entered(enter(Wait::kNone, 0));
  } else if (deadline > 0) {
    check_entered(enter(Wait::kUntilDeadline, deadline));
  } else if (!poll_is_needless()) {
    check_entered(enter(Wait::kPoll, 0));
  }
  return take_completions();
}

// The io_uring_prep_ functions set every field but user_data.
io_uring_sqe& UringRing::next_sqe(OpTag tag) noexcept {
  const io_uring_sq& sq = handle_->sq;
  // Full: submit and go on. The kernel takes all of it, unless it has no memory for a request: then
  // wait for memory, as every allocation of the process would.
  while (sq_tail_ - io_uring_smp_load_acquire(sq.khead) == sq.ring_entries) {
    const int result = enter(Wait::kNone, 0);
    check_entered(result);
    if (result < 0) sched_yield();
  }
  io_uring_sqe& sqe = sq.sqes[sq_tail_++ & sq.ring_mask];
  sqe.user_data = tag.pack();
  return sqe;
}

// The count is read, not polled for: a wake-up that comes while no read is armed ends the next one.
void UringRing::arm_wake() noexcept {
  io_uring_prep_read(&next_sqe(kWakeTag), waker_.event_fd(), &wake_count_, sizeof wake_count_, 0);
}

unsigned UringRing::completions_waiting() const noexcept {
  const io_uring_cq& cq = handle_->cq;
  return io_uring_smp_load_acquire(cq.ktail) - *cq.khead;
}

bool UringRing::poll_is_needless() const noexcept {
  const io_uring_sq& sq = handle_->sq;
  return busy_polling_ && sq_tail_ == io_uring_smp_load_acquire(sq.khead) &&
         (IO_URING_READ_ONCE(*sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) == 0;
}

// The one system call of the loop. Returns what io_uring_enter(2) does.
int UringRing::enter(Wait wait, BootNanos deadline) noexcept {
  const io_uring_sq& sq = handle_->sq;
  io_uring_smp_store_release(sq.ktail, sq_tail_);
  const unsigned queued = sq_tail_ - io_uring_smp_load_acquire(sq.khead);
  if (wait == Wait::kNone && queued == 0) return 0;

  BootNanos span = 0;
  if (wait == Wait::kUntilDeadline) {
    span = std::clamp<BootNanos>(deadline - clock_.boot_now(), 0, kWaitMax);
  }
  __kernel_timespec timeout{.tv_sec = span / kNanosPerSecond, .tv_nsec = span % kNanosPerSecond};
  io_uring_getevents_arg arg{};
  arg.ts = reinterpret_cast<std::uintptr_t>(&timeout);
  const unsigned wait_flags = wait == Wait::kNone ? 0 : wait_flags_;
  return io_uring_enter2(static_cast<unsigned>(handle_->enter_ring_fd), queued, span > 0 ? 1 : 0,
                         wait_flags | IORING_ENTER_REGISTERED_RING,
                         wait_flags == 0 ? nullptr : reinterpret_cast<sigset_t*>(&arg),
                         wait_flags == 0 ? 0 : sizeof arg);
}

void UringRing::check_entered(int result) noexcept {
  if (result >= 0) return;
  switch (-result) {
    case ETIME:   // The deadline came.
    case EINTR:   // A signal: the loop looks at its stop flag and its mail.
    case EAGAIN:  // No memory for a request: what is queued stays so, for the next reap.
    case EBUSY:   // Outcomes wait in kernel memory: the next reap takes them first.
      return;
    default:  // EBADR: outcomes are lost. Others: not a ring. No way to go on is sound.
      check_failed("io_uring_enter", __FILE__, __LINE__);
  }
}

// Copies before it advances: the kernel may write over an entry from then on.
std::span<const Completion> UringRing::take_completions() noexcept {
  const io_uring_cq& cq = handle_->cq;
  const unsigned tail = io_uring_smp_load_acquire(cq.ktail);
  unsigned head = *cq.khead;
  std::size_t count = 0;
  for (; head != tail && count < kReapMax; ++head) {
    const io_uring_cqe& cqe = cq.cqes[head & cq.ring_mask];
    if (is_for_owner(cqe)) completions_[count++] = to_completion(cqe);
  }
  io_uring_smp_store_release(cq.khead, head);
  return {completions_.data(), count};
}

bool UringRing::is_for_owner(const io_uring_cqe& cqe) noexcept {
  switch (OpTag::unpack(cqe.user_data).kind) {
    case OpKind::kAccept:
    case OpKind::kRecv:
    case OpKind::kSend:
      return true;
    case OpKind::kWake:
      CHECK(cqe.res == sizeof wake_count_ || cqe.res == -EINTR || cqe.res == -EAGAIN);
      arm_wake();
      return false;
    case OpKind::kCancel:
      // Too late, or the operation is running: its own completion tells.
      CHECK(cqe.res >= 0 || cqe.res == -ENOENT || cqe.res == -EALREADY);
      return false;
    case OpKind::kNone:
      break;
  }
  check_failed("a completion has the tag of an operation", __FILE__, __LINE__);
}

Completion UringRing::to_completion(const io_uring_cqe& cqe) noexcept {
  Completion completion;
  completion.tag = OpTag::unpack(cqe.user_data);
  completion.result = cqe.res;
  completion.more = (cqe.flags & IORING_CQE_F_MORE) != 0;
  if (cqe.res == -ENOBUFS && completion.tag.kind == OpKind::kRecv) buffers_->grow();
  if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
    completion.has_buffer = true;
    completion.buffer = static_cast<std::uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
    buffers_->take(completion.buffer);
    completion.data =
        buffers_->received(completion.buffer, static_cast<std::size_t>(std::max(cqe.res, 0)));
  }
  return completion;
}

}  // namespace core
