// A shard's side of its usage ring.
#pragma once

#include <cstdint>

#include "core/service/ports.h"
#include "storage/usage_doorbell.h"
#include "storage/usage_ring.h"

namespace storage {

// Owner: one shard; it is the ring's only producer. Ring and doorbell must outlive it.
// Bound: a reservation is for kUsageRecordBytesMax bytes; the ring is full when the next one would
//        not fit beside what is published, not on disk, and reserved.
class UsageRingSink final : public core::UsageSink {
 public:
  UsageRingSink(UsageRing& ring, UsageDoorbell& doorbell) noexcept
      : ring_(ring), doorbell_(doorbell), tail_(ring.tail()), head_seen_(ring.head()) {}

  [[nodiscard]] bool reserve() noexcept override;
  void cancel() noexcept override;
  std::uint64_t publish(const core::UsageEvent& event) noexcept override;
  std::uint64_t synced() const noexcept override { return ring_.head(); }

 private:
  UsageRing& ring_;
  UsageDoorbell& doorbell_;
  std::uint64_t tail_;
  std::uint64_t head_seen_;  // The head moves on; looked at again only when room seems short.
  std::uint64_t reserved_ = 0;
};

}  // namespace storage
