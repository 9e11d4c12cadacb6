#include "storage/rollup_writer.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace storage {

RollupFold::RollupFold(RollupStore& store, std::shared_ptr<const ClosedMinutes> closed,
                       const UsageReport& report)
    : store_(store), closed_(std::move(closed)), report_(report) {}

core::Result<bool> RollupFold::step() {
  if (!txn_) {
    if (core::Status done = begin(); !done) return std::unexpected(done.error());
    if (store_.cursor.folds >= closed_->cursor.folds) return true;
  }
  for (std::uint32_t rows = 0; rows < kSliceRows; ++rows) {
    if (next_ == order_.size()) {
      core::Status done = finish_key();
      if (done && ++minute_ == closed_->minutes.size()) {
        done = finish();
        if (done) return true;
      }
      if (!done) return std::unexpected(done.error());
      sort_minute();
      return false;
    }
    const UsageCell& cell = closed_->minutes[minute_]->cell(order_[next_++].cell);
    if (core::Status done = write_cell(cell); !done) return std::unexpected(done.error());
  }
  return false;
}

core::Status RollupFold::begin() {
  auto txn = store_.env.write();
  if (!txn) return std::unexpected(txn.error());
  txn_.emplace(std::move(*txn));
  // A commit that failed before may have come to pass all the same.
  const auto stored = store_.read_cursor(*txn_);
  if (!stored) return std::unexpected(stored.error());
  store_.cursor = *stored;
  if (stored->folds >= closed_->cursor.folds) return {};
  auto last = txn_->cursor(store_.minutes);
  if (!last) return std::unexpected(last.error());
  const auto found = last->last();
  if (!found) return std::unexpected(found.error());
  if (*found) {
    const auto key = read_rollup_key(last->key());
    appends_from_ = key ? key->start + 1 : ~std::uint32_t{0};
  }
  sort_minute();
  return store_.write_templates(*txn_, closed_->templates);
}

// In the order of the table's keys, so that rows are appended to whole pages.
void RollupFold::sort_minute() {
  const MinuteCells& cells = *closed_->minutes[minute_];
  order_.clear();
  order_.reserve(cells.size());
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    const CellName& name = cells.cell(i).name;
    const std::uint64_t rest = std::uint64_t{name.template_id} << 32 |
                               std::uint64_t{static_cast<std::uint8_t>(name.method)} << 16 |
                               name.status;
    order_.push_back({name.key, rest, i});
  }
  std::ranges::sort(order_);
  next_ = 0;
}

core::Status RollupFold::write_cell(const UsageCell& cell) {
  const MinuteCells& cells = *closed_->minutes[minute_];
  if (cell.name.key != key_) {
    if (core::Status done = finish_key(); !done) return done;
    key_ = cell.name.key;
  }
  const core::WallMicros last_us = minute_start(cells.minute()) + cell.last_offset_us;
  use_.add({cell.count, cell.name.status == 429 ? cell.count : 0, last_us});

  RollupCounts counts;
  cells.for_each_bucket(
      cell, [&](core::LatencyBucket bucket, std::uint64_t count) { counts.add(bucket, count); });
  const RollupKey key{cells.minute(), cell.name, closed_->cursor.folds};
  const RollupKeyBytes bytes = write_rollup_key(key);
  write_rollup_value(bytes, counts, value_);
  core::Status done = cells.minute() >= appends_from_ ? txn_->append(store_.minutes, bytes, value_)
                                                      : txn_->put(store_.minutes, bytes, value_);
  if (done && cells.minute() / 60 < store_.cursor.hours_before) done = add_to_hour(key, counts);
  return done;
}

// The hour has its rows already: late uses get a row beside them. Two late minutes of one hour that
// are folded together share it.
core::Status RollupFold::add_to_hour(const RollupKey& minute_key, const RollupCounts& counts) {
  RollupKey key = minute_key;
  key.start /= 60;
  const RollupKeyBytes bytes = write_rollup_key(key);
  RollupCounts sum = counts;
  const auto before = txn_->get(store_.hours, bytes);
  if (!before) return std::unexpected(before.error());
  if (*before && !read_rollup_value(bytes, **before, sum)) report_damaged_row(report_, "hours");
  write_rollup_value(bytes, sum, value_);
  return txn_->put(store_.hours, bytes, value_);
}

core::Status RollupFold::finish_key() {
  if (key_ == 0) return {};
  auto use = store_.read_use(*txn_, key_, report_);
  if (!use) return std::unexpected(use.error());
  use->add(std::exchange(use_, {}));
  return store_.write_use(*txn_, std::exchange(key_, 0), *use);
}

core::Status RollupFold::finish() {
  FoldCursor cursor = closed_->cursor;
  cursor.hours_before = store_.cursor.hours_before;
  core::Status done = store_.write_cursor(*txn_, cursor);
  if (done) done = txn_->commit();
  if (done) store_.cursor = cursor;
  return done;
}

RollupHour::RollupHour(RollupStore& store, HourNumber hours_before, const UsageReport& report)
    : store_(store), hours_before_(hours_before), report_(report) {}

core::Result<bool> RollupHour::step() {
  if (!into_) {
    const auto begun = begin();
    if (!begun) return std::unexpected(begun.error());
    if (!*begun) return true;
  }
  for (std::uint32_t rows = 0; rows < kSliceRows; ++rows) {
    if (sources_.empty()) {
      core::Status done = finish();
      if (!done) return std::unexpected(done.error());
      return true;
    }
    // The least name of at most 60 sources; rows of one name follow each other.
    const auto least = std::ranges::min_element(sources_, [](const Source& a, const Source& b) {
      return std::ranges::lexicographical_compare(a.cursor.key().subspan(4),
                                                  b.cursor.key().subspan(4));
    });
    const auto index = static_cast<std::size_t>(least - sources_.begin());
    if (core::Status done = add_row(index); !done) return std::unexpected(done.error());
  }
  return false;
}

// Whether there is an hour to add up.
core::Result<bool> RollupHour::begin() {
  auto from = store_.env.read();
  if (!from) return std::unexpected(from.error());
  from_.emplace(std::move(*from));
  const auto stored = store_.read_cursor(*from_);
  if (!stored) return std::unexpected(stored.error());
  store_.cursor = *stored;
  auto first = from_->cursor(store_.minutes);
  if (!first) return std::unexpected(first.error());
  const auto found = first->seek(first_rollup_key(store_.cursor.hours_before * 60, 0));
  if (!found) return std::unexpected(found.error());
  const auto key = *found ? read_rollup_key(first->key()) : std::nullopt;
  if (!key || key->start / 60 >= hours_before_) return false;
  hour_ = key->start / 60;
  had_hour_ = true;
  for (MinuteNumber minute = hour_ * 60; minute < (hour_ + 1) * 60; ++minute) {
    const auto added = add_source(minute);
    if (!added) return std::unexpected(added.error());
  }
  auto into = store_.env.write();
  if (!into) return std::unexpected(into.error());
  into_.emplace(std::move(*into));
  auto last = into_->cursor(store_.hours);
  if (!last) return std::unexpected(last.error());
  const auto any = last->last();
  if (!any) return std::unexpected(any.error());
  const auto last_key = *any ? read_rollup_key(last->key()) : std::nullopt;
  appends_ = !*any || (last_key && last_key->start < hour_);
  return true;
}

core::Result<bool> RollupHour::add_source(MinuteNumber minute) {
  auto cursor = from_->cursor(store_.minutes);
  if (!cursor) return std::unexpected(cursor.error());
  const auto found = cursor->seek(first_rollup_key(minute, 0));
  if (!found) return std::unexpected(found.error());
  const auto key = *found ? read_rollup_key(cursor->key()) : std::nullopt;
  if (!key || key->start != minute) return false;
  sources_.push_back({std::move(*cursor), minute});
  return true;
}

core::Status RollupHour::add_row(std::size_t index) {
  Source& source = sources_[index];
  const auto key = read_rollup_key(source.cursor.key());
  CHECK(key && key->start == source.minute);
  if (name_ && *name_ != key->name) {
    if (core::Status done = write_row(); !done) return done;
  }
  name_ = key->name;
  if (!read_rollup_value(source.cursor.key(), source.cursor.value(), counts_)) {
    report_damaged_row(report_, "minutes");
  }
  const auto more = source.cursor.next();
  if (!more) return std::unexpected(more.error());
  const auto next = *more ? read_rollup_key(source.cursor.key()) : std::nullopt;
  if (!next || next->start != source.minute) {
    if (index + 1 != sources_.size()) source = std::move(sources_.back());
    sources_.pop_back();
  }
  return {};
}

core::Status RollupHour::write_row() {
  const RollupKeyBytes bytes = write_rollup_key({hour_, *std::exchange(name_, std::nullopt), 0});
  write_rollup_value(bytes, std::exchange(counts_, {}), value_);
  return appends_ ? into_->append(store_.hours, bytes, value_)
                  : into_->put(store_.hours, bytes, value_);
}

core::Status RollupHour::finish() {
  core::Status done;
  if (name_) done = write_row();
  FoldCursor cursor = store_.cursor;
  cursor.hours_before = hour_ + 1;
  if (done) done = store_.write_cursor(*into_, cursor);
  if (done) done = into_->commit();
  if (done) store_.cursor = cursor;
  return done;
}

}  // namespace storage
