// Writes batches to segment files and gives their rings' room back once they are on disk.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/runtime/clock.h"
#include "storage/failpoint.h"
#include "storage/usage_counters.h"
#include "storage/usage_disk.h"
#include "storage/usage_ring.h"
#include "storage/usage_segment.h"
#include "storage/usage_segment_list.h"

namespace storage {

// What the parts of the log share of the world outside; all of it outlives them.
struct UsageWorld {
  const core::Clock& clock;
  core::Random& random;
  UsageDisk& disk;
  Failpoint& failpoint;
  UsageCounters& counters;
  const UsageReport& report;
};

struct AppenderOptions {
  std::string dir;  // Of the segments.
  std::uint64_t segment_bytes = 0;
  bool releases_unsynced = false;  // Heads move once records are written (sync mode off).
};

// A failed write, flush or allocation closes the segment for good. What was not flushed is still in
// the rings; it is written to a new segment, which says that it supersedes the old. Until that
// succeeds heads stand still and the rings fill: shards refuse what they can't record. Tried again
// each kRetryAfterNs, so that the log recovers as soon as the disk does.
//
// Owner: the usage writer; `list` is how readers see what is written.
// Bound: pending batches are what the rings hold.
class UsageAppender {
 public:
  static constexpr std::int64_t kRetryAfterNs = 250'000'000;

  // `starts`: the position in each ring up to which records are in segments already. At most
  // kSegmentRingsMax rings; they outlive it.
  UsageAppender(AppenderOptions options, const UsageWorld& world, UsageSegmentList& list,
                std::vector<UsageRing*> rings, std::vector<std::uint64_t> starts);

  // Takes a batch over: its bytes stay in rings[batch.ring] until they are on disk.
  void add(const BatchHeader& batch);

  // Writes what is not written. False: refused; try again later.
  bool write();

  // Flushes what is written. False: refused; try again later.
  bool sync();

  // Writes, flushes, cuts the segment's unused room off and closes it.
  bool finish();

  // The position in a ring up to which records were added.
  std::uint64_t taken(std::uint32_t ring) const noexcept { return taken_[ring]; }

  // Batches whose room in the rings is not given back yet, oldest first.
  const std::deque<BatchHeader>& pending() const noexcept { return pending_; }
  bool has_unwritten() const noexcept { return written_ < pending_.size(); }
  bool has_unsynced() const noexcept { return written_ > 0; }

  // All records up to this id are on disk (or written, if that is all that is asked for).
  std::uint64_t synced_id() const noexcept { return synced_id_; }
  void set_synced_id(std::uint64_t id) noexcept { synced_id_ = id; }

  // Not to be tried again before this.
  core::BootNanos retry_at() const noexcept { return retry_at_; }
  bool is_refused() const noexcept { return is_refused_; }
  core::Error last_error() const noexcept { return error_; }

 private:
  bool open_segment();
  core::Status begin_file(UsageFile& file, std::span<const std::byte, kSegmentHeaderBytes> header);
  bool close_segment();
  bool append(const BatchHeader& batch);
  core::Status flush();
  void release_written();
  void give_up(const core::Error& error);
  std::vector<SegmentRing> ring_starts() const;

  const AppenderOptions options_;
  const UsageWorld world_;
  UsageSegmentList& list_;
  const std::vector<UsageRing*> rings_;
  std::vector<std::uint64_t> taken_;

  std::deque<BatchHeader> pending_;
  std::size_t written_ = 0;  // The first ones of pending_ that are in the segment.
  std::uint64_t synced_id_ = 0;

  std::unique_ptr<UsageFile> file_;
  std::shared_ptr<UsageSegment> segment_;
  SegmentPoint point_;               // Where the next batch goes.
  bool segment_has_synced_ = false;  // The present segment holds flushed batches.
  std::uint64_t supersedes_ = 0;     // For the next segment's header.
  core::BootNanos retry_at_ = 0;
  bool is_refused_ = false;
  core::Error error_;
};

}  // namespace storage
