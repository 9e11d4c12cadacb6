// Keeps a warning that a client can provoke from filling the disk.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.h"

namespace core {

// Admits at most N lines in each second, the first of which begins with an admitted line.
//
//   if (const auto suppressed = failures.admit(now)) {
//     log.warn("invalid API key from {} ({} more suppressed)", address, *suppressed);
//   }
//
// Shared: one thread; each shard has its own.
// Time:   nanoseconds of the caller's turn; it never reads a clock.
class LogLimiter {
 public:
  explicit LogLimiter(std::uint32_t lines_per_second) noexcept : lines_max_(lines_per_second) {}

  // The number of lines suppressed since the last admitted one, if this one may be written; nothing
  // if it is to be suppressed.
  std::optional<std::uint64_t> admit(BootNanos now) noexcept {
    if (now - second_began_ >= kNanosPerSecond || !began_) {
      began_ = true;
      second_began_ = now;
      lines_ = 0;
    }
    if (lines_ >= lines_max_) {
      ++suppressed_;
      return std::nullopt;
    }
    ++lines_;
    const std::uint64_t before = suppressed_;
    suppressed_ = 0;
    return before;
  }

 private:
  std::uint32_t lines_max_;
  std::uint32_t lines_ = 0;
  BootNanos second_began_ = 0;
  std::uint64_t suppressed_ = 0;
  bool began_ = false;
};

}  // namespace core
