#include "core/domain/latency_histogram.h"

#include "core/base/check.h"

namespace core {

void LatencyHistogram::add(LatencyBucket bucket, std::uint64_t count) noexcept {
  CHECK(bucket < kLatencyBuckets);
  counts_[bucket] += count;
  count_ += count;
}

void LatencyHistogram::clear() noexcept {
  counts_.fill(0);
  count_ = 0;
}

std::uint32_t LatencyHistogram::percentile(std::uint32_t percent) const noexcept {
  CHECK(percent >= 1 && percent <= 100);
  if (count_ == 0) return 0;
  // ceil(count * percent / 100) without overflow.
  const std::uint64_t rank = count_ / 100 * percent + (count_ % 100 * percent + 99) / 100;
  std::uint64_t passed = 0;
  for (std::size_t bucket = 0; bucket < kLatencyBuckets; ++bucket) {
    passed += counts_[bucket];
    if (passed >= rank) return latency_bucket_middle(static_cast<LatencyBucket>(bucket));
  }
  return 0;
}

}  // namespace core
