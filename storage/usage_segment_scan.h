// Walks the batches of one segment file, and the records of one batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "storage/usage_disk.h"
#include "storage/usage_segment.h"

namespace storage {

// Where a batch begins, and the checksum that its header continues.
struct SegmentPoint {
  std::uint64_t offset = kSegmentHeaderBytes;
  std::uint64_t chain = 0;
};

// Hops from header to header; payloads are read only if asked for.
//
// Owner: one thread. The file must outlive it.
// Bound: a window of 16 KiB, or one batch.
class SegmentScan {
 public:
  enum class Step : std::uint8_t {
    kBatch,    // batch() is one more; its payload may be cut or damaged all the same.
    kEnd,      // The file's end, or a header of zeros: room set aside and not used.
    kDamaged,  // Neither: these bytes don't continue the chain.
  };

  // Reads from `from` up to `end` (not beyond it, whatever the file holds).
  SegmentScan(const UsageFile& file, SegmentPoint from, std::uint64_t end);

  core::Result<Step> next();

  const BatchHeader& batch() const noexcept { return batch_; }
  SegmentPoint point() const noexcept { return at_; }     // Of batch().
  SegmentPoint after() const noexcept { return after_; }  // Of the one that follows.

  // The bytes of batch(), as many as there are; valid until the next call here.
  core::Result<core::Bytes> payload();

 private:
  core::Result<core::Bytes> window(std::uint64_t offset, std::size_t bytes);

  const UsageFile& file_;
  const std::uint64_t end_;
  SegmentPoint at_;
  SegmentPoint after_;
  BatchHeader batch_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_at_ = 0;
  std::size_t buffered_ = 0;
};

// The records of a payload, up to the first that is not what it must be.
class BatchRecords {
 public:
  // Requires: `payload` outlives it. `epoch` is that of the batch's ring.
  BatchRecords(core::Bytes payload, const BatchHeader& batch, std::uint64_t epoch) noexcept
      : payload_(payload), batch_(batch), epoch_(epoch) {}

  // Moves to the next good record. False: all were good and were passed, or the next one is bad;
  // is_whole() tells which.
  bool next() noexcept;

  std::uint64_t id() const noexcept { return batch_.first_id + passed_ - 1; }
  const std::byte* record() const noexcept { return record_; }

  // What has been passed so far.
  std::uint32_t passed() const noexcept { return passed_; }
  std::uint32_t passed_bytes() const noexcept { return passed_bytes_; }

  bool is_whole() const noexcept {
    return passed_ == batch_.records && passed_bytes_ == batch_.payload_bytes;
  }

 private:
  const core::Bytes payload_;
  const BatchHeader batch_;
  const std::uint64_t epoch_;
  const std::byte* record_ = nullptr;
  std::uint32_t passed_ = 0;
  std::uint32_t passed_bytes_ = 0;
};

}  // namespace storage
