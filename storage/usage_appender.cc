#include "storage/usage_appender.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/check.h"

namespace storage {

UsageAppender::UsageAppender(AppenderOptions options, const UsageWorld& world,
                             UsageSegmentList& list, std::vector<UsageRing*> rings,
                             std::vector<std::uint64_t> starts)
    : options_(std::move(options)),
      world_(world),
      list_(list),
      rings_(std::move(rings)),
      taken_(std::move(starts)) {
  CHECK(rings_.size() == taken_.size() && rings_.size() <= kSegmentRingsMax);
}

void UsageAppender::add(const BatchHeader& batch) {
  CHECK(batch.ring < rings_.size() && batch.start == taken_[batch.ring]);
  taken_[batch.ring] = batch.end();
  pending_.push_back(batch);
  world_.counters.records_drained.fetch_add(batch.records, std::memory_order_relaxed);
}

bool UsageAppender::write() {
  if (!has_unwritten()) return true;
  if (is_refused_ && world_.clock.boot_now() < retry_at_) return false;
  while (has_unwritten()) {
    const BatchHeader& batch = pending_[written_];
    const bool fits =
        point_.offset + batch_bytes_in_file(batch.payload_bytes) <= options_.segment_bytes;
    const bool is_empty = point_.offset == kSegmentHeaderBytes;
    if (file_ && !fits && !is_empty && !close_segment()) return false;
    if (!file_ && !open_segment()) return false;
    if (!append(batch)) return false;
  }
  world_.failpoint.pass("usage.after_write");
  if (options_.releases_unsynced) release_written();
  return true;
}

bool UsageAppender::append(const BatchHeader& batch) {
  std::array<std::byte, kBatchHeaderBytes> header;
  SegmentPoint after = point_;
  write_batch_header(batch, after.chain, header);
  after.offset += batch_bytes_in_file(batch.payload_bytes);
  const core::Bytes payload{rings_[batch.ring]->at(batch.start), batch.payload_bytes};
  if (core::Status done = file_->write_two(point_.offset, header, payload); !done) {
    give_up(done.error());
    return false;
  }
  segment_->note_batch(batch.first_id, point_);
  segment_->set_end(after.offset);
  world_.counters.segment_bytes.fetch_add(after.offset - point_.offset, std::memory_order_relaxed);
  point_ = after;
  ++written_;
  return true;
}

bool UsageAppender::sync() {
  if (!has_unsynced()) return true;
  if (core::Status done = flush(); !done) {
    give_up(done.error());
    return false;
  }
  world_.failpoint.pass("usage.after_sync");
  release_written();
  return true;
}

core::Status UsageAppender::flush() {
  const core::BootNanos begun = world_.clock.boot_now();
  core::Status done = file_->sync_data();
  const core::BootNanos took = world_.clock.boot_now() - begun;
  UsageCounters& counters = world_.counters;
  counters.sync_us_total.fetch_add(static_cast<std::uint64_t>(took / 1000),
                                   std::memory_order_relaxed);
  (done ? counters.syncs : counters.sync_failures).fetch_add(1, std::memory_order_relaxed);
  return done;
}

bool UsageAppender::finish() {
  return write() && sync() && (!file_ || close_segment());
}

// Gives the rings' room back for all that is written.
void UsageAppender::release_written() {
  std::uint64_t records = 0;
  for (; written_ > 0; --written_) {
    const BatchHeader& batch = pending_.front();
    rings_[batch.ring]->set_head(batch.end());
    synced_id_ = batch.last_id();
    records += batch.records;
    pending_.pop_front();
  }
  world_.counters.records_synced.fetch_add(records, std::memory_order_relaxed);
  segment_has_synced_ = true;
  supersedes_ = 0;
  if (std::exchange(is_refused_, false) && world_.report) {
    world_.report("usage log: writing again");
  }
}

// The last flush of a segment also covers its length; only then may a later one exist, because a
// torn end is looked for in the last segment alone.
bool UsageAppender::close_segment() {
  core::Status done = file_->truncate(point_.offset);
  if (done) done = flush();
  if (!done) {
    give_up(done.error());
    return false;
  }
  if (has_unsynced()) release_written();
  file_.reset();
  segment_.reset();
  return true;
}

bool UsageAppender::open_segment() {
  SegmentHeader header;
  header.number = list_.next_number();
  header.first_id = pending_[written_].first_id;
  header.supersedes = supersedes_;
  std::array<std::byte, 8> salt{};
  world_.random.fill(salt);
  header.salt = core::load<std::uint64_t>(salt.data());
  header.created_us = world_.clock.now().wall_us;
  header.rings = ring_starts();
  std::array<std::byte, kSegmentHeaderBytes> bytes;
  const std::uint64_t chain = write_segment_header(header, bytes);

  const std::string path = options_.dir + "/" + segment_file_name(header.number);
  auto file = world_.disk.create(path);
  core::Status begun =
      file ? begin_file(**file, bytes) : core::Status(std::unexpected(file.error()));
  if (!begun) {
    if (file) core::ignore(world_.disk.remove(path), "the failure that is told comes first");
    give_up(begun.error());
    return false;
  }
  file_ = std::move(*file);
  segment_ = std::make_shared<UsageSegment>(path, SegmentStart{header, chain}, kSegmentHeaderBytes);
  list_.add(segment_);
  point_ = segment_->first_point();
  segment_has_synced_ = false;
  world_.counters.segments.fetch_add(1, std::memory_order_relaxed);
  world_.counters.segment_bytes.fetch_add(kSegmentHeaderBytes, std::memory_order_relaxed);
  return true;
}

core::Status UsageAppender::begin_file(UsageFile& file,
                                       std::span<const std::byte, kSegmentHeaderBytes> header) {
  const std::uint64_t least =
      kSegmentHeaderBytes + batch_bytes_in_file(pending_[written_].payload_bytes);
  core::Status done = file.allocate(std::max(options_.segment_bytes, least));
  if (done) done = file.write(0, header);
  if (done) done = file.sync_data();
  if (done) done = world_.disk.sync_dir(options_.dir);
  return done;
}

// For each ring the position of its first record that no earlier segment holds for good.
std::vector<SegmentRing> UsageAppender::ring_starts() const {
  std::vector<SegmentRing> starts;
  for (std::size_t i = 0; i < rings_.size(); ++i) {
    starts.push_back({rings_[i]->id(), rings_[i]->epoch(), taken_[i]});
  }
  for (auto batch = pending_.rbegin(); batch != pending_.rend(); ++batch) {
    starts[batch->ring].start = batch->start;
  }
  return starts;
}

// Nothing is known about what was written since the last flush: the file is left alone for ever,
// and all of it is to be written again elsewhere.
void UsageAppender::give_up(const core::Error& error) {
  if (!std::exchange(is_refused_, true) && world_.report) {
    world_.report("usage log: " + core::describe(error) +
                  "; records stay in the rings, and requests are refused once those are full");
  }
  error_ = error;
  retry_at_ = world_.clock.boot_now() + kRetryAfterNs;
  written_ = 0;
  if (!segment_) return;
  const std::uint64_t number = segment_->header().number;
  // A segment of which nothing was flushed is of no use to anyone; else they would pile up.
  const bool is_gone = !segment_has_synced_ && world_.disk.remove(segment_->path()).has_value();
  if (is_gone) {
    list_.remove(number);
    world_.counters.segments.fetch_sub(1, std::memory_order_relaxed);
    world_.counters.segment_bytes.fetch_sub(segment_->end(), std::memory_order_relaxed);
  } else if (supersedes_ == 0) {
    supersedes_ = number;
  }
  file_.reset();
  segment_.reset();
}

}  // namespace storage
