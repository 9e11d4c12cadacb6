// Counts the records that rollups don't hold yet, in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "storage/rollup_row.h"
#include "storage/usage_cells.h"
#include "storage/usage_templates.h"

namespace storage {

// 1 Mi cells and their tables, and half as much for full histograms.
inline constexpr std::size_t kFoldMemoryMax = std::size_t{128} << 20;

// Minutes that are open at a time: this one, the one before for some seconds, and those of late
// records. Past it they are closed early, as parts.
inline constexpr std::size_t kOpenMinutesMax = 64;

// How long after its end a minute is closed: a record bears the time of the turn in which its
// request was in hand, and is published when the answer is known.
inline constexpr core::WallMicros kMinuteGraceUs = 2'000'000;

// Minutes that get no more records, on their way into the rollups. Nobody changes it.
struct ClosedMinutes {
  std::vector<std::unique_ptr<const MinuteCells>> minutes;  // By minute; at least one.
  FoldCursor cursor;  // To be stored with their rows, but for hours_before, which is a wish: hours
                      // before it are over.
  UsageTemplates::Added templates;
};

// The counts of one cell, copied out for an answer.
struct CellCounts {
  MinuteNumber minute = 0;
  CellName name;
  std::vector<std::pair<core::LatencyBucket, std::uint64_t>> by_bucket;
};

// Owner: the usage writer.
// Bound: kFoldMemoryMax and a batch; the caller stops folding while is_full() and may_close().
class UsageFold {
 public:
  UsageFold(const FoldCursor& cursor, UsageTemplates& templates)
      : cursor_(cursor), templates_(templates), last_id_(cursor.replay_after) {}

  // The next record of the log; ids only grow.
  void fold(std::uint64_t id, const std::byte* record);

  // The next few records of the log, with ids from `first_id` on. Their cells are fetched side by
  // side: with a million keys in use, a third of what fold() takes for each.
  static constexpr std::size_t kFewMax = 32;
  void fold_few(std::uint64_t first_id, std::span<const std::byte* const> records);

  // All records up to this id have been passed; those that were not don't exist.
  std::uint64_t last_id() const noexcept { return last_id_; }
  void pass_over(std::uint64_t id) noexcept { last_id_ = std::max(last_id_, id); }

  bool is_full() const noexcept;
  bool is_empty() const noexcept { return open_.empty(); }

  // The last minute that is over, grace included.
  static MinuteNumber last_over(core::WallMicros now_us) noexcept;

  // False while records are read again of which some are in the rollups: no cursor could tell
  // which.
  bool may_close() const noexcept { return last_id_ >= cursor_.folded_id; }

  // Whether minutes are over that were not when close() was last called, and one of them has
  // records.
  bool is_due(MinuteNumber last_over) const noexcept;

  // Takes out all minutes up to the given one, and those that were closed before and got late
  // records. Requires: is_due(last_over), or is_full() and may_close().
  std::shared_ptr<const ClosedMinutes> close(MinuteNumber last_over);

  // What open minutes hold of a key.
  KeyUse use_of(core::KeyId key) const;
  std::vector<CellCounts> cells_of(core::KeyId key, MinuteNumber from, MinuteNumber to) const;

 private:
  struct OpenMinute {
    std::unique_ptr<MinuteCells> cells;
    std::uint64_t first_id = 0;
  };
  struct Placed {
    MinuteCells* cells;
    CellUse use;
  };
  // Empty: the rollups hold it.
  std::optional<Placed> place(std::uint64_t id, const std::byte* record);
  OpenMinute& open(MinuteNumber minute, std::uint64_t id);

  FoldCursor cursor_;  // As of the last close(), stored or not.
  UsageTemplates& templates_;
  std::uint64_t last_id_;
  std::map<MinuteNumber, OpenMinute> open_;
  OpenMinute* latest_ = nullptr;  // The one used last: nearly always the next, too.
  MinuteNumber closed_at_ = 0;    // last_over of the last close().
};

// The same for a set of closed minutes.
KeyUse use_of(const ClosedMinutes& closed, core::KeyId key);
KeyUse use_of(const MinuteCells& cells, core::KeyId key);
void append_cells_of(const MinuteCells& cells, core::KeyId key, std::vector<CellCounts>& out);

}  // namespace storage
