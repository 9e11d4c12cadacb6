// What the store's writer needs of the limiter table: room for a slot before the row that names it
// commits, and the words of keys whose limit changes.
#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/domain/token_bucket.h"

namespace storage {

// Threads: ensure() and reset_slot() from the writer's thread only; word() and now() from any.
class LimiterSlots {
 public:
  virtual ~LimiterSlots() = default;

  // Makes slots 0 to slot_count - 1 usable: space on disk is allocated, not only mapped. Cheap when
  // they are. On failure (disk full) nothing has changed, and the row must be refused.
  virtual core::Status ensure(std::uint32_t slot_count) noexcept = 0;

  // Gives a slot that no committed row names to a key, with a full bucket at generation 0. Called
  // again for the same slot if the row did not commit. Requires: ensure() covers the slot.
  virtual void reset_slot(std::uint32_t slot, core::KeyId key) noexcept = 0;

  // The word of a slot that ensure() covers; valid for the process's life.
  virtual core::BucketWord& word(std::uint32_t slot) noexcept = 0;

  virtual core::LimiterNanos now() const noexcept = 0;
};

}  // namespace storage
