#include "storage/usage_writer.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "core/base/check.h"
#include "storage/usage_record.h"
#include "storage/usage_take.h"

namespace storage {

UsageWriter::UsageWriter(const WriterOptions& options, const UsageWorld& world,
                         const WriterParts& parts, std::vector<UsageRing*> rings,
                         std::uint64_t last_id)
    : options_(options),
      world_(world),
      parts_(parts),
      rings_(std::move(rings)),
      reader_(world.disk, world.report),
      last_id_(last_id),
      last_record_at_(world.clock.boot_now()),
      last_sync_at_(last_record_at_ - options.sync_ns),
      last_checkpoint_at_(last_record_at_) {
  parts_.appender.set_synced_id(last_id);
}

bool UsageWriter::turn() {
  const core::TurnTime now = world_.clock.now();
  const bool had_questions = take_questions();
  const bool had_records = drain();
  if (had_records) last_record_at_ = now.boot_ns;
  parts_.appender.write();
  const bool had_counts = count();
  sync_if_due(now.boot_ns);
  if (is_counted()) reach_fences();
  close_minutes(now.wall_us);
  make_checkpoint(now.boot_ns);
  tell_numbers();
  return had_questions || had_records || had_counts;
}

bool UsageWriter::take_questions() {
  bool had_any = false;
  UsageInquiry inquiry;
  while (parts_.questions.take(inquiry)) {
    waiting_.push_back(std::move(inquiry));
    had_any = true;
  }
  return had_any;
}

bool UsageWriter::drain() {
  bool had_records = false;
  for (std::uint32_t i = 0; i < rings_.size(); ++i) {
    const std::uint64_t tail = rings_[i]->tail();
    while (parts_.appender.taken(i) < tail) {
      BatchHeader batch = take_batch(*rings_[i], {parts_.appender.taken(i), tail, last_id_ + 1});
      batch.ring = i;
      last_id_ = batch.last_id();
      parts_.appender.add(batch);
      had_records = true;
    }
  }
  return had_records;
}

// Counts what has ids and is not counted. Records whose room in the rings is not given back are
// read there.
bool UsageWriter::count() {
  bool had_any = false;
  while (!is_counted() && !must_close_first()) {
    had_any = true;
    const std::uint64_t next_id = parts_.fold.last_id() + 1;
    const auto& pending = parts_.appender.pending();
    if (!pending.empty() && next_id >= pending.front().first_id) {
      count_batch(next_id);
      continue;
    }
    const std::uint64_t until_id = pending.empty() ? last_id_ : pending.front().first_id - 1;
    if (!count_from_segments(until_id)) return false;
    if (parts_.fold.last_id() < until_id) break;  // Enough for a turn.
  }
  return had_any;
}

void UsageWriter::count_batch(std::uint64_t next_id) {
  const auto& pending = parts_.appender.pending();
  const auto beyond = std::ranges::upper_bound(pending, next_id, {}, &BatchHeader::first_id);
  const BatchHeader& batch = *std::prev(beyond);
  const UsageRing& ring = *rings_[batch.ring];
  std::array<const std::byte*, UsageFold::kFewMax> few;
  std::size_t count = 0;
  std::uint64_t id = batch.first_id;
  for (std::uint64_t at = batch.start; at < batch.end(); ++id) {
    const std::byte* const record = ring.at(at);
    at += usage_record_size_at(record);
    if (id >= next_id) few[count++] = record;
    if (count < few.size() && at < batch.end()) continue;
    parts_.fold.fold_few(id + 1 - count, std::span(few.data(), count));
    count = 0;
  }
}

// False: they can't be read now.
bool UsageWriter::count_from_segments(std::uint64_t until_id) {
  const auto end = reader_.read(parts_.segments.snapshot(), parts_.fold.last_id(), kCatchUpBytes,
                                [&](std::uint64_t id, const std::byte* record) {
                                  if (id > until_id) return false;
                                  parts_.fold.fold(id, record);
                                  return id < until_id;
                                });
  if (!end) {
    if (!std::exchange(read_failed_, true) && world_.report) {
      world_.report("usage log: " + core::describe(end.error()) + "; counting waits");
    }
    return false;
  }
  read_failed_ = false;
  // Ids that no segment holds were lost with a torn tail, or are damaged.
  if (end->is_end || end->last_id >= until_id) parts_.fold.pass_over(until_id);
  return true;
}

bool UsageWriter::must_close_first() const noexcept {
  return parts_.fold.is_full() && parts_.fold.may_close();
}

void UsageWriter::sync_if_due(core::BootNanos now) {
  if (!parts_.appender.has_unsynced() || !sync_is_due(now)) return;
  last_sync_at_ = now;
  if (!parts_.appender.sync() || options_.sync != WriterOptions::Sync::kAlways) return;
  for (core::Waker* const waker : wakers_) waker->wake();
}

bool UsageWriter::sync_is_due(core::BootNanos now) const noexcept {
  switch (options_.sync) {
    case WriterOptions::Sync::kOff:
      return false;
    case WriterOptions::Sync::kAlways:
      return true;
    case WriterOptions::Sync::kInterval:
      break;
  }
  const bool fold_waits = closing_ && !closing_is_handed_over_;
  if (fold_waits || now - last_sync_at_ >= options_.sync_ns) return true;
  return std::ranges::any_of(rings_, [](const UsageRing* ring) {
    return ring->tail() - ring->head() > ring->capacity() / 4;
  });
}

void UsageWriter::reach_fences() {
  for (UsageInquiry& inquiry : waiting_) parts_.worker.submit(make_job(std::move(inquiry)));
  waiting_.clear();
}

UsageJob UsageWriter::make_job(UsageInquiry&& inquiry) const {
  AnswerJob job{std::move(inquiry), {}, {}};
  const UsageFold& fold = parts_.fold;
  job.memory.closing = closing_;
  if (const auto* question = std::get_if<core::UsageQuestion>(&job.inquiry.ask)) {
    job.memory.use = fold.use_of(question->key_id);
    job.memory.cells = fold.cells_of(question->key_id, minute_of(question->from),
                                     minute_of(question->to + kMicrosPerMinute - 1));
  } else if (const auto* keys = std::get_if<std::vector<core::KeyId>>(&job.inquiry.ask)) {
    for (const core::KeyId key : *keys) job.open.push_back(fold.use_of(key));
  }
  return job;
}

void UsageWriter::close_minutes(core::WallMicros now) {
  if (closing_ && parts_.worker.stored_folds() >= closing_->cursor.folds) closing_.reset();
  if (!closing_) {
    const MinuteNumber last_over = UsageFold::last_over(now);
    const bool is_due = is_counted() && parts_.fold.is_due(last_over);
    if (!is_due && !must_close_first()) return;
    closing_ = parts_.fold.close(last_over);
    closing_is_handed_over_ = false;
  }
  hand_over_closed();
}

// Rollups never hold what a power loss could still take from the log.
void UsageWriter::hand_over_closed() {
  if (closing_is_handed_over_) return;
  if (parts_.appender.synced_id() < closing_->cursor.folded_id) return;
  closing_is_handed_over_ = true;
  parts_.worker.submit(FoldJob{closing_});
}

void UsageWriter::make_checkpoint(core::BootNanos now) {
  if (!parts_.worker.has_checkpoint() || parts_.worker.is_checkpointing()) return;
  if (now - last_checkpoint_at_ < options_.checkpoint_ns) return;
  last_checkpoint_at_ = now;
  parts_.worker.submit(CheckpointJob{LogPosition{parts_.appender.synced_id()}});
}

void UsageWriter::tell_numbers() {
  const auto& pending = parts_.appender.pending();
  world_.counters.oldest_pending_us.store(pending.empty() ? 0 : pending.front().first_us,
                                          std::memory_order_relaxed);
}

void UsageWriter::sleep() {
  const core::BootNanos now = world_.clock.boot_now();
  // While there is traffic each nap ends in a flush of all that came in: records need not wake us.
  const bool has_traffic = now - last_record_at_ < kTrafficNs;
  const bool wants_records = options_.sync == WriterOptions::Sync::kAlways || !has_traffic;
  parts_.doorbell.sleep_until(
      wants_records, [&] { return has_news(wants_records); }, nap_ns(now));
}

bool UsageWriter::has_news(bool wants_records) const noexcept {
  if (sleeps_no_more_.load() || !parts_.questions.is_empty()) return true;
  for (std::uint32_t i = 0; i < rings_.size(); ++i) {
    const std::uint64_t news = rings_[i]->tail() - parts_.appender.taken(i);
    if (news != 0 && (wants_records || news > rings_[i]->capacity() / 4)) return true;
  }
  return false;
}

std::int64_t UsageWriter::nap_ns(core::BootNanos now) const noexcept {
  const bool has_traffic = now - last_record_at_ < kTrafficNs;
  std::int64_t nap = kIdleNs;
  if (parts_.appender.is_refused() || read_failed_) nap = UsageAppender::kRetryAfterNs;
  if (has_traffic && options_.sync != WriterOptions::Sync::kAlways) {
    const std::int64_t next = last_sync_at_ + options_.sync_ns - now;
    nap = std::min(nap, next > 0 ? next : options_.sync_ns);
  }
  return nap;
}

void UsageWriter::finish() {
  // What is to be counted may lie in segments; what can't be written stays in the rings.
  do {
    turn();
  } while (has_backlog());
  parts_.appender.write();
  parts_.appender.sync();
  close_minutes(world_.clock.now().wall_us);
  // Counting could not catch up: no answer is better than a wrong one.
  for (const UsageInquiry& inquiry : waiting_) {
    parts_.questions.answered();
    inquiry.reply->post({inquiry.token, {}});
  }
  waiting_.clear();
}

}  // namespace storage
