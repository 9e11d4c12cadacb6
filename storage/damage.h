// Corruption that was found: counted, named in the log, never guessed over.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

#include "core/base/digest.h"
#include "core/base/log.h"

namespace storage {

// Shared: any thread; the log is told for the first kLoggedAlways finds and then for each that
//         doubles the count, so that a damaged row that is asked for again and again can't fill it.
class Damage {
 public:
  static constexpr std::uint64_t kLoggedAlways = 16;

  explicit Damage(core::Log& log) noexcept : log_(log) {}

  // `table` and `key` name the value; `fault` says what does not fit.
  void report(const char* table, core::Bytes key, const char* fault) {
    const std::uint64_t found = count_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (found > kLoggedAlways && !std::has_single_bit(found)) return;
    log_.error("store: table {} key {}: {} ({} damaged values were read so far)", table,
               core::to_hex(key), fault, found);
  }

  std::uint64_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  core::Log& log_;
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace storage
