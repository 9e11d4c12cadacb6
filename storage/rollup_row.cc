#include "storage/rollup_row.h"

#include <algorithm>

#include "core/base/hash.h"

namespace storage {
namespace {

constexpr std::size_t kChecksumBytes = 8;

template <std::unsigned_integral T>
std::byte* put_be(std::byte* at, T value) noexcept {
  for (std::size_t i = sizeof(T); i-- > 0;) *at++ = static_cast<std::byte>(value >> (8 * i));
  return at;
}

template <std::unsigned_integral T>
const std::byte* get_be(const std::byte* at, T& value) noexcept {
  value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value << 8 | std::to_integer<T>(*at++));
  }
  return at;
}

void put_varint(std::vector<std::byte>& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::byte>(value | 0x80));
  out.push_back(static_cast<std::byte>(value));
}

// The checksum of a value covers its key: a row in the wrong place is a damaged row.
std::uint64_t checksum(core::Bytes key, core::Bytes rest) noexcept {
  return core::xxhash64(rest, core::xxhash64(key));
}

bool is_intact(core::Bytes key, core::Bytes value) noexcept {
  return value.size() >= kChecksumBytes &&
         core::load<std::uint64_t>(value.data()) == checksum(key, value.subspan(kChecksumBytes));
}

}  // namespace

RollupKeyBytes write_rollup_key(const RollupKey& key) noexcept {
  RollupKeyBytes bytes;
  std::byte* at = put_be(bytes.data(), key.start);
  at = put_be(at, std::uint64_t{key.name.key});
  at = put_be(at, key.name.template_id);
  *at++ = static_cast<std::byte>(key.name.method);
  at = put_be(at, key.name.status);
  put_be(at, key.part);
  return bytes;
}

std::optional<RollupKey> read_rollup_key(core::Bytes bytes) noexcept {
  if (bytes.size() != kRollupKeyBytes) return std::nullopt;
  RollupKey key;
  const std::byte* at = get_be(bytes.data(), key.start);
  std::uint64_t id = 0;
  at = get_be(at, id);
  key.name.key = id;
  at = get_be(at, key.name.template_id);
  key.name.method = static_cast<core::Method>(*at++);
  at = get_be(at, key.name.status);
  get_be(at, key.part);
  return key;
}

std::uint64_t RollupCounts::total() const noexcept {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : by_bucket) sum += count;
  return sum;
}

void write_rollup_value(core::Bytes key, const RollupCounts& counts, std::vector<std::byte>& out) {
  out.resize(kChecksumBytes);
  for (std::size_t bucket = 0; bucket < counts.by_bucket.size(); ++bucket) {
    if (counts.by_bucket[bucket] == 0) continue;
    out.push_back(static_cast<std::byte>(bucket));
    put_varint(out, counts.by_bucket[bucket]);
  }
  core::store(out.data(), checksum(key, core::Bytes(out).subspan(kChecksumBytes)));
}

bool read_rollup_value(core::Bytes key, core::Bytes value, RollupCounts& counts) noexcept {
  if (!is_intact(key, value)) return false;
  for (std::size_t at = kChecksumBytes; at < value.size();) {
    const auto bucket = std::to_integer<std::size_t>(value[at++]);
    std::uint64_t count = 0;
    for (int shift = 0; at < value.size() && shift < 64; shift += 7) {
      const auto piece = std::to_integer<std::uint64_t>(value[at++]);
      count |= (piece & 0x7f) << shift;
      if (piece < 0x80) break;
    }
    // The checksum was right: what does not fit was written by a newer version.
    if (bucket < core::kLatencyBuckets) counts.by_bucket[bucket] += count;
  }
  return true;
}

void KeyUse::add(const KeyUse& other) noexcept {
  total += other.total;
  rejected += other.rejected;
  last_used_us = std::max(last_used_us, other.last_used_us);
}

std::array<std::byte, kKeyUseBytes> write_key_use(core::KeyId key, const KeyUse& use) noexcept {
  std::array<std::byte, kKeyUseBytes> bytes;
  core::store(bytes.data() + 8, use.total);
  core::store(bytes.data() + 16, use.rejected);
  core::store(bytes.data() + 24, use.last_used_us);
  const core::Bytes key_bytes = std::as_bytes(std::span(&key, 1));
  core::store(bytes.data(), checksum(key_bytes, core::Bytes(bytes).subspan(kChecksumBytes)));
  return bytes;
}

std::optional<KeyUse> read_key_use(core::KeyId key, core::Bytes value) noexcept {
  if (value.size() != kKeyUseBytes || !is_intact(std::as_bytes(std::span(&key, 1)), value)) {
    return std::nullopt;
  }
  return KeyUse{core::load<std::uint64_t>(value.data() + 8),
                core::load<std::uint64_t>(value.data() + 16),
                core::load<std::int64_t>(value.data() + 24)};
}

std::array<std::byte, kFoldCursorBytes> write_fold_cursor(const FoldCursor& cursor) noexcept {
  std::array<std::byte, kFoldCursorBytes> bytes{};
  core::store(bytes.data() + 8, cursor.replay_after);
  core::store(bytes.data() + 16, cursor.folded_id);
  core::store(bytes.data() + 24, cursor.closed_minute);
  core::store(bytes.data() + 28, cursor.folds);
  core::store(bytes.data() + 32, cursor.hours_before);
  core::store(bytes.data(), checksum({}, core::Bytes(bytes).subspan(kChecksumBytes)));
  return bytes;
}

std::optional<FoldCursor> read_fold_cursor(core::Bytes value) noexcept {
  if (value.size() != kFoldCursorBytes || !is_intact({}, value)) return std::nullopt;
  FoldCursor cursor;
  cursor.replay_after = core::load<std::uint64_t>(value.data() + 8);
  cursor.folded_id = core::load<std::uint64_t>(value.data() + 16);
  cursor.closed_minute = core::load<std::uint32_t>(value.data() + 24);
  cursor.folds = core::load<std::uint32_t>(value.data() + 28);
  cursor.hours_before = core::load<std::uint32_t>(value.data() + 32);
  return cursor;
}

}  // namespace storage
