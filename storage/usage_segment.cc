#include "storage/usage_segment.h"

#include <algorithm>
#include <cerrno>

#include "core/base/check.h"
#include "core/base/decimal.h"
#include "core/base/hash.h"

namespace storage {
namespace {

// NOTE: part of the format.
constexpr std::uint64_t kMagic = 0x676573'2d6774;  // "tg-seg" and two zeros, as stored.
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMagicAt = 0;
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kHeaderBytesAt = 12;
constexpr std::size_t kNumberAt = 16;
constexpr std::size_t kFirstIdAt = 24;
constexpr std::size_t kSupersedesAt = 32;
constexpr std::size_t kSaltAt = 40;
constexpr std::size_t kCreatedAt = 48;
constexpr std::size_t kRingCountAt = 56;
constexpr std::size_t kRingsAt = 64;
constexpr std::size_t kRingBytes = 24;
constexpr std::size_t kChecksumAt = kSegmentHeaderBytes - 8;

static_assert(kRingsAt + kSegmentRingsMax * kRingBytes <= kChecksumAt);

constexpr std::uint32_t kBatchMagic = 0x62'2d6774;  // "tg-b", as stored.
constexpr std::size_t kBatchChecksumAt = 0;
constexpr std::size_t kBatchPayloadChecksumAt = 8;
constexpr std::size_t kBatchMagicAt = 16;
constexpr std::size_t kBatchPayloadBytesAt = 20;
constexpr std::size_t kBatchRecordsAt = 24;
constexpr std::size_t kBatchRingAt = 28;
constexpr std::size_t kBatchFirstIdAt = 32;
constexpr std::size_t kBatchStartAt = 40;
constexpr std::size_t kBatchFirstUsAt = 48;
constexpr std::size_t kBatchLastUsAt = 56;

constexpr std::size_t kFileNameDigits = 10;
constexpr std::string_view kFileNameEnd = ".seg";

}  // namespace

std::uint64_t write_segment_header(const SegmentHeader& header,
                                   std::span<std::byte, kSegmentHeaderBytes> out) noexcept {
  CHECK(header.rings.size() <= kSegmentRingsMax);
  std::ranges::fill(out, std::byte{0});
  std::byte* const at = out.data();
  core::store(at + kMagicAt, kMagic);
  core::store(at + kVersionAt, kVersion);
  core::store(at + kHeaderBytesAt, static_cast<std::uint32_t>(kSegmentHeaderBytes));
  core::store(at + kNumberAt, header.number);
  core::store(at + kFirstIdAt, header.first_id);
  core::store(at + kSupersedesAt, header.supersedes);
  core::store(at + kSaltAt, header.salt);
  core::store(at + kCreatedAt, header.created_us);
  core::store(at + kRingCountAt, static_cast<std::uint32_t>(header.rings.size()));
  std::byte* ring_at = at + kRingsAt;
  for (const SegmentRing& ring : header.rings) {
    core::store(ring_at, ring.id);
    core::store(ring_at + 8, ring.epoch);
    core::store(ring_at + 16, ring.start);
    ring_at += kRingBytes;
  }
  const std::uint64_t checksum = core::xxhash64(out.first<kChecksumAt>());
  core::store(at + kChecksumAt, checksum);
  return checksum;
}

core::Result<SegmentStart> read_segment_header(core::Bytes bytes) {
  const std::byte* const at = bytes.data();
  if (bytes.size() < kSegmentHeaderBytes || core::load<std::uint64_t>(at + kMagicAt) != kMagic ||
      core::load<std::uint64_t>(at + kChecksumAt) != core::xxhash64(bytes.first(kChecksumAt))) {
    return std::unexpected(core::Error{"usage segment: its header is damaged", EBADMSG});
  }
  if (core::load<std::uint32_t>(at + kVersionAt) != kVersion) {
    return std::unexpected(core::Error{"usage segment: made by a newer version", 0});
  }
  const auto rings = core::load<std::uint32_t>(at + kRingCountAt);
  if (rings > kSegmentRingsMax) {
    return std::unexpected(core::Error{"usage segment: its header names too many rings", EBADMSG});
  }
  SegmentStart start;
  start.chain = core::load<std::uint64_t>(at + kChecksumAt);
  start.header.number = core::load<std::uint64_t>(at + kNumberAt);
  start.header.first_id = core::load<std::uint64_t>(at + kFirstIdAt);
  start.header.supersedes = core::load<std::uint64_t>(at + kSupersedesAt);
  start.header.salt = core::load<std::uint64_t>(at + kSaltAt);
  start.header.created_us = core::load<std::int64_t>(at + kCreatedAt);
  for (std::uint32_t i = 0; i < rings; ++i) {
    const std::byte* const ring_at = at + kRingsAt + i * kRingBytes;
    start.header.rings.push_back({core::load<std::uint64_t>(ring_at),
                                  core::load<std::uint64_t>(ring_at + 8),
                                  core::load<std::uint64_t>(ring_at + 16)});
  }
  return start;
}

void write_batch_header(const BatchHeader& header, std::uint64_t& chain,
                        std::span<std::byte, kBatchHeaderBytes> out) noexcept {
  std::byte* const at = out.data();
  core::store(at + kBatchPayloadChecksumAt, header.payload_checksum);
  core::store(at + kBatchMagicAt, kBatchMagic);
  core::store(at + kBatchPayloadBytesAt, header.payload_bytes);
  core::store(at + kBatchRecordsAt, header.records);
  core::store(at + kBatchRingAt, header.ring);
  core::store(at + kBatchFirstIdAt, header.first_id);
  core::store(at + kBatchStartAt, header.start);
  core::store(at + kBatchFirstUsAt, header.first_us);
  core::store(at + kBatchLastUsAt, header.last_us);
  chain = core::xxhash64(core::Bytes(out).subspan(kBatchPayloadChecksumAt), chain);
  core::store(at + kBatchChecksumAt, chain);
}

std::optional<BatchHeader> read_batch_header(std::span<const std::byte, kBatchHeaderBytes> bytes,
                                             std::uint64_t& chain) noexcept {
  const std::byte* const at = bytes.data();
  if (core::load<std::uint32_t>(at + kBatchMagicAt) != kBatchMagic) return std::nullopt;
  const std::uint64_t checksum =
      core::xxhash64(core::Bytes(bytes).subspan(kBatchPayloadChecksumAt), chain);
  if (core::load<std::uint64_t>(at + kBatchChecksumAt) != checksum) return std::nullopt;
  BatchHeader header;
  header.payload_checksum = core::load<std::uint64_t>(at + kBatchPayloadChecksumAt);
  header.payload_bytes = core::load<std::uint32_t>(at + kBatchPayloadBytesAt);
  header.records = core::load<std::uint32_t>(at + kBatchRecordsAt);
  header.ring = core::load<std::uint32_t>(at + kBatchRingAt);
  header.first_id = core::load<std::uint64_t>(at + kBatchFirstIdAt);
  header.start = core::load<std::uint64_t>(at + kBatchStartAt);
  header.first_us = core::load<std::int64_t>(at + kBatchFirstUsAt);
  header.last_us = core::load<std::int64_t>(at + kBatchLastUsAt);
  if (header.records == 0 || header.payload_bytes > kBatchPayloadMax ||
      header.payload_bytes % 8 != 0) {
    return std::nullopt;
  }
  chain = checksum;
  return header;
}

std::string segment_file_name(std::uint64_t number) {
  std::string digits;
  core::append_decimal(digits, number);
  const std::size_t zeros = digits.size() < kFileNameDigits ? kFileNameDigits - digits.size() : 0;
  return std::string(zeros, '0') + digits + std::string(kFileNameEnd);
}

std::optional<std::uint64_t> segment_number(std::string_view file_name) noexcept {
  if (!file_name.ends_with(kFileNameEnd)) return std::nullopt;
  file_name.remove_suffix(kFileNameEnd.size());
  if (file_name.size() < kFileNameDigits) return std::nullopt;
  return core::parse_decimal(file_name);
}

}  // namespace storage
