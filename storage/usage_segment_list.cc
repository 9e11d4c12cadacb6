#include "storage/usage_segment_list.h"

#include <algorithm>
#include <cerrno>
#include <limits>

namespace storage {
namespace {

constexpr std::uint64_t kIndexStride = std::uint64_t{256} << 10;

bool is_blank(core::Bytes bytes) noexcept {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

void UsageSegment::note_batch(std::uint64_t first_id, SegmentPoint point) {
  const std::lock_guard lock(mutex_);
  if (!index_.empty() && point.offset < index_.back().point.offset + kIndexStride) return;
  index_.push_back({first_id, point});
}

core::Result<SegmentPoint> UsageSegment::seek(const UsageFile& file, std::uint64_t after_id) {
  const std::lock_guard lock(mutex_);
  if (index_.empty()) {
    SegmentScan scan(file, first_point(), end());
    for (;;) {
      const auto step = scan.next();
      if (!step) return std::unexpected(step.error());
      if (*step != SegmentScan::Step::kBatch) break;
      if (index_.empty() || scan.point().offset >= index_.back().point.offset + kIndexStride) {
        index_.push_back({scan.batch().first_id, scan.point()});
      }
    }
  }
  const auto beyond = std::ranges::upper_bound(index_, after_id + 1, {}, &IndexEntry::first_id);
  return beyond == index_.begin() ? first_point() : std::prev(beyond)->point;
}

core::Status UsageSegmentList::load(UsageDisk& disk, const std::string& dir,
                                    const UsageReport& report) {
  const auto names = disk.list(dir);
  if (!names) return std::unexpected(names.error());
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : *names) {
    if (const auto number = segment_number(name)) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  std::vector<std::byte> head(kSegmentHeaderBytes);
  for (const std::uint64_t number : numbers) {
    next_number_ = number + 1;
    const std::string path = dir + "/" + segment_file_name(number);
    const auto file = disk.open_to_read(path);
    if (!file) return std::unexpected(file.error());
    const auto size = (*file)->size();
    if (!size) return std::unexpected(size.error());
    const auto got = (*file)->read(0, head);
    if (!got) return std::unexpected(got.error());
    auto start = read_segment_header(core::Bytes(head).first(*got));
    if (start) {
      add(std::make_shared<UsageSegment>(path, std::move(*start), *size));
    } else if (start.error().code != EBADMSG) {
      return std::unexpected(start.error());
    } else if (is_blank(core::Bytes(head).first(*got))) {
      // Its maker died before the header was written, so before the first record.
      if (core::Status removed = disk.remove(path); !removed) return removed;
    } else if (report) {
      report("usage log: " + path + ": the header is damaged; its records are left out");
    }
  }
  return {};
}

void UsageSegmentList::add(std::shared_ptr<UsageSegment> segment) {
  const std::lock_guard lock(mutex_);
  segments_.push_back(std::move(segment));
}

void UsageSegmentList::remove(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  std::erase_if(segments_, [&](const auto& each) { return each->header().number == number; });
}

UsageSegmentList::Snapshot UsageSegmentList::snapshot() const {
  const std::lock_guard lock(mutex_);
  return segments_;
}

core::Result<UsageReadEnd> UsageReader::read(const UsageSegmentList::Snapshot& segments,
                                             std::uint64_t after_id, std::uint64_t bytes_max,
                                             const Each& each) const {
  // The good ids of a segment are below the first id of every later one: in the usual case because
  // ids grow, after a failed flush because the rest is void.
  std::vector<Limit> limits(segments.size());
  Limit limit{.void_from = std::numeric_limits<std::uint64_t>::max()};
  std::uint64_t superseded_from = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t i = segments.size(); i-- > 0;) {
    const SegmentHeader& header = segments[i]->header();
    limit.is_superseded = header.number >= superseded_from;
    limits[i] = limit;
    limit.void_from = std::min(limit.void_from, header.first_id);
    if (header.supersedes != 0) superseded_from = std::min(superseded_from, header.supersedes);
  }
  Progress progress{.last_id = after_id, .bytes_left = bytes_max};
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (limits[i].void_from <= progress.last_id + 1) continue;
    core::Status done = read_segment(*segments[i], limits[i], each, progress);
    if (!done) return std::unexpected(done.error());
    if (progress.is_stopped) return UsageReadEnd{progress.last_id, false};
  }
  return UsageReadEnd{progress.last_id, true};
}

core::Status UsageReader::read_segment(UsageSegment& segment, const Limit& limit, const Each& each,
                                       Progress& progress) const {
  const auto damaged_at = [&](std::uint64_t offset) {
    if (!limit.is_superseded) tell_damage(segment, offset);
  };
  const auto file = disk_.open_to_read(segment.path());
  if (!file && file.error().code == ENOENT) return {};  // Removed since the snapshot was taken.
  if (!file) return std::unexpected(file.error());
  const auto from = segment.seek(**file, progress.last_id);
  if (!from) return std::unexpected(from.error());
  SegmentScan scan(**file, *from, segment.end());
  for (;;) {
    const auto step = scan.next();
    if (!step) return std::unexpected(step.error());
    if (*step == SegmentScan::Step::kDamaged) damaged_at(scan.point().offset);
    if (*step != SegmentScan::Step::kBatch) return {};
    const BatchHeader& batch = scan.batch();
    if (batch.first_id >= limit.void_from) return {};
    if (batch.last_id() <= progress.last_id) continue;
    const auto payload = scan.payload();
    if (!payload) return std::unexpected(payload.error());
    if (batch.ring >= segment.header().rings.size()) {
      damaged_at(scan.point().offset);
      return {};
    }
    BatchRecords records(*payload, batch, segment.header().rings[batch.ring].epoch);
    while (records.next()) {
      if (records.id() <= progress.last_id) continue;
      progress.last_id = records.id();
      if (!each(records.id(), records.record())) {
        progress.is_stopped = true;
        return {};
      }
    }
    if (!records.is_whole()) {
      damaged_at(scan.point().offset + kBatchHeaderBytes + records.passed_bytes());
      return {};
    }
    if (progress.bytes_left <= batch.payload_bytes) {
      progress.is_stopped = true;
      return {};
    }
    progress.bytes_left -= batch.payload_bytes;
  }
}

core::Result<std::uint64_t> UsageReader::id_before(const UsageSegmentList::Snapshot& segments,
                                                   core::WallMicros time) const {
  std::uint64_t id = 0;
  if (time <= 0) return id;
  for (const auto& segment : segments) {
    const auto first = first_time(*segment);
    if (!first) return std::unexpected(first.error());
    if (!*first) continue;
    if (**first >= time) break;
    id = segment->header().first_id - 1;
  }
  return id;
}

core::Result<std::optional<core::WallMicros>> UsageReader::first_time(
    const UsageSegment& segment) const {
  const auto file = disk_.open_to_read(segment.path());
  if (!file && file.error().code == ENOENT) return std::nullopt;
  if (!file) return std::unexpected(file.error());
  SegmentScan scan(**file, segment.first_point(), segment.end());
  const auto step = scan.next();
  if (!step) return std::unexpected(step.error());
  if (*step != SegmentScan::Step::kBatch) return std::nullopt;
  return scan.batch().first_us;
}

void UsageReader::tell_damage(UsageSegment& segment, std::uint64_t offset) const {
  if (!report_ || !segment.tell_damage()) return;
  report_("usage log: " + segment.path() + ": damaged at byte " + std::to_string(offset) +
          "; the records from there to the end of the file are left out");
}

}  // namespace storage
