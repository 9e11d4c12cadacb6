// Writes closed minutes and hours into the rollups, in slices.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "storage/lmdb.h"
#include "storage/rollup_row.h"
#include "storage/rollup_store.h"
#include "storage/usage_fold.h"
#include "storage/usage_segment_list.h"

namespace storage {

// One transaction that is written a slice at a time, so that questions are answered in between. A
// failure leaves the rollups as they were: make another and begin again.
//
// Owner: the usage log's worker thread, from the first step() to the last.
// Bound: a slice is at most kSliceRows rows, about 1 ms; the commit at the end flushes what was
//        written, 60 MiB for a minute of a million cells.
class RollupFold {
 public:
  static constexpr std::uint32_t kSliceRows = 1024;

  RollupFold(RollupStore& store, std::shared_ptr<const ClosedMinutes> closed,
             const UsageReport& report);

  // The next slice. True: that was the last one, it is committed, and store.cursor tells so.
  core::Result<bool> step();

 private:
  struct Sorted {
    std::uint64_t key = 0;
    std::uint64_t rest = 0;  // Template, method, status.
    std::uint32_t cell = 0;
    auto operator<=>(const Sorted&) const = default;
  };
  core::Status begin();
  void sort_minute();
  core::Status write_cell(const UsageCell& cell);
  core::Status add_to_hour(const RollupKey& minute_key, const RollupCounts& counts);
  core::Status finish_key();
  core::Status finish();

  RollupStore& store_;
  const std::shared_ptr<const ClosedMinutes> closed_;
  const UsageReport& report_;
  std::optional<WriteTxn> txn_;
  std::uint32_t appends_from_ = 0;  // Minutes from here on are beyond the table's end.

  std::size_t minute_ = 0;  // Index into closed_->minutes.
  std::vector<Sorted> order_;
  std::size_t next_ = 0;  // Index into order_.
  core::KeyId key_ = 0;   // Whose uses are being summed up; 0: none.
  KeyUse use_;
  std::vector<std::byte> value_;
};

// Adds up the minutes of the first hour that is over and has no rows yet.
class RollupHour {
 public:
  static constexpr std::uint32_t kSliceRows = 2048;

  // `hours_before`: hours before this one are over.
  RollupHour(RollupStore& store, HourNumber hours_before, const UsageReport& report);

  // The next slice. True: done; had_hour() tells whether there was one to add up, and so whether
  // there may be another.
  core::Result<bool> step();
  bool had_hour() const noexcept { return had_hour_; }

 private:
  struct Source {
    Cursor cursor;
    MinuteNumber minute = 0;
  };
  core::Result<bool> begin();
  core::Result<bool> add_source(MinuteNumber minute);
  core::Status add_row(std::size_t source);
  core::Status write_row();
  core::Status finish();

  RollupStore& store_;
  const HourNumber hours_before_;
  const UsageReport& report_;
  bool had_hour_ = false;
  HourNumber hour_ = 0;
  bool appends_ = false;
  std::optional<ReadTxn> from_;
  std::vector<Source> sources_;  // Those that have rows left; destroyed before from_.
  std::optional<WriteTxn> into_;
  std::optional<CellName> name_;  // Of the row that is being added up.
  RollupCounts counts_;
  std::vector<std::byte> value_;
};

}  // namespace storage
