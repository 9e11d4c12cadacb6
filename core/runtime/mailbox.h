// Messages from any thread to one: a bounded lock-free queue.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/base/check.h"

namespace core {

// Shared:    push() from any thread, pop() and empty() from the one owner.
// Bound:     `capacity` messages, a power of two; a full box is a named outcome, not a wait.
// Order:     messages of one sender arrive in order; each is seen whole (release/acquire per cell).
// Source:    D. Vyukov, "Bounded MPMC queue": a sequence number per cell says whose turn it is.
// Proven by: tests/unit/core/runtime/mailbox_test.cc, under TSan.
template <typename T>
class Mailbox {
 public:
  explicit Mailbox(std::size_t capacity)
      : mask_(capacity - 1), cells_(std::make_unique<Cell[]>(capacity)) {
    CHECK(capacity >= 2 && (capacity & mask_) == 0);
    for (std::size_t i = 0; i < capacity; ++i) cells_[i].turn.store(i, std::memory_order_relaxed);
  }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // False if the box is full; `message` is then left as it was.
  [[nodiscard]] bool push(T&& message) noexcept {
    std::size_t at = tail_.load(std::memory_order_relaxed);
    for (;;) {
      Cell& cell = cells_[at & mask_];
      const std::size_t turn = cell.turn.load(std::memory_order_acquire);
      const auto gap = static_cast<std::intptr_t>(turn - at);
      if (gap < 0) return false;
      if (gap > 0) {
        at = tail_.load(std::memory_order_relaxed);
      } else if (tail_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
        cell.message = std::move(message);
        cell.turn.store(at + 1, std::memory_order_release);  // Pairs with pop()'s acquire.
        return true;
      }
    }
  }

  // False if nothing is there, or the next message is still being written.
  [[nodiscard]] bool pop(T& out) noexcept {
    Cell& cell = cells_[head_ & mask_];
    if (cell.turn.load(std::memory_order_acquire) != head_ + 1) return false;
    out = std::move(cell.message);
    cell.message = T{};
    cell.turn.store(head_ + mask_ + 1, std::memory_order_release);  // Free for the next lap.
    ++head_;
    return true;
  }

  bool empty() const noexcept {
    return cells_[head_ & mask_].turn.load(std::memory_order_acquire) != head_ + 1;
  }

 private:
  struct Cell {
    std::atomic<std::size_t> turn;
    T message{};
  };

  const std::size_t mask_;
  const std::unique_ptr<Cell[]> cells_;
  alignas(64) std::atomic<std::size_t> tail_{0};
  alignas(64) std::size_t head_ = 0;
};

}  // namespace core
