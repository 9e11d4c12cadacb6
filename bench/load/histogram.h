// Latencies in log-linear buckets, the way HdrHistogram keeps them (Tene, 2012): recording is a
// shift and an increment, and a percentile is exact to the width of its bucket.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bench {

// Counts of values, here nanoseconds. One thread.
// Bound: 4352 buckets of 8 bytes, whatever is recorded.
class Histogram {
 public:
  // 2^7 buckets an octave: a value is known to within 1/128, or 0.8 %. Values below 2^8 are exact.
  static constexpr int kSubBucketBits = 7;
  // Values from 2^40 ns (18 minutes) on count as 2^40 - 1; max() still tells the true one.
  static constexpr int kValueBits = 40;

  void record(std::uint64_t value) noexcept;
  void clear() noexcept;

  std::uint64_t count() const noexcept { return count_; }
  // The largest value recorded, exactly; 0 when there is none.
  std::uint64_t max() const noexcept { return max_; }
  // The arithmetic mean of the values, exactly; 0 when there is none.
  double mean() const noexcept;
  // The smallest bucket edge that at least `percent` of the values don't exceed, never above max();
  // 0 when there is none. Requires: 0 < percent <= 100.
  std::uint64_t percentile(double percent) const noexcept;

 private:
  // Octaves above the exact range take 2^7 buckets each; the exact range takes 2^8.
  static constexpr std::size_t kBuckets =
      static_cast<std::size_t>(kValueBits - kSubBucketBits - 1 + 2) << kSubBucketBits;

  static std::size_t bucket_of(std::uint64_t value) noexcept;
  static std::uint64_t upper_edge(std::size_t bucket) noexcept;

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace bench
