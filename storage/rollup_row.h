// Rows of the rollups as bytes. Grammar: docs/formats-usage.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/domain/latency_histogram.h"
#include "storage/usage_cells.h"

namespace storage {

// Names one row of `minutes` or `hours`. Big-endian in this order, so that a table is in the order
// of time, and one key's rows of a grain lie together.
struct RollupKey {
  std::uint32_t start = 0;  // Minutes or hours since 1970-01-01T00:00Z.
  CellName name;
  std::uint32_t part = 0;  // The fold that wrote it: late uses make another row, never a change.
};

inline constexpr std::size_t kRollupKeyBytes = 4 + 8 + 4 + 1 + 2 + 4;
using RollupKeyBytes = std::array<std::byte, kRollupKeyBytes>;

RollupKeyBytes write_rollup_key(const RollupKey& key) noexcept;
std::optional<RollupKey> read_rollup_key(core::Bytes bytes) noexcept;

// The least key of a key's rows in a grain.
inline RollupKeyBytes first_rollup_key(std::uint32_t start, core::KeyId key) noexcept {
  return write_rollup_key({start, {.key = key, .method = core::Method{0}}, 0});
}

// The counts of a row: of uses by latency bucket. `last_us` is kept in the totals alone.
struct RollupCounts {
  std::array<std::uint64_t, core::kLatencyBuckets> by_bucket{};

  std::uint64_t total() const noexcept;
  void add(core::LatencyBucket bucket, std::uint64_t count) noexcept { by_bucket[bucket] += count; }
};

// A value: checksum over key and rest, then a pair of bucket and count (LEB128) for each bucket
// that is not empty. `out` is written over.
void write_rollup_value(core::Bytes key, const RollupCounts& counts, std::vector<std::byte>& out);

// Adds a row's counts to `counts`. False: the row is damaged, and nothing was added.
bool read_rollup_value(core::Bytes key, core::Bytes value, RollupCounts& counts) noexcept;

// What a key has used, ever.
struct KeyUse {
  std::uint64_t total = 0;
  std::uint64_t rejected = 0;  // Of total: answered with 429.
  core::WallMicros last_used_us = 0;

  void add(const KeyUse& other) noexcept;
};

inline constexpr std::size_t kKeyUseBytes = 32;
std::array<std::byte, kKeyUseBytes> write_key_use(core::KeyId key, const KeyUse& use) noexcept;
std::optional<KeyUse> read_key_use(core::KeyId key, core::Bytes value) noexcept;

// How far the log is folded.
//
// A record is in the rows if id <= replay_after, or if id <= folded_id and its minute is at most
// closed_minute: records near a minute's border come in mixed.
struct FoldCursor {
  std::uint64_t replay_after = 0;
  std::uint64_t folded_id = 0;
  MinuteNumber closed_minute = 0;
  std::uint32_t folds = 0;
  HourNumber hours_before = 0;  // Hours before this one have their rows.

  bool holds(std::uint64_t id, MinuteNumber minute) const noexcept {
    return id <= replay_after || (id <= folded_id && minute <= closed_minute);
  }
};

inline constexpr std::size_t kFoldCursorBytes = 40;
std::array<std::byte, kFoldCursorBytes> write_fold_cursor(const FoldCursor& cursor) noexcept;
std::optional<FoldCursor> read_fold_cursor(core::Bytes value) noexcept;

}  // namespace storage
