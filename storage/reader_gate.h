// Lets the store's writer replace the environment under the readers: they pass a gate before they
// take a snapshot, and the writer closes it and waits until all are out.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/runtime/event_count.h"

namespace storage {

// Shared:    enter() and leave() from the seat's thread, close() and open() from the writer, join()
//            and part() from any.
// Order:     a reader sits down and then looks at the gate; the writer closes the gate and then
//            looks at the seats; all sequentially consistent, so one of them sees the other.
// Bound:     entering an open gate is one atomic exchange and a load.
// Proven by: tests/unit/storage/reader_gate_test.cc, under TSan.
class ReaderGate {
 public:
  // One reader's place. Owned by the reader; joined while it lives.
  struct Seat {
    alignas(64) std::atomic<bool> taken{false};
  };

  void join(Seat& seat);
  void part(Seat& seat);

  // Waits while the gate is closed: milliseconds, while the environment is opened anew.
  void enter(Seat& seat) noexcept;
  void leave(Seat& seat) noexcept;

  // Closes the gate and waits for the readers inside. False: after `timeout_ns` one was still
  // inside; the gate is open again.
  [[nodiscard]] bool close(std::int64_t timeout_ns) noexcept;
  void open() noexcept;

  // How often the gate was opened. A reader that can't read waits for the next time.
  std::uint64_t openings() const noexcept { return openings_.load(std::memory_order_acquire); }
  void await_opening(std::uint64_t after, std::int64_t timeout_ns) noexcept;

 private:
  bool all_out() noexcept;

  std::atomic<bool> closed_{false};
  std::atomic<std::uint64_t> openings_{0};
  core::EventCount changed_;
  std::mutex seats_lock_;
  std::vector<Seat*> seats_;
};

}  // namespace storage
