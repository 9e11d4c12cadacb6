// A queue of lines between two threads, without a lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace core {

// A ring of bytes that holds whole lines, each with its line break.
//
// Shared:    push() by one thread and take() by another, at once. Each moves one counter, which the
//            other reads; the counters only grow, so that full and empty can't be taken for each
//            other.
// Bound:     `bytes`; a line that doesn't fit is refused.
// Proven by: tests/unit/core/base/line_ring_test.cc, also under TSan.
class LineRing {
 public:
  enum class Push : std::uint8_t {
    kDone,
    kDoneAboveHalf,  // More than half of the ring is in use: time to take.
    kFull,           // Refused.
  };

  // Requires: a power of two.
  explicit LineRing(std::size_t bytes);

  // Adds `line` and a line break.
  Push push(std::string_view line) noexcept;

  // Moves all whole lines that are there to the end of `out`.
  void take(std::string& out);

 private:
  void copy_in(std::uint64_t at, std::string_view bytes) noexcept;

  static constexpr std::size_t kCacheLine = 64;

  std::size_t size_;
  std::unique_ptr<char[]> bytes_;

  // The producer's.
  alignas(kCacheLine) std::atomic<std::uint64_t> pushed_ = 0;  // Bytes, ever.
  std::uint64_t taken_seen_ = 0;  // taken_ as last read: it is at least that.

  // The consumer's.
  alignas(kCacheLine) std::atomic<std::uint64_t> taken_ = 0;
};

}  // namespace core
