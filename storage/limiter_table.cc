#include "storage/limiter_table.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace storage {
namespace {

constexpr const char* kFileName = "/limiter.tbl";

// Half of the words' range: 4.6 years of limiter time. The other half is room to run on.
constexpr core::LimiterNanos kRebaseBeyond =
    static_cast<core::LimiterNanos>((core::kBucketTatMask + 1) / 2) * core::kBucketUnitNanos;

core::MutableBytes area_of(const MappedFile& file, std::size_t at, std::size_t bytes) noexcept {
  return {file.data() + at, bytes};
}

core::MutableBytes payload_of(LimiterState& state) noexcept {
  return {reinterpret_cast<std::byte*>(&state), sizeof state};
}

// A mapped table with what it says of itself.
struct Opened {
  std::unique_ptr<MappedFile> file;
  LimiterClock clock;
  LimiterState state;
};

core::Result<Opened> open_file(const std::string& path, const LimiterOptions& options,
                               const BootId& boot, const core::TurnTime& now) {
  auto file = MappedFile::open(path, options.address_bytes);
  if (!file) return std::unexpected(file.error());
  const core::Bytes whole{(*file)->data(), (*file)->size()};
  if (const core::Status header = check_limiter_header(whole); !header) {
    return std::unexpected(header.error());
  }
  auto clock =
      LimiterClock::resume(area_of(**file, kLimiterClockAt, LimiterClock::kBytes), boot, now);
  if (!clock) return std::unexpected(clock.error());
  LimiterState state;
  TwinRecord copies(area_of(**file, kLimiterStateAt, TwinRecord::kBytes));
  if (!copies.read(payload_of(state))) {
    return std::unexpected(core::Error{"limiter table: both copies of its state are damaged", 0});
  }
  return Opened{std::move(*file), *clock, state};
}

LimiterOpenState describe_open(const Opened& opened) noexcept {
  const bool clean = (opened.state.flags & LimiterState::kClean) != 0;
  const bool due = (opened.state.flags & LimiterState::kReplayDue) != 0;
  return {.created = false,
          .same_boot = opened.clock.same_boot(),
          .clean = clean,
          .replay = due || (!opened.clock.same_boot() && !clean),
          .checkpoint = {opened.state.checkpoint_id},
          .rebased_by_ns = 0};
}

// Sets limiter time and all words back to the beginning of the range, by a new file in place of the
// old one. `found.rebased_by_ns` says by how much.
core::Status rebase(const std::string& path, const Opened& opened, const BootId& boot,
                    const core::TurnTime& now, LimiterOpenState& found) {
  const core::LimiterNanos limiter_now = opened.clock.at(now);
  const auto units =
      static_cast<std::uint64_t>(limiter_now - kLimiterTimeStart) / core::kBucketUnitNanos;
  const auto shift = static_cast<std::int64_t>(units) * core::kBucketUnitNanos;
  const LimiterBirth birth{
      .boot = boot,
      .now = now,
      .limiter_now = limiter_now - shift,
      .state = {.flags = found.replay ? std::uint64_t{LimiterState::kReplayDue} : 0,
                .checkpoint_id = found.checkpoint.id,
                .reserved = 0}};
  const core::Status written =
      write_limiter_file(path, birth, {opened.file->data(), opened.file->size()}, units);
  if (written) found.rebased_by_ns = shift;
  return written;
}

}  // namespace

core::Result<std::unique_ptr<LimiterTable>> LimiterTable::open(const LimiterOptions& options,
                                                               const core::Clock& clock) {
  const auto boot = read_boot_id(options.boot_id_path);
  if (!boot) return std::unexpected(boot.error());
  const core::TurnTime now = clock.now();
  const std::string path = options.dir + kFileName;
  const bool created = access(path.c_str(), F_OK) != 0;
  if (created) {
    LimiterBirth birth;
    birth.boot = *boot;
    birth.now = now;
    const core::Status made = write_limiter_file(path, birth, {}, 0);
    if (!made) return std::unexpected(made.error());
  }
  auto opened = open_file(path, options, *boot, now);
  if (!opened) return std::unexpected(opened.error());
  LimiterOpenState found = describe_open(*opened);
  found.created = created;
  if (opened->clock.at(now) > kRebaseBeyond) {
    const core::Status rebased = rebase(path, *opened, *boot, now, found);
    if (rebased) opened = open_file(path, options, *boot, now);
    if (!opened) return std::unexpected(opened.error());
    core::ignore(rebased,
                 "the other half of the range lasts for years: the next start tries again");
  }
  std::unique_ptr<LimiterTable> table(
      new LimiterTable(std::move(opened->file), opened->clock, clock));
  if (const core::Status begun = table->begin_run(found, now); !begun) {
    return std::unexpected(begun.error());
  }
  return table;
}

LimiterTable::LimiterTable(std::unique_ptr<MappedFile> file, LimiterClock limiter_clock,
                           const core::Clock& clock) noexcept
    : clock_(clock),
      file_(std::move(file)),
      slots_(reinterpret_cast<LimiterSlot*>(file_->data() + kLimiterSlotsAt)),
      limiter_clock_(limiter_clock),
      state_copies_(area_of(*file_, kLimiterStateAt, TwinRecord::kBytes)) {}

core::Status LimiterTable::begin_run(const LimiterOpenState& found, const core::TurnTime& now) {
  open_state_ = found;
  CHECK(state_copies_.read(payload_of(state_)));  // It was read a moment ago.
  state_.flags = found.replay ? std::uint64_t{LimiterState::kReplayDue} : 0;
  // The state first: once the clock names this boot, nothing else tells that a replay is due. And
  // on disk before the first word changes, or a power loss would find the table clean.
  if (const core::Status written = write_state(); !written) return written;
  limiter_clock_.save(now);
  return {};
}

std::uint32_t LimiterTable::slot_count() const noexcept {
  const std::uint64_t slots = (file_->size() - kLimiterSlotsAt) / sizeof(LimiterSlot);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(slots, UINT32_MAX));
}

core::Status LimiterTable::ensure(std::uint32_t slot_count) noexcept {
  const std::uint64_t needed = kLimiterSlotsAt + std::uint64_t{slot_count} * sizeof(LimiterSlot);
  const std::uint64_t size = file_->size();
  if (needed <= size) return {};
  const core::Status grown = file_->extend(grown_size(size, needed));
  // Near the end of the disk, or of the address space, there may be room for less.
  return grown ? grown : file_->extend(needed);
}

void LimiterTable::reset_slot(std::uint32_t slot, core::KeyId key) noexcept {
  LimiterSlot& at = slot_at(slot);
  at.bucket.store(0, std::memory_order_relaxed);
  for (auto& word : at.windows) word.store(0, std::memory_order_relaxed);
  at.owner.store(key, std::memory_order_relaxed);
}

std::uint32_t LimiterTable::warm(std::uint32_t slot) noexcept {
  const std::uint32_t end = slot_count();
  if (slot >= end) return end;
  const std::uint32_t next = slot + std::min(kLimiterWarmSlots, end - slot);
  file_->bring_in(kLimiterSlotsAt + std::uint64_t{slot} * sizeof(LimiterSlot),
                  kLimiterSlotsAt + std::uint64_t{next} * sizeof(LimiterSlot));
  return next;
}

void LimiterTable::advance_to(core::LimiterNanos limiter_now) noexcept {
  const core::TurnTime now = clock_.now();
  limiter_clock_.advance_to(limiter_now, now);
  limiter_clock_.save(now);
}

core::Status LimiterTable::checkpoint(LogPosition position) noexcept {
  if (const core::Status flushed = file_->sync(file_->size()); !flushed) return flushed;
  state_.flags = 0;
  state_.checkpoint_id = position.id;
  return write_state();
}

core::Status LimiterTable::close_cleanly(const core::TurnTime& now) noexcept {
  limiter_clock_.save(now);
  if (const core::Status flushed = file_->sync(file_->size()); !flushed) return flushed;
  state_.flags |= LimiterState::kClean;
  return write_state();
}

core::Status LimiterTable::write_state() noexcept {
  state_copies_.write(payload_of(state_));
  return file_->sync(kLimiterSlotsAt);
}

}  // namespace storage
