#include "storage/usage_take.h"

#include <algorithm>
#include <limits>

#include "core/base/check.h"
#include "core/base/hash.h"
#include "storage/usage_record.h"

namespace storage {
namespace {

BatchHeader begin_batch(const UsageStretch& stretch) noexcept {
  BatchHeader batch;
  batch.first_id = stretch.first_id;
  batch.start = stretch.from;
  batch.first_us = std::numeric_limits<core::WallMicros>::max();
  batch.last_us = std::numeric_limits<core::WallMicros>::min();
  return batch;
}

void add_record(BatchHeader& batch, const std::byte* at, std::size_t bytes) noexcept {
  const core::WallMicros time_us = read_usage_record(at).time_us;
  batch.first_us = std::min(batch.first_us, time_us);
  batch.last_us = std::max(batch.last_us, time_us);
  batch.payload_bytes += static_cast<std::uint32_t>(bytes);
  ++batch.records;
}

void seal(const UsageRing& ring, BatchHeader& batch) noexcept {
  batch.payload_checksum = core::xxhash64({ring.at(batch.start), batch.payload_bytes});
}

}  // namespace

BatchHeader take_batch(const UsageRing& ring, const UsageStretch& stretch) noexcept {
  BatchHeader batch = begin_batch(stretch);
  while (batch.end() < stretch.to) {
    const std::byte* const at = ring.at(batch.end());
    const std::size_t bytes = usage_record_size_at(at);
    CHECK(usage_record_sequence(at) == batch.end() + bytes);
    if (batch.payload_bytes + bytes > kBatchPayloadMax) break;
    add_record(batch, at, bytes);
  }
  seal(ring, batch);
  return batch;
}

BatchHeader take_good_batch(const UsageRing& ring, const UsageStretch& stretch) noexcept {
  BatchHeader batch = begin_batch(stretch);
  while (batch.end() < stretch.to) {
    const std::byte* const at = ring.at(batch.end());
    const std::size_t room = std::min<std::size_t>(stretch.to - batch.end(), kUsageRecordBytesMax);
    const auto bytes = check_usage_record({at, room}, {ring.epoch(), batch.end()});
    if (!bytes || batch.payload_bytes + *bytes > kBatchPayloadMax) break;
    add_record(batch, at, *bytes);
  }
  if (batch.records != 0) seal(ring, batch);
  return batch;
}

}  // namespace storage
