// The segments of the log as readers see them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "storage/usage_disk.h"
#include "storage/usage_segment.h"
#include "storage/usage_segment_scan.h"

namespace storage {

using UsageReport = std::function<void(std::string_view)>;

// One segment. Its bytes up to end() are never written again.
//
// Shared: any thread reads while the usage writer appends: end() is moved (release) after the bytes
//         are in the file; the index has a mutex.
class UsageSegment {
 public:
  UsageSegment(std::string path, SegmentStart start, std::uint64_t end)
      : path_(std::move(path)), start_(std::move(start)), end_(end) {}

  const std::string& path() const noexcept { return path_; }
  const SegmentHeader& header() const noexcept { return start_.header; }
  SegmentPoint first_point() const noexcept { return {kSegmentHeaderBytes, start_.chain}; }

  std::uint64_t end() const noexcept { return end_.load(std::memory_order_acquire); }
  void set_end(std::uint64_t end) noexcept { end_.store(end, std::memory_order_release); }

  // The writer tells of each batch that it appends; one in 256 KiB is kept.
  void note_batch(std::uint64_t first_id, SegmentPoint point);

  // A batch at or before the one that holds the first id after `after_id`, at most 256 KiB before
  // it. Reads the whole file's headers once if this process did not write them.
  core::Result<SegmentPoint> seek(const UsageFile& file, std::uint64_t after_id);

  // True for the first caller: damage is told once.
  bool tell_damage() noexcept { return !is_damage_told_.exchange(true); }

 private:
  struct IndexEntry {
    std::uint64_t first_id = 0;
    SegmentPoint point;
  };

  const std::string path_;
  const SegmentStart start_;
  std::atomic<std::uint64_t> end_;
  std::atomic<bool> is_damage_told_{false};
  std::mutex mutex_;
  std::vector<IndexEntry> index_;  // By id. 16 KiB a 64 MiB segment at most.
};

// Shared: any thread; a snapshot is a copy of the list.
class UsageSegmentList {
 public:
  using Snapshot = std::vector<std::shared_ptr<UsageSegment>>;

  // Reads the headers of all segments in `dir`. A file that never came to have a header is removed;
  // one with a damaged header is reported and left out. Fails on a newer format.
  core::Status load(UsageDisk& disk, const std::string& dir, const UsageReport& report);

  void add(std::shared_ptr<UsageSegment> segment);
  void remove(std::uint64_t number);
  Snapshot snapshot() const;

  // One more than any number that a file has had.
  std::uint64_t next_number() noexcept { return next_number_.fetch_add(1); }

 private:
  mutable std::mutex mutex_;
  Snapshot segments_;  // By number.
  std::atomic<std::uint64_t> next_number_{1};
};

struct UsageReadEnd {
  std::uint64_t last_id = 0;  // All ids up to this one have been passed, or don't exist.
  bool is_end = false;        // There was nothing more.
};

// Reads records in the order of their ids, over all segments, leaving out what is superseded.
//
// Shared: any thread, each with its own.
class UsageReader {
 public:
  UsageReader(const UsageDisk& disk, const UsageReport& report) : disk_(disk), report_(report) {}

  // False ends the reading after this record. The bytes are those of a good record, valid within
  // the call.
  using Each = std::function<bool(std::uint64_t id, const std::byte* record)>;

  // Passes records after `after_id` until `each` returns false or, at the end of a batch, more than
  // `bytes_max` were read. What follows damage in a segment is left out, and reported.
  core::Result<UsageReadEnd> read(const UsageSegmentList::Snapshot& segments,
                                  std::uint64_t after_id, std::uint64_t bytes_max,
                                  const Each& each) const;

  // An id such that no record up to it is of `time` or later, if times grow with ids: the last one
  // before a segment that begins earlier than `time`. Reads one header a segment.
  core::Result<std::uint64_t> id_before(const UsageSegmentList::Snapshot& segments,
                                        core::WallMicros time) const;

 private:
  struct Progress {
    std::uint64_t last_id = 0;
    std::uint64_t bytes_left = 0;
    bool is_stopped = false;
  };
  struct Limit {
    std::uint64_t void_from = 0;  // Ids from here on are void in this segment.
    bool is_superseded = false;   // A flush of it failed: damage is no surprise.
  };
  core::Status read_segment(UsageSegment& segment, const Limit& limit, const Each& each,
                            Progress& progress) const;
  // The least of the first batch; nothing if there is no good one.
  core::Result<std::optional<core::WallMicros>> first_time(const UsageSegment& segment) const;
  void tell_damage(UsageSegment& segment, std::uint64_t offset) const;

  const UsageDisk& disk_;
  const UsageReport& report_;
};

}  // namespace storage
