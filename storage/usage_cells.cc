#include "storage/usage_cells.h"

#include <algorithm>
#include <limits>

namespace storage {
namespace {

constexpr std::size_t kTableFirst = 256;

// Multiply and fold (the mixing step of wyhash): ids that follow each other land apart.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  const auto product =
      static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15) * (b ^ 0xd6e8feb86659fd93);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint32_t hash_of(const CellName& name) noexcept {
  const std::uint64_t rest = std::uint64_t{name.template_id} << 32 |
                             std::uint64_t{name.status} << 8 |
                             static_cast<std::uint64_t>(name.method);
  return static_cast<std::uint32_t>(mix(name.key, rest));
}

std::uint32_t hash_of(core::KeyId key) noexcept {
  return static_cast<std::uint32_t>(mix(key, 0));
}

}  // namespace

MinuteCells::MinuteCells(MinuteNumber minute)
    : minute_(minute), by_name_(kTableFirst), by_key_(kTableFirst) {}

void MinuteCells::add(const CellUse& use) {
  UsageCell& cell = find_or_make(use.name);
  ++cell.count;
  cell.last_offset_us = std::max(cell.last_offset_us, use.offset_us);
  count_latency(cell, use.bucket);
}

void MinuteCells::fetch_place(const CellName& name) const noexcept {
  __builtin_prefetch(&by_name_[hash_of(name) & (by_name_.size() - 1)]);
}

// The first cell probed: nearly always the one.
void MinuteCells::fetch_cell(const CellName& name) const noexcept {
  const std::uint32_t found = by_name_[hash_of(name) & (by_name_.size() - 1)];
  constexpr int kToWrite = 1;
  if (found != 0) __builtin_prefetch(&cell(found - 1), kToWrite);
}

std::size_t MinuteCells::memory_bytes() const noexcept {
  return chunks_.size() * kChunkCells * sizeof(UsageCell) +
         (by_name_.size() + by_key_.size()) * sizeof(std::uint32_t) +
         full_.size() * sizeof(FullHistogram);
}

UsageCell& MinuteCells::find_or_make(const CellName& name) {
  const std::uint32_t hash = hash_of(name);
  std::size_t slot = hash & (by_name_.size() - 1);
  for (; by_name_[slot] != 0; slot = (slot + 1) & (by_name_.size() - 1)) {
    UsageCell& cell = at(by_name_[slot] - 1);
    if (cell.hash == hash && cell.name == name) return cell;
  }
  const std::uint32_t index = size_++;
  if (index / kChunkCells == chunks_.size()) {
    chunks_.push_back(std::make_unique<UsageCell[]>(kChunkCells));
  }
  UsageCell& cell = at(index);
  cell.name = name;
  cell.hash = hash;
  by_name_[slot] = index + 1;
  link_to_key(index);
  if (std::size_t{size_} * 2 > by_name_.size()) grow();
  return cell;
}

// A key's cells are chained behind its first, the newest second.
void MinuteCells::link_to_key(std::uint32_t index) {
  const core::KeyId key = at(index).name.key;
  std::size_t slot = hash_of(key) & (by_key_.size() - 1);
  for (; by_key_[slot] != 0; slot = (slot + 1) & (by_key_.size() - 1)) {
    UsageCell& first = at(by_key_[slot] - 1);
    if (first.name.key != key) continue;
    at(index).next_of_key = first.next_of_key;
    first.next_of_key = index + 1;
    return;
  }
  by_key_[slot] = index + 1;
  if (std::size_t{++keys_} * 2 > by_key_.size()) grow_keys();
}

std::uint32_t MinuteCells::first_of(core::KeyId key) const noexcept {
  std::size_t slot = hash_of(key) & (by_key_.size() - 1);
  for (; by_key_[slot] != 0; slot = (slot + 1) & (by_key_.size() - 1)) {
    if (cell(by_key_[slot] - 1).name.key == key) return by_key_[slot];
  }
  return 0;
}

void MinuteCells::grow() {
  std::vector<std::uint32_t> table(by_name_.size() * 2);
  for (std::uint32_t index = 0; index < size_; ++index) {
    std::size_t slot = at(index).hash & (table.size() - 1);
    while (table[slot] != 0) slot = (slot + 1) & (table.size() - 1);
    table[slot] = index + 1;
  }
  by_name_ = std::move(table);
}

void MinuteCells::grow_keys() {
  std::vector<std::uint32_t> table(by_key_.size() * 2);
  for (const std::uint32_t first : by_key_) {
    if (first == 0) continue;
    std::size_t slot = hash_of(at(first - 1).name.key) & (table.size() - 1);
    while (table[slot] != 0) slot = (slot + 1) & (table.size() - 1);
    table[slot] = first;
  }
  by_key_ = std::move(table);
}

void MinuteCells::count_latency(UsageCell& cell, core::LatencyBucket bucket) {
  if (cell.full == 0) {
    for (std::size_t i = 0; i < cell.buckets_used; ++i) {
      if (cell.buckets[i] != bucket) continue;
      if (cell.counts[i] == std::numeric_limits<std::uint16_t>::max()) break;
      ++cell.counts[i];
      return;
    }
    const bool is_new = std::find(cell.buckets.begin(), cell.buckets.begin() + cell.buckets_used,
                                  bucket) == cell.buckets.begin() + cell.buckets_used;
    if (is_new && cell.buckets_used < UsageCell::kInPlace) {
      cell.buckets[cell.buckets_used] = bucket;
      cell.counts[cell.buckets_used] = 1;
      ++cell.buckets_used;
      return;
    }
    make_full(cell);
  }
  ++(*full_[cell.full - 1])[bucket];
}

void MinuteCells::make_full(UsageCell& cell) {
  auto histogram = std::make_unique<FullHistogram>();
  for (std::size_t i = 0; i < cell.buckets_used; ++i) {
    (*histogram)[cell.buckets[i]] = cell.counts[i];
  }
  full_.push_back(std::move(histogram));
  cell.full = static_cast<std::uint32_t>(full_.size());
}

}  // namespace storage
