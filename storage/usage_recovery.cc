#include "storage/usage_recovery.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/base/hash.h"
#include "storage/usage_segment_scan.h"
#include "storage/usage_take.h"

namespace storage {

UsageRecovery::UsageRecovery(RecoveryOptions options, const UsageWorld& world,
                             UsageSegmentList& list, std::uint64_t last_id)
    : options_(std::move(options)), world_(world), list_(list) {
  result_.last_id = last_id;
}

core::Result<UsageRecovered> UsageRecovery::run() {
  core::Status done = repair_last_segment();
  if (done) done = find_rings();
  for (std::size_t first = 0; done && first < found_.size(); first += kSegmentRingsMax) {
    done = drain(first, std::min(kSegmentRingsMax, found_.size() - first));
  }
  if (done) done = remove_rings();
  if (!done) return std::unexpected(done.error());
  return result_;
}

core::Status UsageRecovery::repair_last_segment() {
  const UsageSegmentList::Snapshot segments = list_.snapshot();
  if (segments.empty()) return {};
  UsageSegment& segment = *segments.back();
  result_.last_id = std::max(result_.last_id, segment.header().first_id - 1);
  auto file = world_.disk.open_to_repair(segment.path());
  if (!file) return std::unexpected(file.error());
  const auto cut = find_cut(**file, segment);
  if (!cut) return std::unexpected(cut.error());
  const auto used = used_end(**file, cut->point.offset, segment.end());
  if (!used) return std::unexpected(used.error());

  core::Status done;
  std::uint64_t end = cut->point.offset;
  if (cut->batch.records != 0) {
    // The good records of the bad batch get a header of their own. It lies in one sector.
    std::array<std::byte, kBatchHeaderBytes> header;
    std::uint64_t chain = cut->point.chain;
    write_batch_header(cut->batch, chain, header);
    done = (*file)->write(cut->point.offset, header);
    result_.last_id = std::max(result_.last_id, cut->batch.last_id());
  }
  const std::uint64_t kept = cut->batch.records == 0
                                 ? cut->point.offset
                                 : end + kBatchHeaderBytes + cut->batch.payload_bytes;
  if (cut->batch.records != 0) end += batch_bytes_in_file(cut->batch.payload_bytes);
  // First down to the last good byte, then up again: what lies between reads as zeros.
  if (done) done = (*file)->truncate(kept);
  if (done) done = (*file)->truncate(end);
  if (done) done = (*file)->sync_data();
  if (!done) return done;
  segment.set_end(end);
  const std::uint64_t spoken_for = std::max(*used, cut->claims);
  if (spoken_for > kept) {
    result_.lost_bytes += spoken_for - kept;
  }
  return {};
}

core::Result<UsageRecovery::Cut> UsageRecovery::find_cut(const UsageFile& file,
                                                         const UsageSegment& segment) {
  SegmentScan scan(file, segment.first_point(), segment.end());
  for (;;) {
    const auto step = scan.next();
    if (!step) return std::unexpected(step.error());
    if (*step != SegmentScan::Step::kBatch) return Cut{scan.point(), {}, 0};
    BatchHeader batch = scan.batch();
    const auto payload = scan.payload();
    if (!payload) return std::unexpected(payload.error());
    const bool is_good = payload->size() == batch.payload_bytes &&
                         batch.ring < segment.header().rings.size() &&
                         core::xxhash64(*payload) == batch.payload_checksum;
    if (is_good) {
      result_.last_id = std::max(result_.last_id, batch.last_id());
      continue;
    }
    const std::uint64_t claims = scan.point().offset + kBatchHeaderBytes + batch.payload_bytes;
    const std::uint64_t epoch =
        batch.ring < segment.header().rings.size() ? segment.header().rings[batch.ring].epoch : 0;
    BatchRecords records(*payload, batch, epoch);
    while (records.next()) {
    }
    batch.records = records.passed();
    batch.payload_bytes = records.passed_bytes();
    batch.payload_checksum = core::xxhash64(payload->first(records.passed_bytes()));
    return Cut{scan.point(), batch, claims};
  }
}

// One past the last byte that is not zero, at least `from`.
core::Result<std::uint64_t> UsageRecovery::used_end(const UsageFile& file, std::uint64_t from,
                                                    std::uint64_t size) const {
  std::vector<std::byte> chunk(std::size_t{256} << 10);
  std::uint64_t end = from;
  for (std::uint64_t at = from; at < size;) {
    const auto got = file.read(at, chunk);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) break;
    for (std::size_t i = *got; i-- > 0;) {
      if (chunk[i] == std::byte{0}) continue;
      end = at + i + 1;
      break;
    }
    at += *got;
  }
  return end;
}

core::Status UsageRecovery::find_rings() {
  const auto names = world_.disk.list(options_.ring_dir);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!name.ends_with(".ring")) continue;
    const std::string path = options_.ring_dir + "/" + name;
    auto ring = UsageRing::open(path);
    if (!ring && ring.error().code == EBADMSG) {
      if (world_.report) {
        world_.report("usage log: " + path + ": " + core::describe(ring.error()) +
                      "; what it held and no segment does is left out");
      }
      continue;
    }
    if (!ring) return std::unexpected(ring.error());
    Found found{std::move(*ring), 0};
    if (core::Status done = find_start(found); !done) return done;
    found_.push_back(std::move(found));
  }
  return {};
}

// The newest segment that names a ring holds, or follows, all that was ever drained from it.
core::Status UsageRecovery::find_start(Found& found) const {
  found.from = found.ring->head();
  const UsageSegmentList::Snapshot segments = list_.snapshot();
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    const std::vector<SegmentRing>& rings = (*segment)->header().rings;
    const auto named = std::ranges::find_if(rings, [&](const SegmentRing& ring) {
      return ring.id == found.ring->id() && ring.epoch == found.ring->epoch();
    });
    if (named == rings.end()) continue;
    found.from = std::max(found.from, named->start);
    const auto file = world_.disk.open_to_read((*segment)->path());
    if (!file) return std::unexpected(file.error());
    SegmentScan scan(**file, (*segment)->first_point(), (*segment)->end());
    for (;;) {
      const auto step = scan.next();
      if (!step) return std::unexpected(step.error());
      if (*step != SegmentScan::Step::kBatch) return {};
      if (scan.batch().ring == static_cast<std::uint32_t>(named - rings.begin())) {
        found.from = std::max(found.from, scan.batch().end());
      }
    }
  }
  return {};
}

core::Status UsageRecovery::drain(std::size_t first, std::size_t count) {
  std::vector<UsageRing*> rings;
  std::vector<std::uint64_t> starts;
  for (std::size_t i = first; i < first + count; ++i) {
    rings.push_back(found_[i].ring.get());
    starts.push_back(found_[i].from);
  }
  UsageAppender appender(options_.appender, world_, list_, rings, starts);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t limit = starts[i] + rings[i]->capacity();
    for (;;) {
      BatchHeader batch =
          take_good_batch(*rings[i], {appender.taken(i), limit, result_.last_id + 1});
      if (batch.records == 0) break;
      batch.ring = i;
      appender.add(batch);
      result_.last_id = batch.last_id();
      result_.records += batch.records;
    }
    const std::uint64_t tail = rings[i]->tail();
    if (tail > appender.taken(i)) result_.lost_bytes += tail - appender.taken(i);
  }
  if (!appender.finish()) return std::unexpected(appender.last_error());
  return {};
}

core::Status UsageRecovery::remove_rings() {
  for (const Found& found : found_) {
    if (core::Status done = world_.disk.remove(found.ring->path()); !done) return done;
  }
  found_.clear();
  return world_.disk.sync_dir(options_.ring_dir);
}

}  // namespace storage
