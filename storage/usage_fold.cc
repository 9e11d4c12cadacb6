#include "storage/usage_fold.h"

#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "storage/usage_record.h"

namespace storage {

void UsageFold::fold(std::uint64_t id, const std::byte* record) {
  if (const auto placed = place(id, record)) placed->cells->add(placed->use);
}

void UsageFold::fold_few(std::uint64_t first_id, std::span<const std::byte* const> records) {
  CHECK(records.size() <= kFewMax);
  std::array<Placed, kFewMax> all;
  std::size_t count = 0;
  for (const std::byte* const record : records) {
    const auto placed = place(first_id++, record);
    if (!placed) continue;
    placed->cells->fetch_place(placed->use.name);
    all[count++] = *placed;
  }
  const std::span<const Placed> few(all.data(), count);
  for (const Placed& each : few) each.cells->fetch_cell(each.use.name);
  for (const Placed& each : few) each.cells->add(each.use);
}

std::optional<UsageFold::Placed> UsageFold::place(std::uint64_t id, const std::byte* record) {
  CHECK(id > last_id_);
  last_id_ = id;
  const core::UsageEvent event = read_usage_record(record);
  const MinuteNumber minute = minute_of(event.time_us);
  if (cursor_.holds(id, minute)) return std::nullopt;
  const bool is_latest = latest_ != nullptr && latest_->cells->minute() == minute;
  OpenMinute& into = is_latest ? *latest_ : open(minute, id);
  const core::WallMicros offset_us = event.time_us - minute_start(minute);
  return Placed{
      into.cells.get(),
      {.name = {.key = event.key_id,
                .template_id = templates_.id_for(event.tenant_id, event.endpoint, event.time_us),
                .status = event.status,
                .method = event.method},
       .offset_us = static_cast<std::uint32_t>(std::max<core::WallMicros>(0, offset_us)),
       .bucket = core::latency_bucket(event.latency_us)}};
}

UsageFold::OpenMinute& UsageFold::open(MinuteNumber minute, std::uint64_t id) {
  OpenMinute& found = open_[minute];
  if (!found.cells) found = {std::make_unique<MinuteCells>(minute), id};
  latest_ = &found;
  return found;
}

bool UsageFold::is_full() const noexcept {
  std::size_t bytes = 0;
  for (const auto& [minute, each] : open_) bytes += each.cells->memory_bytes();
  return bytes > kFoldMemoryMax || open_.size() > kOpenMinutesMax;
}

MinuteNumber UsageFold::last_over(core::WallMicros now_us) noexcept {
  const MinuteNumber minute = minute_of(now_us - kMinuteGraceUs);
  return minute == 0 ? 0 : minute - 1;
}

bool UsageFold::is_due(MinuteNumber last_over) const noexcept {
  if (open_.empty() || last_over == closed_at_ || !may_close()) return false;
  return open_.begin()->first <= std::max(last_over, cursor_.closed_minute);
}

std::shared_ptr<const ClosedMinutes> UsageFold::close(MinuteNumber last_over) {
  CHECK(!open_.empty() && may_close());
  closed_at_ = last_over;
  MinuteNumber through = std::max(last_over, cursor_.closed_minute);
  if (is_full()) through = std::max(through, open_.rbegin()->first);
  auto closed = std::make_shared<ClosedMinutes>();
  while (!open_.empty() && open_.begin()->first <= through) {
    closed->minutes.push_back(std::move(open_.begin()->second.cells));
    open_.erase(open_.begin());
  }
  CHECK(!closed->minutes.empty());
  latest_ = nullptr;
  cursor_.closed_minute = through;
  cursor_.folded_id = last_id_;
  cursor_.replay_after = last_id_;
  for (const auto& [minute, each] : open_) {
    cursor_.replay_after = std::min(cursor_.replay_after, each.first_id - 1);
  }
  ++cursor_.folds;
  closed->cursor = cursor_;
  closed->cursor.hours_before = (last_over + 1) / 60;
  closed->templates = templates_.take_added();
  return closed;
}

KeyUse UsageFold::use_of(core::KeyId key) const {
  KeyUse use;
  for (const auto& [minute, each] : open_) use.add(storage::use_of(*each.cells, key));
  return use;
}

std::vector<CellCounts> UsageFold::cells_of(core::KeyId key, MinuteNumber from,
                                            MinuteNumber to) const {
  std::vector<CellCounts> out;
  for (const auto& [minute, each] : open_) {
    if (minute >= from && minute < to) append_cells_of(*each.cells, key, out);
  }
  return out;
}

KeyUse use_of(const ClosedMinutes& closed, core::KeyId key) {
  KeyUse use;
  for (const auto& each : closed.minutes) use.add(use_of(*each, key));
  return use;
}

KeyUse use_of(const MinuteCells& cells, core::KeyId key) {
  KeyUse use;
  cells.for_each_of(key, [&](const UsageCell& cell) {
    const core::WallMicros last_us = minute_start(cells.minute()) + cell.last_offset_us;
    use.add({cell.count, cell.name.status == 429 ? cell.count : 0, last_us});
  });
  return use;
}

void append_cells_of(const MinuteCells& cells, core::KeyId key, std::vector<CellCounts>& out) {
  cells.for_each_of(key, [&](const UsageCell& cell) {
    CellCounts& copy = out.emplace_back(CellCounts{cells.minute(), cell.name, {}});
    cells.for_each_bucket(cell, [&](core::LatencyBucket bucket, std::uint64_t count) {
      copy.by_bucket.emplace_back(bucket, count);
    });
  });
}

}  // namespace storage
