// Takes published records out of a ring as batches.
#pragma once

#include <cstdint>

#include "storage/usage_ring.h"
#include "storage/usage_segment.h"

namespace storage {

// A stretch of a ring whose records are to get ids.
struct UsageStretch {
  std::uint64_t from = 0;      // Where a record begins.
  std::uint64_t to = 0;        // Where one ends, or nothing is known to end (take_good_batch).
  std::uint64_t first_id = 0;  // For the first record.
};

// The next batch of a ring of this process, between two positions it has read: at most
// kBatchPayloadMax bytes. `ring` in it is left 0. Requires: from < to. A record whose sequence is
// not the expected one is a broken invariant.
BatchHeader take_batch(const UsageRing& ring, const UsageStretch& stretch) noexcept;

// The same for a ring that another process left, record by record as far as they are good; without
// any, `records` is 0.
BatchHeader take_good_batch(const UsageRing& ring, const UsageStretch& stretch) noexcept;

}  // namespace storage
