// Answers a question about a key's usage from rollups and memory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/domain/latency_histogram.h"
#include "core/service/usage_query.h"
#include "storage/rollup_store.h"
#include "storage/usage_fold.h"

namespace storage {

// What memory held of a key when its question's fence was reached.
struct UsageMemory {
  KeyUse use;                     // Of the open minutes.
  std::vector<CellCounts> cells;  // Of the open minutes within the question's span.
  // On its way into the rollups at that moment; counts only as long as it isn't there.
  std::shared_ptr<const ClosedMinutes> closing;
};

// Owner: the usage log's worker thread, which also writes the rollups: between the snapshot and the
//        answer nothing is committed.
// Bound: kUsageSeriesRowsMax rows of 2 KiB; one look-up in the rollups for each minute, or hour
//        that has rows of its own, of the span.
class UsageAnswering {
 public:
  UsageAnswering(const RollupStore& store, const UsageTemplates& templates,
                 const UsageReport& report)
      : store_(store), templates_(templates), report_(report) {}

  core::Result<core::UsageAnswer> answer(const core::UsageQuestion& question,
                                         const UsageMemory& memory);

  // In the order of `keys`. `open`: what open minutes held of each at the fence.
  core::Result<std::vector<core::KeyTotals>> totals(const std::vector<core::KeyId>& keys,
                                                    const std::vector<KeyUse>& open,
                                                    const ClosedMinutes* closing);

 private:
  struct RowName {
    core::WallMicros start = 0;
    TemplateId template_id = kOtherTemplate;
    core::Method method = core::Method{0};
    std::uint16_t status = 0;
    auto operator<=>(const RowName&) const = default;
  };
  struct RowCounts {
    std::uint64_t count = 0;
    std::uint64_t rejected = 0;
    std::uint64_t errors = 0;
    core::LatencyHistogram latency;  // Of `count`; of `rejected` if there is nothing else.
  };
  // A stretch of one of the two tables.
  struct Grain {
    Table table;
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    core::WallMicros unit_us = kMicrosPerMinute;
  };

  core::Status add_rollups(const Txn& txn);
  core::Status add_grain(const Txn& txn, const Grain& grain);
  void add_cells(const std::vector<CellCounts>& cells);
  void add(core::WallMicros start, const CellName& name, const RollupCounts& counts);
  RowName row_of(core::WallMicros start, const CellName& name) const noexcept;
  core::UsageRow make_row(const RowName& name, const RowCounts& counts) const;
  bool is_stored(const ClosedMinutes& closing) const noexcept;

  const RollupStore& store_;
  const UsageTemplates& templates_;
  const UsageReport& report_;
  core::UsageQuestion question_;
  core::UsageAnswer answer_;
  std::map<RowName, RowCounts> rows_;
};

}  // namespace storage
