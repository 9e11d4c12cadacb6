// Latencies by octave and eighth of an octave: what percentiles are read from.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace core {

// 8 values below 8 us, then 8 buckets for each of the 29 octaves from 8 us to 2^32 us.
inline constexpr std::size_t kLatencyBuckets = 8 + 29 * 8;

// NOTE: the numbers of buckets are part of the rollups' format.
using LatencyBucket = std::uint8_t;

constexpr LatencyBucket latency_bucket(std::uint32_t us) noexcept {
  if (us < 8) return static_cast<LatencyBucket>(us);
  const int octave = std::bit_width(us) - 1;  // 3 to 31.
  return static_cast<LatencyBucket>(8 * (octave - 2) + ((us >> (octave - 3)) & 7));
}

// The least latency of a bucket.
constexpr std::uint32_t latency_bucket_low(LatencyBucket bucket) noexcept {
  if (bucket < 8) return bucket;
  const int octave = bucket / 8 + 2;
  return (std::uint32_t{8} + bucket % 8) << (octave - 3);
}

// The one that stands for a bucket: its middle, at most 1/16 of the true value away from it.
constexpr std::uint32_t latency_bucket_middle(LatencyBucket bucket) noexcept {
  if (bucket < 16) return latency_bucket_low(bucket);  // One value wide.
  const std::uint32_t width = std::uint32_t{1} << (bucket / 8 - 1);
  return latency_bucket_low(bucket) + width / 2;
}

// Counts per bucket.
class LatencyHistogram {
 public:
  void add(LatencyBucket bucket, std::uint64_t count) noexcept;
  void clear() noexcept;

  std::uint64_t count() const noexcept { return count_; }

  // The latency that `percent` % of the counted ones do not exceed (nearest rank), to within the
  // error of latency_bucket_middle; 0 if nothing was counted. Requires: 1 <= percent <= 100.
  std::uint32_t percentile(std::uint32_t percent) const noexcept;

 private:
  std::array<std::uint64_t, kLatencyBuckets> counts_{};
  std::uint64_t count_ = 0;
};

}  // namespace core
