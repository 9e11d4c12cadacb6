// How shards and askers wake the usage writer without a system call for each record.
#pragma once

#include <atomic>

#include "core/runtime/event_count.h"

namespace storage {

// While there is traffic the writer wakes by itself each sync interval, and a publish only reads
// one flag. The flag is up when the writer sleeps until something happens.
//
// Shared:    any thread; only the writer calls sleep_until.
// Order:     the producer stores its tail, then reads the flag; the writer raises the flag, then
//            reads the tails; all four are sequentially consistent, so one of them sees the other.
// Proven by: tests/unit/storage/usage_log_threads_test.cc.
class UsageDoorbell {
 public:
  // A record was published.
  void record_published() noexcept {
    if (wants_records_.load(std::memory_order_seq_cst)) event_.notify_one();
  }

  // There is something that can't wait: a question, a ring that fills, the end.
  void ring() noexcept { event_.notify_one(); }

  // Sleeps until ready() or the timeout; `wants_records`: records wake it too.
  template <typename Ready>
  void sleep_until(bool wants_records, Ready&& ready, std::int64_t timeout_ns) {
    wants_records_.store(wants_records, std::memory_order_seq_cst);
    event_.await(ready, timeout_ns);
    wants_records_.store(false, std::memory_order_relaxed);
  }

 private:
  alignas(64) std::atomic<bool> wants_records_{false};
  core::EventCount event_;
};

}  // namespace storage
