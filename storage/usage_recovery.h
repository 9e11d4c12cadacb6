// What is done with the files of an earlier process before the log goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "storage/usage_appender.h"
#include "storage/usage_ring.h"
#include "storage/usage_segment_list.h"

namespace storage {

struct RecoveryOptions {
  std::string ring_dir;
  AppenderOptions appender;
};

struct UsageRecovered {
  std::uint64_t last_id = 0;  // No id up to this one may be given again.
  std::uint64_t records = 0;  // Drained from rings.
  std::uint64_t lost_bytes = 0;
};

// Repairs the last segment and drains every ring file found.
//
//  1. The last segment is read whole. At its first bad record it is cut; what follows is counted as
//     lost. No other segment is touched: it was flushed to its end before its successor was made.
//  2. A ring is drained from its head, or from where the newest segment that names it ends, if that
//     is later; as far as records are good, even beyond the tail (after a power loss the tail may
//     be older than the records).
//  3. Ring files are removed once all of it is on disk.
//
// Dying at any point of it and running it again gives the same records once.
class UsageRecovery {
 public:
  // `last_id`: what the rollups know of. `list` has been loaded.
  UsageRecovery(RecoveryOptions options, const UsageWorld& world, UsageSegmentList& list,
                std::uint64_t last_id);

  core::Result<UsageRecovered> run();

 private:
  struct Found {
    std::unique_ptr<UsageRing> ring;
    std::uint64_t from = 0;
  };
  // Where the good part of a segment ends.
  struct Cut {
    SegmentPoint point;        // Of the batch that is bad, or of the end.
    BatchHeader batch;         // Its good records; none: `records` is 0.
    std::uint64_t claims = 0;  // Bytes of file that the bad batch's header speaks for.
  };

  core::Status repair_last_segment();
  core::Result<Cut> find_cut(const UsageFile& file, const UsageSegment& segment);
  core::Result<std::uint64_t> used_end(const UsageFile& file, std::uint64_t from,
                                       std::uint64_t size) const;
  core::Status find_rings();
  core::Status find_start(Found& found) const;
  core::Status drain(std::size_t first, std::size_t count);
  core::Status remove_rings();

  const RecoveryOptions options_;
  const UsageWorld world_;
  UsageSegmentList& list_;
  UsageRecovered result_;
  std::vector<Found> found_;
};

}  // namespace storage
