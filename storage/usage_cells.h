// One minute's counts in memory: a cell for each key, route template, method and status.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/domain/latency_histogram.h"
#include "core/domain/usage_event.h"

namespace storage {

inline constexpr std::int64_t kMicrosPerMinute = 60'000'000;

// Minutes since 1970-01-01T00:00Z; enough until the year 10136.
using MinuteNumber = std::uint32_t;
using HourNumber = std::uint32_t;

constexpr MinuteNumber minute_of(core::WallMicros time_us) noexcept {
  return time_us < 0 ? 0 : static_cast<MinuteNumber>(time_us / kMicrosPerMinute);
}
constexpr core::WallMicros minute_start(MinuteNumber minute) noexcept {
  return minute * kMicrosPerMinute;
}

// A number that stands for a route template; 0 is "other" (usage_templates.h).
using TemplateId = std::uint32_t;

// What a cell counts.
struct CellName {
  core::KeyId key = 0;
  TemplateId template_id = 0;
  std::uint16_t status = 0;
  core::Method method = core::Method::kGet;

  bool operator==(const CellName&) const = default;
};

// One cache line, so that a hot key costs one miss. Up to 8 buckets of latency are kept in place;
// a cell with more, or with more than 65 535 in one, has a full histogram elsewhere.
struct alignas(64) UsageCell {
  static constexpr std::size_t kInPlace = 8;

  CellName name;
  std::uint32_t hash = 0;
  std::uint32_t count = 0;
  std::uint32_t last_offset_us = 0;  // Of the latest use, from the minute's start.
  std::uint32_t next_of_key = 0;     // Index + 1 of the key's next cell; 0: none.
  std::uint32_t full = 0;            // Index + 1 of the full histogram; 0: in place.
  std::uint8_t buckets_used = 0;
  std::array<core::LatencyBucket, kInPlace> buckets{};
  std::array<std::uint16_t, kInPlace> counts{};
};
static_assert(sizeof(UsageCell) == 64);

// One use of a key, as a cell takes it.
struct CellUse {
  CellName name;
  std::uint32_t offset_us = 0;
  core::LatencyBucket bucket = 0;
};

// Owner: the usage writer, until it is closed; then nobody changes it and any thread may read it.
// Bound: memory_bytes(), which whoever adds must watch. 1 M cells take 64 MiB, their tables 16.
class MinuteCells {
 public:
  explicit MinuteCells(MinuteNumber minute);

  MinuteNumber minute() const noexcept { return minute_; }
  void add(const CellUse& use);

  // Bring what add() will read into the cache, in this order, so that several uses' misses overlap.
  void fetch_place(const CellName& name) const noexcept;
  void fetch_cell(const CellName& name) const noexcept;

  std::uint32_t size() const noexcept { return size_; }
  std::size_t memory_bytes() const noexcept;
  const UsageCell& cell(std::uint32_t index) const noexcept {
    return chunks_[index / kChunkCells][index % kChunkCells];
  }

  // Calls each(cell) for the cells of a key.
  template <typename Each>
  void for_each_of(core::KeyId key, Each&& each) const {
    for (std::uint32_t at = first_of(key); at != 0;) {
      const UsageCell& found = cell(at - 1);
      each(found);
      at = found.next_of_key;
    }
  }

  // Calls each(bucket, count) for the latencies of a cell, by bucket for a full histogram.
  template <typename Each>
  void for_each_bucket(const UsageCell& cell, Each&& each) const {
    if (cell.full == 0) {
      for (std::size_t i = 0; i < cell.buckets_used; ++i) each(cell.buckets[i], cell.counts[i]);
      return;
    }
    const FullHistogram& counts = *full_[cell.full - 1];
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] != 0) each(static_cast<core::LatencyBucket>(i), counts[i]);
    }
  }

 private:
  static constexpr std::size_t kChunkCells = 256;
  using FullHistogram = std::array<std::uint32_t, core::kLatencyBuckets>;

  UsageCell& at(std::uint32_t index) noexcept {
    return chunks_[index / kChunkCells][index % kChunkCells];
  }
  UsageCell& find_or_make(const CellName& name);
  void link_to_key(std::uint32_t index);
  std::uint32_t first_of(core::KeyId key) const noexcept;
  void grow();
  void grow_keys();
  void count_latency(UsageCell& cell, core::LatencyBucket bucket);
  void make_full(UsageCell& cell);

  const MinuteNumber minute_;
  std::uint32_t size_ = 0;
  std::uint32_t keys_ = 0;
  std::vector<std::unique_ptr<UsageCell[]>> chunks_;  // Cells stay where they are.
  std::vector<std::uint32_t> by_name_;                // Open addressing; index + 1, 0 is empty.
  std::vector<std::uint32_t> by_key_;                 // The same, to the first cell of a key.
  std::vector<std::unique_ptr<FullHistogram>> full_;
};

}  // namespace storage
