// The limiter table's file as bytes: its layout, how a new one comes about, and rebasing.
//
//   0      header: magic, version, sizes, checksum
//   4096   clock, two copies (limiter_clock.h)
//   12288  state, two copies
//   32768  slots of 64 bytes, to the end of the file
//
// Format page: docs/formats-limiter.md.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/domain/token_bucket.h"
#include "storage/limiter_clock.h"
#include "storage/twin_record.h"

namespace storage {

inline constexpr std::uint32_t kLimiterFileVersion = 1;
inline constexpr std::size_t kLimiterClockAt = 4096;
inline constexpr std::size_t kLimiterStateAt = kLimiterClockAt + LimiterClock::kBytes;
inline constexpr std::size_t kLimiterSlotsAt = 32'768;
static_assert(kLimiterStateAt + TwinRecord::kBytes <= kLimiterSlotsAt);

// A new table: the header and 512 slots. It then doubles until it grows by 65 536 slots at a time.
inline constexpr std::uint64_t kLimiterFileBytesMin = 64 << 10;
inline constexpr std::uint64_t kLimiterGrowthBytesMax = 4 << 20;

// One key's, one cache line. All 0 is a full bucket that is nobody's.
struct alignas(64) LimiterSlot {
  core::BucketWord bucket;
  std::atomic<core::KeyId> owner;                     // For verify; nothing is judged by it.
  std::array<std::atomic<std::uint64_t>, 4> windows;  // Reserved for windows and quotas: 0.
  std::array<std::atomic<std::uint64_t>, 2> spare;    // 0.
};
static_assert(sizeof(LimiterSlot) == 64);
static_assert(core::BucketWord::is_always_lock_free);

// As stored, behind a twin record's sequence and checksum.
struct LimiterState {
  enum Flag : std::uint64_t {
    kClean = 1,      // Closed by close_cleanly(): all words are in the file.
    kReplayDue = 2,  // An unclean reboot was found; no checkpoint has been made since.
  };
  std::uint64_t flags = 0;
  std::uint64_t checkpoint_id = 0;  // LogPosition::id
  std::uint64_t reserved = 0;
};
static_assert(sizeof(LimiterState) == 24);

// The file size after the next growth of a table of `size` bytes that must hold `needed`.
std::uint64_t grown_size(std::uint64_t size, std::uint64_t needed) noexcept;

// Whether the bytes begin with a header of this version; an error says what is wrong instead.
core::Status check_limiter_header(core::Bytes file) noexcept;

// What a file begins with, apart from its slots.
struct LimiterBirth {
  BootId boot{};
  core::TurnTime now;
  core::LimiterNanos limiter_now = kLimiterTimeStart;
  LimiterState state;
};

// Writes a whole table under another name, syncs it and gives it `path`: the file is the old one,
// or none, until it is complete. Slots: those of `file` (a whole table; empty: kLimiterFileBytesMin
// with empty slots), set back by `shift_units`.
core::Status write_limiter_file(const std::string& path, const LimiterBirth& birth,
                                core::Bytes file, std::uint64_t shift_units);

}  // namespace storage
