#include "storage/usage_segment_scan.h"

#include <algorithm>

#include "storage/usage_record.h"

namespace storage {
namespace {

// Small batches come many to a window; of a large one it costs a quarter of a 64 KiB read.
constexpr std::size_t kWindowBytes = std::size_t{16} << 10;

}  // namespace

SegmentScan::SegmentScan(const UsageFile& file, SegmentPoint from, std::uint64_t end)
    : file_(file), end_(end), at_(from), after_(from) {}

core::Result<SegmentScan::Step> SegmentScan::next() {
  at_ = after_;
  const core::Result<core::Bytes> bytes = window(at_.offset, kBatchHeaderBytes);
  if (!bytes) return std::unexpected(bytes.error());
  const core::Bytes header = bytes->first(std::min(bytes->size(), kBatchHeaderBytes));
  const bool is_blank = std::ranges::all_of(header, [](std::byte b) { return b == std::byte{0}; });
  if (is_blank) return Step::kEnd;
  if (header.size() < kBatchHeaderBytes) return Step::kDamaged;
  std::uint64_t chain = at_.chain;
  const auto batch = read_batch_header(header.first<kBatchHeaderBytes>(), chain);
  if (!batch) return Step::kDamaged;
  batch_ = *batch;
  after_ = {at_.offset + batch_bytes_in_file(batch_.payload_bytes), chain};
  return Step::kBatch;
}

core::Result<core::Bytes> SegmentScan::payload() {
  const core::Result<core::Bytes> bytes =
      window(at_.offset + kBatchHeaderBytes, batch_.payload_bytes);
  if (!bytes) return std::unexpected(bytes.error());
  return bytes->first(std::min<std::size_t>(bytes->size(), batch_.payload_bytes));
}

// At least `bytes` from `offset` on, or what there is before the end.
core::Result<core::Bytes> SegmentScan::window(std::uint64_t offset, std::size_t bytes) {
  const std::uint64_t left = offset < end_ ? end_ - offset : 0;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, left));
  const bool is_buffered = offset >= buffer_at_ && offset + wanted <= buffer_at_ + buffered_;
  if (!is_buffered) {
    const auto room =
        static_cast<std::size_t>(std::min<std::uint64_t>(std::max(wanted, kWindowBytes), left));
    if (buffer_.size() < room) buffer_.resize(room);
    const auto got = file_.read(offset, std::span(buffer_).first(room));
    if (!got) return std::unexpected(got.error());
    buffer_at_ = offset;
    buffered_ = *got;
  }
  const auto skip = static_cast<std::size_t>(offset - buffer_at_);
  return core::Bytes(buffer_).subspan(skip, buffered_ - std::min(skip, buffered_));
}

bool BatchRecords::next() noexcept {
  if (passed_ == batch_.records) return false;
  const core::Bytes rest = payload_.subspan(passed_bytes_);
  const auto size = check_usage_record(rest, {epoch_, batch_.start + passed_bytes_});
  if (!size) return false;
  record_ = rest.data();
  passed_bytes_ += static_cast<std::uint32_t>(*size);
  ++passed_;
  return true;
}

}  // namespace storage
