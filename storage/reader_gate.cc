#include "storage/reader_gate.h"

#include <algorithm>

namespace storage {

void ReaderGate::join(Seat& seat) {
  const std::lock_guard lock(seats_lock_);
  seats_.push_back(&seat);
}

void ReaderGate::part(Seat& seat) {
  const std::lock_guard lock(seats_lock_);
  std::erase(seats_, &seat);
}

void ReaderGate::enter(Seat& seat) noexcept {
  for (;;) {
    seat.taken.store(true, std::memory_order_seq_cst);
    if (!closed_.load(std::memory_order_seq_cst)) return;
    leave(seat);
    changed_.await([this] { return !closed_.load(std::memory_order_seq_cst); });
  }
}

void ReaderGate::leave(Seat& seat) noexcept {
  seat.taken.store(false, std::memory_order_release);
  // A closing that this load misses finds the seat empty, or looks again after kLookAgain.
  if (closed_.load(std::memory_order_relaxed)) changed_.notify_all();
}

bool ReaderGate::all_out() noexcept {
  const std::lock_guard lock(seats_lock_);
  return std::ranges::none_of(
      seats_, [](const Seat* seat) { return seat->taken.load(std::memory_order_seq_cst); });
}

bool ReaderGate::close(std::int64_t timeout_ns) noexcept {
  constexpr std::int64_t kLookAgain = 1'000'000;
  closed_.store(true, std::memory_order_seq_cst);
  for (std::int64_t waited = 0; waited <= timeout_ns; waited += kLookAgain) {
    if (changed_.await([this] { return all_out(); }, kLookAgain)) return true;
  }
  open();
  return false;
}

void ReaderGate::open() noexcept {
  closed_.store(false, std::memory_order_seq_cst);
  openings_.fetch_add(1, std::memory_order_release);
  changed_.notify_all();
}

void ReaderGate::await_opening(std::uint64_t after, std::int64_t timeout_ns) noexcept {
  changed_.await([&] { return openings() > after; }, timeout_ns);
}

}  // namespace storage
