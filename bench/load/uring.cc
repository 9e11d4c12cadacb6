#include "bench/load/uring.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

#include "core/base/check.h"
#include "core/base/time.h"

namespace bench {
namespace {

constexpr int kBufferGroup = 1;
constexpr std::size_t kPageBytes = 4096;

core::Error negated(const char* what, int result) noexcept {
  return core::Error{what, -result};
}

std::int64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * core::kNanosPerSecond + now.tv_nsec;
}

std::size_t whole_pages(std::size_t bytes) noexcept {
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

}  // namespace

void Uring::Free::operator()(void* memory) const noexcept {
  std::free(memory);
}

core::Result<std::unique_ptr<Uring>> Uring::open(const Sizes& sizes) {
  std::unique_ptr<Uring> ring(new Uring(sizes));
  if (const auto status = ring->set_up(); !status) return std::unexpected(status.error());
  if (const auto status = ring->register_buffers(); !status) {
    return std::unexpected(status.error());
  }
  return ring;
}

Uring::~Uring() {
  if (is_open_) io_uring_queue_exit(&ring_);
}

core::Status Uring::set_up() {
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE |
                 IORING_SETUP_SUBMIT_ALL;
  // With the flag the kernel says in shared memory that there is work: spinning needs no calls.
  if (sizes_.spin) params.flags |= IORING_SETUP_TASKRUN_FLAG;
  params.cq_entries = sizes_.completions;
  const int result = io_uring_queue_init_params(sizes_.operations, &ring_, &params);
  if (result < 0) return std::unexpected(negated("set up io_uring", result));
  is_open_ = true;
  // Saves a descriptor look-up in each call; where it is refused, the ring works without.
  io_uring_register_ring_fd(&ring_);
  return {};
}

core::Status Uring::register_buffers() {
  const std::size_t ring_bytes = whole_pages(sizes_.buffers * sizeof(io_uring_buf));
  ring_memory_.reset(std::aligned_alloc(kPageBytes, ring_bytes));
  const std::size_t pool_bytes = std::size_t{sizes_.buffers} * sizes_.buffer_bytes;
  buffers_.reset(std::aligned_alloc(kPageBytes, whole_pages(pool_bytes)));
  if (!ring_memory_ || !buffers_) return std::unexpected(core::Error{"receive buffers", ENOMEM});
  buffer_ring_ = static_cast<io_uring_buf_ring*>(ring_memory_.get());
  io_uring_buf_ring_init(buffer_ring_);
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(buffer_ring_);
  registration.ring_entries = sizes_.buffers;
  registration.bgid = kBufferGroup;
  const int result = io_uring_register_buf_ring(&ring_, &registration, 0);
  if (result < 0) return std::unexpected(negated("register receive buffers", result));
  for (unsigned id = 0; id < sizes_.buffers; ++id) give_back(id);
  io_uring_buf_ring_advance(buffer_ring_, static_cast<int>(returned_));
  returned_ = 0;
  return {};
}

std::byte* Uring::buffer(unsigned id) const noexcept {
  return static_cast<std::byte*>(buffers_.get()) + std::size_t{id} * sizes_.buffer_bytes;
}

void Uring::give_back(unsigned id) noexcept {
  io_uring_buf_ring_add(buffer_ring_, buffer(id), sizes_.buffer_bytes,
                        static_cast<unsigned short>(id), io_uring_buf_ring_mask(sizes_.buffers),
                        static_cast<int>(returned_++));
}

Completion Uring::read(const io_uring_cqe& cqe) const noexcept {
  Completion done{cqe.user_data, cqe.res, (cqe.flags & IORING_CQE_F_MORE) != 0, {}};
  if ((cqe.flags & IORING_CQE_F_BUFFER) != 0 && cqe.res > 0) {
    const auto* text = reinterpret_cast<const char*>(buffer(cqe.flags >> IORING_CQE_BUFFER_SHIFT));
    done.bytes = {text, static_cast<std::size_t>(cqe.res)};
  }
  return done;
}

io_uring_sqe* Uring::next_operation() {
  io_uring_sqe* operation = io_uring_get_sqe(&ring_);
  if (operation == nullptr) {
    io_uring_submit(&ring_);
    operation = io_uring_get_sqe(&ring_);
  }
  CHECK(operation != nullptr);
  return operation;
}

void Uring::accept_all(int listener, std::uint64_t tag) {
  io_uring_sqe* operation = next_operation();
  io_uring_prep_multishot_accept(operation, listener, nullptr, nullptr, SOCK_CLOEXEC);
  operation->user_data = tag;
}

void Uring::receive_all(int socket, std::uint64_t tag) {
  io_uring_sqe* operation = next_operation();
  io_uring_prep_recv_multishot(operation, socket, nullptr, 0, 0);
  operation->flags |= IOSQE_BUFFER_SELECT;
  operation->buf_group = kBufferGroup;
  operation->user_data = tag;
}

void Uring::connect(int socket, const sockaddr* address, socklen_t bytes, std::uint64_t tag) {
  io_uring_sqe* operation = next_operation();
  io_uring_prep_connect(operation, socket, address, bytes);
  operation->user_data = tag;
}

io_uring_sqe* Uring::prepare_send(int socket, std::string_view data, std::uint64_t tag) {
  io_uring_sqe* operation = next_operation();
  // MSG_WAITALL: the kernel goes on after a partial send, there is one completion for the whole.
  io_uring_prep_send(operation, socket, data.data(), data.size(), MSG_WAITALL | MSG_NOSIGNAL);
  operation->user_data = tag;
  return operation;
}

void Uring::send(int socket, std::string_view data, std::uint64_t tag) {
  prepare_send(socket, data, tag);
}

void Uring::send_quietly(int socket, std::string_view data, std::uint64_t tag) {
  prepare_send(socket, data, tag)->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

core::Status Uring::wait(std::int64_t timeout_ns) {
  int result = 0;
  if (timeout_ns < 0) {
    result = io_uring_submit_and_wait(&ring_, 1);
  } else {
    __kernel_timespec timeout{timeout_ns / core::kNanosPerSecond,
                              timeout_ns % core::kNanosPerSecond};
    io_uring_cqe* first = nullptr;
    result = io_uring_submit_and_wait_timeout(&ring_, &first, 1, &timeout, nullptr);
  }
  if (result >= 0 || result == -ETIME || result == -EINTR) return {};
  // Completions wait in the kernel for room: reading those at hand makes it.
  if (result == -EBUSY || result == -EAGAIN) return {};
  return std::unexpected(negated("wait for io_uring", result));
}

core::Status Uring::wait_spinning(std::int64_t spin_ns) {
  io_uring_submit(&ring_);
  const std::int64_t until = monotonic_ns() + spin_ns;
  do {
    if (io_uring_cq_ready(&ring_) != 0) return {};
    if ((IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_TASKRUN) != 0) {
      io_uring_get_events(&ring_);
    } else {
      __builtin_ia32_pause();
    }
  } while (monotonic_ns() < until);
  return wait(-1);
}

}  // namespace bench
