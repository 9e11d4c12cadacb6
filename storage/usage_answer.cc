#include "storage/usage_answer.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace storage {
namespace {

constexpr core::WallMicros kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr std::uint16_t kStatusRejected = 429;
constexpr std::uint16_t kStatusErrors = 500;

}  // namespace

core::Result<core::UsageAnswer> UsageAnswering::answer(const core::UsageQuestion& question,
                                                       const UsageMemory& memory) {
  question_ = question;
  question_.from = std::max<core::WallMicros>(question.from, 0);
  question_.to = std::max(question.to, question_.from);
  answer_ = {};
  rows_.clear();
  const auto txn = store_.env.read();
  if (!txn) return std::unexpected(txn.error());
  auto use = store_.read_use(*txn, question.key_id, report_);
  if (!use) return std::unexpected(use.error());
  use->add(memory.use);
  if (core::Status done = add_rollups(*txn); !done) return std::unexpected(done.error());
  add_cells(memory.cells);
  if (memory.closing && !is_stored(*memory.closing)) {
    use->add(use_of(*memory.closing, question.key_id));
    std::vector<CellCounts> cells;
    for (const auto& minute : memory.closing->minutes) {
      append_cells_of(*minute, question.key_id, cells);
    }
    add_cells(cells);
  }
  answer_.total = use->total;
  answer_.last_used_at = use->last_used_us;
  if (!answer_.too_many_rows) {
    for (const auto& [name, counts] : rows_) answer_.series.push_back(make_row(name, counts));
    std::ranges::stable_sort(answer_.series, [](const core::UsageRow& a, const core::UsageRow& b) {
      return std::tie(a.start, a.endpoint) < std::tie(b.start, b.endpoint);
    });
  }
  return std::exchange(answer_, {});
}

core::Result<std::vector<core::KeyTotals>> UsageAnswering::totals(
    const std::vector<core::KeyId>& keys, const std::vector<KeyUse>& open,
    const ClosedMinutes* closing) {
  const auto txn = store_.env.read();
  if (!txn) return std::unexpected(txn.error());
  const bool adds_closing = closing != nullptr && !is_stored(*closing);
  std::vector<core::KeyTotals> totals;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto use = store_.read_use(*txn, keys[i], report_);
    if (!use) return std::unexpected(use.error());
    use->add(open[i]);
    if (adds_closing) use->add(use_of(*closing, keys[i]));
    totals.push_back({use->total, use->last_used_us});
  }
  return totals;
}

bool UsageAnswering::is_stored(const ClosedMinutes& closing) const noexcept {
  return closing.cursor.folds <= store_.cursor.folds;
}

// Hours that have rows are read as such where the window allows it, the rest by minutes.
core::Status UsageAnswering::add_rollups(const Txn& txn) {
  const MinuteNumber from = minute_of(question_.from);
  const MinuteNumber to = minute_of(question_.to);
  HourNumber hours_from = (from + 59) / 60;
  HourNumber hours_to = std::min<HourNumber>(to / 60, store_.cursor.hours_before);
  if (question_.window == core::UsageWindow::kMinute || hours_from >= hours_to) {
    return add_grain(txn, {store_.minutes, from, to, kMicrosPerMinute});
  }
  core::Status done = add_grain(txn, {store_.minutes, from, hours_from * 60, kMicrosPerMinute});
  if (done) done = add_grain(txn, {store_.hours, hours_from, hours_to, kMicrosPerHour});
  if (done) done = add_grain(txn, {store_.minutes, hours_to * 60, to, kMicrosPerMinute});
  return done;
}

core::Status UsageAnswering::add_grain(const Txn& txn, const Grain& grain) {
  auto row = txn.cursor(grain.table);
  if (!row) return std::unexpected(row.error());
  std::uint32_t start = grain.from;
  while (start < grain.to) {
    auto found = row->seek(first_rollup_key(start, question_.key_id));
    if (!found) return std::unexpected(found.error());
    auto key = *found ? read_rollup_key(row->key()) : std::nullopt;
    if (!key) return {};
    if (key->start != start) {
      start = key->start;  // Nobody used anything in between.
      continue;
    }
    while (key && key->start == start && key->name.key == question_.key_id) {
      RollupCounts counts;
      if (!read_rollup_value(row->key(), row->value(), counts)) {
        report_damaged_row(report_, "minutes or hours");
      }
      add(start * grain.unit_us, key->name, counts);
      found = row->next();
      if (!found) return std::unexpected(found.error());
      key = *found ? read_rollup_key(row->key()) : std::nullopt;
    }
    ++start;
  }
  return {};
}

void UsageAnswering::add_cells(const std::vector<CellCounts>& cells) {
  for (const CellCounts& cell : cells) {
    const core::WallMicros start = minute_start(cell.minute);
    if (start < question_.from || start >= question_.to) continue;
    RollupCounts counts;
    for (const auto& [bucket, count] : cell.by_bucket) counts.add(bucket, count);
    add(start, cell.name, counts);
  }
}

void UsageAnswering::add(core::WallMicros start, const CellName& name, const RollupCounts& counts) {
  const std::uint64_t total = counts.total();
  const bool is_rejected = name.status == kStatusRejected;
  (is_rejected ? answer_.rejected : answer_.count) += total;
  const RowName row_name = row_of(start, name);
  auto found = rows_.find(row_name);
  if (found == rows_.end()) {
    answer_.too_many_rows |= rows_.size() >= core::kUsageSeriesRowsMax;
    if (answer_.too_many_rows) return;
    found = rows_.emplace(row_name, RowCounts{}).first;
  }
  RowCounts& row = found->second;
  const bool had_answered = row.count != 0;
  (is_rejected ? row.rejected : row.count) += total;
  if (name.status >= kStatusErrors) row.errors += total;
  if (is_rejected && had_answered) return;
  if (!is_rejected && !had_answered) row.latency.clear();
  for (std::size_t bucket = 0; bucket < counts.by_bucket.size(); ++bucket) {
    if (counts.by_bucket[bucket] == 0) continue;
    row.latency.add(static_cast<core::LatencyBucket>(bucket), counts.by_bucket[bucket]);
  }
}

UsageAnswering::RowName UsageAnswering::row_of(core::WallMicros start,
                                               const CellName& name) const noexcept {
  RowName row;
  switch (question_.window) {
    case core::UsageWindow::kNone:
      row.start = question_.from;
      break;
    case core::UsageWindow::kMinute:
      row.start = start;
      break;
    case core::UsageWindow::kHour:
      row.start = std::max(question_.from, start - start % kMicrosPerHour);
      break;
  }
  if (question_.by_endpoint) row.template_id = name.template_id;
  if (question_.by_method) row.method = name.method;
  if (question_.by_status) row.status = name.status;
  return row;
}

core::UsageRow UsageAnswering::make_row(const RowName& name, const RowCounts& counts) const {
  core::UsageRow row;
  row.start = name.start;
  row.end = question_.to;
  if (question_.window == core::UsageWindow::kMinute) row.end = name.start + kMicrosPerMinute;
  if (question_.window == core::UsageWindow::kHour) {
    row.end = std::min(question_.to, name.start - name.start % kMicrosPerHour + kMicrosPerHour);
  }
  if (question_.by_endpoint) row.endpoint = templates_.text(name.template_id);
  if (question_.by_method) row.method = name.method;
  row.status = name.status;
  row.count = counts.count;
  row.rejected = counts.rejected;
  row.errors = counts.errors;
  row.p50_us = counts.latency.percentile(50);
  row.p90_us = counts.latency.percentile(90);
  row.p99_us = counts.latency.percentile(99);
  return row;
}

}  // namespace storage
