// Limiter time: the time that rate limits count in. It goes on over restarts, and steps of the wall
// clock don't move it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/domain/token_bucket.h"
#include "storage/twin_record.h"

namespace storage {

// The kernel's name of this run of the machine, a UUID as text.
using BootId = std::array<char, 36>;

inline constexpr const char* kBootIdPath = "/proc/sys/kernel/random/boot_id";

core::Result<BootId> read_boot_id(const std::string& path);

// Where the limiter time of a new table begins. Not at 0, so that a turn whose time was read a
// moment before the table was made isn't negative.
inline constexpr core::LimiterNanos kLimiterTimeStart = 3600 * core::kNanosPerSecond;

// A new boot moves limiter time on by at most this: then every bucket is full anyway, and a wall
// clock gone wild can't use the range up.
inline constexpr std::int64_t kLimiterForwardMax =
    static_cast<std::int64_t>(core::kBucketSpanMax) * core::kBucketUnitNanos;

// limiter time = boot time + offset. Saved each second as {limiter, boot and wall time, boot id},
// in two copies. Resumed under the same boot id it is exactly as if the process had gone on. After
// a reboot it goes on from the last save, by as much as the wall clock says has passed since, never
// back: the one moment at which the wall clock counts.
//
// Owner: one thread at a time; offset_ns() and at() from any once shards run.
class LimiterClock {
 public:
  static constexpr std::size_t kBytes = TwinRecord::kBytes;

  // A new clock in a zeroed area, which outlives it. Both copies are written.
  static LimiterClock start(core::MutableBytes area, const BootId& boot, const core::TurnTime& now,
                            core::LimiterNanos limiter_now) noexcept;

  // Goes on from what the area holds. Both copies damaged: an error, nothing is guessed. Writes
  // nothing: until save() another resume() does the same.
  static core::Result<LimiterClock> resume(core::MutableBytes area, const BootId& boot,
                                           const core::TurnTime& now);

  // Whether the saved time was of this boot.
  bool same_boot() const noexcept { return same_boot_; }

  std::int64_t offset_ns() const noexcept { return offset_ns_; }
  core::LimiterNanos at(const core::TurnTime& now) const noexcept {
    return now.boot_ns + offset_ns_;
  }

  // Moves on to `limiter_now` if it is not there yet: something was seen that is of then. Before
  // shards run.
  void advance_to(core::LimiterNanos limiter_now, const core::TurnTime& now) noexcept;

  // Call each second. Of a turn older than that of the last save, nothing.
  void save(const core::TurnTime& now) noexcept;

 private:
  LimiterClock(core::MutableBytes area, const BootId& boot) noexcept : copies_(area), boot_(boot) {}

  TwinRecord copies_;
  BootId boot_;
  std::int64_t offset_ns_ = 0;
  core::BootNanos saved_at_ = 0;
  bool same_boot_ = false;
};

}  // namespace storage
