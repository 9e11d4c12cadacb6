// The bytes of a segment file: a header of 4096, then batches. Grammar: docs/formats-usage.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace storage {

inline constexpr std::size_t kSegmentHeaderBytes = 4096;
inline constexpr std::size_t kBatchHeaderBytes = 64;

// (4096 - 64 of fixed fields - 8 of checksum) / 24 = 167, rounded down to leave room for fields.
inline constexpr std::size_t kSegmentRingsMax = 160;

// A batch never splits a record: 1 MiB is 3700 of the longest, 14 000 of the usual ones.
inline constexpr std::size_t kBatchPayloadMax = std::size_t{1} << 20;

// The first record of a ring that this segment may hold: what came before is in earlier segments.
struct SegmentRing {
  std::uint64_t id = 0;
  std::uint64_t epoch = 0;
  std::uint64_t start = 0;  // A position in the ring.
};

struct SegmentHeader {
  std::uint64_t number = 0;    // That of the file's name.
  std::uint64_t first_id = 0;  // Of the first record.
  // Batches of the segments from this number on that hold ids of first_id or more are void: a flush
  // of theirs failed, and this segment holds the same records again. 0: none.
  std::uint64_t supersedes = 0;
  std::uint64_t salt = 0;  // Random: no two segments chain alike.
  core::WallMicros created_us = 0;
  std::vector<SegmentRing> rings;  // At most kSegmentRingsMax.
};

// Returns the header's checksum, with which the chain of batches begins.
std::uint64_t write_segment_header(const SegmentHeader& header,
                                   std::span<std::byte, kSegmentHeaderBytes> out) noexcept;

struct SegmentStart {
  SegmentHeader header;
  std::uint64_t chain = 0;
};

// Fails with EBADMSG if the bytes are damaged, with another error if of a newer format.
core::Result<SegmentStart> read_segment_header(core::Bytes bytes);

// Records of one ring, in the ring's own bytes, with ids that follow each other.
struct BatchHeader {
  std::uint32_t payload_bytes = 0;  // A multiple of 8.
  std::uint32_t records = 0;
  std::uint32_t ring = 0;  // Index into the segment's rings.
  std::uint64_t first_id = 0;
  std::uint64_t start = 0;  // The ring's position of the first record.
  std::uint64_t payload_checksum = 0;
  core::WallMicros first_us = 0;  // The least and the greatest time of its records.
  core::WallMicros last_us = 0;

  std::uint64_t last_id() const noexcept { return first_id + records - 1; }
  std::uint64_t end() const noexcept { return start + payload_bytes; }
};

// What a batch takes in the file: header and payload, up to a multiple of 64, so that no header is
// split between two sectors.
constexpr std::uint64_t batch_bytes_in_file(std::uint64_t payload_bytes) noexcept {
  return (kBatchHeaderBytes + payload_bytes + 63) & ~std::uint64_t{63};
}

// `chain` is the checksum of the header before; becomes that of this one.
void write_batch_header(const BatchHeader& header, std::uint64_t& chain,
                        std::span<std::byte, kBatchHeaderBytes> out) noexcept;

// Nothing, and `chain` as it was, if these bytes don't continue the chain.
std::optional<BatchHeader> read_batch_header(std::span<const std::byte, kBatchHeaderBytes> bytes,
                                             std::uint64_t& chain) noexcept;

// "0000000042.seg", and back; nothing for other names.
std::string segment_file_name(std::uint64_t number);
std::optional<std::uint64_t> segment_number(std::string_view file_name) noexcept;

}  // namespace storage
