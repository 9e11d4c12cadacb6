// The limiter table: the words that rate limits are counted in, one slot a key, in a mapped file
// that all shards share.
//
// What survives: a restart and kill -9 everything, for the words are the file's pages. A power loss
// what was flushed: the admissions logged since the last checkpoint must then be applied again
// (OpenState::replay). Limiter time goes on over all of them: limiter_clock.h.
// Format: docs/formats-limiter.md.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/check.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/domain/token_bucket.h"
#include "core/runtime/clock.h"
#include "core/service/ports.h"
#include "storage/limiter_clock.h"
#include "storage/limiter_file.h"
#include "storage/limiter_slots.h"
#include "storage/log_position.h"
#include "storage/mapped_file.h"
#include "storage/twin_record.h"

namespace storage {

struct LimiterOptions {
  std::string dir;  // The data directory, locked by the caller: limiter.tbl is made in it.
  // Address space, not memory: room for a billion slots.
  std::uint64_t address_bytes = std::uint64_t{64} << 30;
  std::string boot_id_path = kBootIdPath;
};

inline constexpr std::uint32_t kLimiterWarmSlots = 65'536;  // 4 MiB.

// What open() found.
struct LimiterOpenState {
  bool created = false;    // There was no table.
  bool same_boot = false;  // The machine has not been started anew since it was written.
  bool clean = false;      // It was closed by close_cleanly().
  // Words may be older than the log: apply the admissions after `checkpoint` again (bucket_charge),
  // before shards run. Asked at every open until a checkpoint() has been made.
  bool replay = false;
  LogPosition checkpoint;
  // Limiter time was set back by this much, with all words: stamps of before are so much later.
  std::int64_t rebased_by_ns = 0;
};

// Threads:   word(), offset_ns() and now() from any; ensure() and reset_slot() from the store's
//            writer; checkpoint() and close_cleanly() from one at a time; save_clock() from one.
// Shared:    slots by all shards, as atomic words; a slot is used by others only once the row that
//            names it has committed. Proven by limiter_table_test.cc under TSan.
// Bound:     address_bytes / 64 slots.
class LimiterTable final : public core::LimiterWords, public LimiterSlots {
 public:
  // Opens the table of options.dir, or makes one. Limiter time beyond half of the words' range is
  // rebased first. `clock` outlives the table. Damage of the header, or of both copies of the clock
  // or the state, is an error that names it: nothing is guessed.
  static core::Result<std::unique_ptr<LimiterTable>> open(const LimiterOptions& options,
                                                          const core::Clock& clock);

  const LimiterOpenState& open_state() const noexcept { return open_state_; }

  // Requires: a slot that a successful ensure() covers, of this process or an earlier one: CHECK.
  core::BucketWord& word(std::uint32_t slot) noexcept override { return slot_at(slot).bucket; }
  std::int64_t offset_ns() const noexcept override { return limiter_clock_.offset_ns(); }
  core::LimiterNanos now() const noexcept override { return clock_.boot_now() + offset_ns(); }

  // Whose slot it is; 0: nobody's.
  core::KeyId owner(std::uint32_t slot) noexcept {
    return slot_at(slot).owner.load(std::memory_order_relaxed);
  }
  std::uint32_t slot_count() const noexcept;

  core::Status ensure(std::uint32_t slot_count) noexcept override;
  void reset_slot(std::uint32_t slot, core::KeyId key) noexcept override;

  // Before shards run: limiter time is at least this from now on. For stamps in the log that a
  // reboot under a wall clock gone back has left in the future.
  void advance_to(core::LimiterNanos limiter_now) noexcept;

  // Brings the next kLimiterWarmSlots slots from `slot` on in from the disk, and returns where to
  // go on: slot_count() at the end. Any thread that may block; shards go on meanwhile, and would
  // wait for the disk at the first touch of a page otherwise (0.2 s for 10 M slots that are in
  // memory).
  std::uint32_t warm(std::uint32_t slot) noexcept;

  // Each second.
  void save_clock(const core::TurnTime& now) noexcept { limiter_clock_.save(now); }

  // Flushes all words, then records that the log up to `position` is in them. Blocks on the disk.
  // Requires: the words' changes of those records were made before the call. On failure the
  // position before stays.
  core::Status checkpoint(LogPosition position) noexcept;

  // The end of a process that has stopped counting: saves the clock, flushes, and records that
  // nothing needs to be applied again. Nothing else may be called after it.
  core::Status close_cleanly(const core::TurnTime& now) noexcept;

 private:
  LimiterTable(std::unique_ptr<MappedFile> file, LimiterClock limiter_clock,
               const core::Clock& clock) noexcept;

  LimiterSlot& slot_at(std::uint32_t slot) noexcept {
    CHECK(kLimiterSlotsAt + (slot + std::uint64_t{1}) * sizeof(LimiterSlot) <= file_->size());
    return slots_[slot];
  }
  core::Status begin_run(const LimiterOpenState& found, const core::TurnTime& now);
  core::Status write_state() noexcept;

  const core::Clock& clock_;
  const std::unique_ptr<MappedFile> file_;
  LimiterSlot* const slots_;
  LimiterClock limiter_clock_;
  TwinRecord state_copies_;
  LimiterState state_;
  LimiterOpenState open_state_;
};

}  // namespace storage
