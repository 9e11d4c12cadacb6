// One io_uring and the receive buffers that the kernel fills, for the programs under bench/.
// They have their own, beside core/runtime, so that what measures shares no code with what is
// measured.
#pragma once

#include <liburing.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/base/result.h"

namespace bench {

// What a finished operation reports.
struct Completion {
  std::uint64_t tag = 0;   // As given when the operation was started.
  int result = 0;          // Bytes, a descriptor, or a negated errno.
  bool more = false;       // The operation stays armed and will complete again.
  std::string_view bytes;  // What was received; valid during the visit only.
};

// A ring of the thread that opened it: no other may call it. Operations are started by name, take
// effect at the next wait(), and come back as completions under the tag that they were given.
class Uring {
 public:
  struct Sizes {
    unsigned operations = 4096;    // Started between two waits without an extra system call.
    unsigned completions = 16384;  // Held by the kernel before it has to allocate.
    unsigned buffers = 1024;       // Receive buffers; a power of two, at most 32768.
    unsigned buffer_bytes = 4096;
    bool spin = false;  // wait_spinning() will be used.
  };

  static core::Result<std::unique_ptr<Uring>> open(const Sizes& sizes);
  ~Uring();
  Uring(const Uring&) = delete;
  Uring& operator=(const Uring&) = delete;

  // Completes with a descriptor for each connection, until one without `more`.
  void accept_all(int listener, std::uint64_t tag);
  // Completes with bytes for each arrival, until one without `more`: the end of the stream (0), an
  // error, or -ENOBUFS, upon which it is to be called again.
  void receive_all(int socket, std::uint64_t tag);
  // `address` must live until the completion.
  void connect(int socket, const sockaddr* address, socklen_t bytes, std::uint64_t tag);
  // Sends all of `data`, which must live until the completion.
  void send(int socket, std::string_view data, std::uint64_t tag);
  // The same, but completes only when it failed: `data` must live as long as the socket.
  void send_quietly(int socket, std::string_view data, std::uint64_t tag);

  // Starts what was asked for and sleeps until a completion is there or `timeout_ns` has passed
  // (below 0: no limit). A timeout or a signal is no error.
  core::Status wait(std::int64_t timeout_ns);
  // The same, but looks for completions for `spin_ns` before it sleeps, without system calls.
  core::Status wait_spinning(std::int64_t spin_ns);

  // Calls visit(const Completion&) for each completion at hand. Its buffer goes back to the kernel
  // after the visit. The visits may start operations.
  template <typename Visit>
  void for_each_completion(Visit&& visit) {
    unsigned head = 0;
    unsigned seen = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      const Completion done = read(*cqe);
      visit(done);
      if ((cqe->flags & IORING_CQE_F_BUFFER) != 0) give_back(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
      ++seen;
    }
    if (returned_ != 0) io_uring_buf_ring_advance(buffer_ring_, static_cast<int>(returned_));
    returned_ = 0;
    io_uring_cq_advance(&ring_, seen);
  }

 private:
  explicit Uring(const Sizes& sizes) : sizes_(sizes) {}

  core::Status set_up();
  core::Status register_buffers();
  io_uring_sqe* next_operation();
  io_uring_sqe* prepare_send(int socket, std::string_view data, std::uint64_t tag);
  std::byte* buffer(unsigned id) const noexcept;
  void give_back(unsigned id) noexcept;
  Completion read(const io_uring_cqe& cqe) const noexcept;

  struct Free {
    void operator()(void* memory) const noexcept;
  };

  const Sizes sizes_;
  io_uring ring_{};
  bool is_open_ = false;
  io_uring_buf_ring* buffer_ring_ = nullptr;  // In ring_memory_.
  std::unique_ptr<void, Free> ring_memory_;
  std::unique_ptr<void, Free> buffers_;
  unsigned returned_ = 0;  // Buffers given back, not yet published to the kernel.
};

}  // namespace bench
