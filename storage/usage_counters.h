// The usage log's numbers, written by its threads and read by any.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/service/ports.h"

namespace storage {

struct UsageCounters {
  std::atomic<std::uint64_t> records_drained{0};
  std::atomic<std::uint64_t> records_synced{0};
  std::atomic<std::uint64_t> syncs{0};
  std::atomic<std::uint64_t> sync_failures{0};
  std::atomic<std::uint64_t> sync_us_total{0};
  std::atomic<std::int64_t> oldest_pending_us{0};  // Its time; 0: none.
  std::atomic<std::uint64_t> segments{0};
  std::atomic<std::uint64_t> segment_bytes{0};
  std::atomic<std::uint64_t> folds{0};
  std::atomic<std::uint64_t> lost_bytes_at_start{0};
};

}  // namespace storage
