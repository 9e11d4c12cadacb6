#include "bench/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/base/check.h"

namespace bench {

std::size_t Histogram::bucket_of(std::uint64_t value) noexcept {
  constexpr std::uint64_t kLargest = (std::uint64_t{1} << kValueBits) - 1;
  value = std::min(value, kLargest);
  // The shift that leaves kSubBucketBits + 1 significant bits; 0 in the exact range.
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - kSubBucketBits - 1);
  return (static_cast<std::size_t>(shift) << kSubBucketBits) + (value >> shift);
}

std::uint64_t Histogram::upper_edge(std::size_t bucket) noexcept {
  constexpr std::size_t kExact = std::size_t{2} << kSubBucketBits;
  if (bucket < kExact) return bucket;
  const std::size_t shift = (bucket >> kSubBucketBits) - 1;
  const std::uint64_t leading = bucket - (shift << kSubBucketBits);
  return ((leading + 1) << shift) - 1;
}

void Histogram::record(std::uint64_t value) noexcept {
  ++buckets_[bucket_of(value)];
  ++count_;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void Histogram::clear() noexcept {
  *this = Histogram();
}

double Histogram::mean() const noexcept {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::uint64_t Histogram::percentile(double percent) const noexcept {
  CHECK(percent > 0 && percent <= 100);
  const double exact_rank = std::ceil(percent / 100 * static_cast<double>(count_));
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(exact_rank));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) return std::min(upper_edge(bucket), max_);
  }
  return max_;
}

}  // namespace bench
