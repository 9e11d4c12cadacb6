// One use of a key as bytes: the same in a ring and in a segment. Grammar: docs/formats-usage.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/domain/usage_event.h"

namespace storage {

// Fixed fields, then the endpoint, zeros up to a multiple of 8.
inline constexpr std::size_t kUsageRecordHead = 73;
inline constexpr std::size_t kUsageEndpointLengthAt = 72;

constexpr std::size_t usage_record_bytes(std::size_t endpoint_bytes) noexcept {
  return (kUsageRecordHead + endpoint_bytes + 7) & ~std::size_t{7};
}

inline constexpr std::size_t kUsageRecordBytesMax = usage_record_bytes(core::kEndpointBytesMax);

// Where a record lies: the ring's epoch, and how many bytes were published in the ring before it.
// Both are covered by the record's checksum: bytes of an earlier lap, or of an earlier life of the
// ring, never pass for the record that is expected.
struct UsagePlace {
  std::uint64_t epoch = 0;
  std::uint64_t start = 0;
};

// Writes a record and returns its size. Its sequence number is place.start + size. An endpoint
// beyond kEndpointBytesMax is cut. Requires: kUsageRecordBytesMax bytes at `at`.
std::size_t write_usage_record(std::byte* at, const core::UsageEvent& event,
                               UsagePlace place) noexcept;

// The size of the record that begins at `bytes`, if it is whole and is the one for this place.
std::optional<std::size_t> check_usage_record(core::Bytes bytes, UsagePlace place) noexcept;

// The size of a record known to be good.
inline std::size_t usage_record_size_at(const std::byte* at) noexcept {
  return usage_record_bytes(std::to_integer<std::size_t>(at[kUsageEndpointLengthAt]));
}

// The sequence number of a record known to be good.
std::uint64_t usage_record_sequence(const std::byte* at) noexcept;

// Reads a record known to be good. The endpoint views the record.
core::UsageEvent read_usage_record(const std::byte* at) noexcept;

}  // namespace storage
