// A small record in a mapped file that survives a write cut short: two copies, written in turns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"

namespace storage {

// Each copy lies in a page of its own: sequence u64, checksum u64, payload. The checksum is the
// XXH3 of the payload seeded with the sequence; the copy of an even sequence lies in the first
// page. A reader takes the newest undamaged copy; a writer overwrites the other one.
//
// Owner: one thread at a time. Durability is the caller's: a process killed within write() leaves
// the copy before it; a power loss leaves what was synced, or later.
class TwinRecord {
 public:
  static constexpr std::size_t kPageBytes = 4096;
  static constexpr std::size_t kBytes = 2 * kPageBytes;
  static constexpr std::size_t kPayloadAt = 16;
  static constexpr std::size_t kPayloadBytesMax = kPageBytes - kPayloadAt;

  // `area`: kBytes that outlive this.
  explicit TwinRecord(core::MutableBytes area) noexcept;

  // Copies the newest undamaged payload out. False: both copies are damaged, or never written.
  // Requires: the size that was written.
  [[nodiscard]] bool read(core::MutableBytes payload) noexcept;

  // Over the older copy. Requires: read() before, unless the area is new.
  void write(core::Bytes payload) noexcept;

 private:
  core::MutableBytes area_;
  std::uint64_t sequence_ = 0;  // Of the newest copy known.
};

}  // namespace storage
