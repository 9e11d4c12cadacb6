// A limiter table in a folder of its own, with a machine that can be rebooted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "core/base/check.h"
#include "core/base/time.h"
#include "core/domain/api_key.h"
#include "storage/limiter_table.h"
#include "tests/support/sim_clock.h"
#include "tests/support/temp_folder.h"

namespace storage {

class LimiterRig {
 public:
  LimiterRig() { name_boot(); }

  sim::SimClock& clock() { return *clock_; }
  std::string table_path() const { return folder_.file("limiter.tbl"); }
  std::string boot_id_path() const { return folder_.file("boot_id"); }
  const core::TempFolder& folder() const { return folder_; }

  LimiterOptions options() const {
    return {.dir = folder_.path().string(),
            .address_bytes = std::uint64_t{1} << 30,
            .boot_id_path = boot_id_path()};
  }

  core::Result<std::unique_ptr<LimiterTable>> try_open() {
    return LimiterTable::open(options(), *clock_);
  }

  std::unique_ptr<LimiterTable> open() {
    auto table = try_open();
    CHECK(table.has_value());
    return std::move(*table);
  }

  // The machine starts anew: another boot id, boot time near 0, and a wall clock that says that
  // `passed` nanoseconds have gone by (negative: it was set back).
  void reboot(std::int64_t passed) {
    const core::WallMicros wall = clock_->now().wall_us + passed / 1000;
    clock_ = std::make_unique<sim::SimClock>();
    clock_->step_wall(wall - clock_->now().wall_us);
    ++boots_;
    name_boot();
  }

  // What the disk would hold after a power loss now; and the disk set back to that.
  void note_disk() {
    std::filesystem::copy_file(table_path(), folder_.file("noted"),
                               std::filesystem::copy_options::overwrite_existing);
  }
  void lose_power_to_noted_disk() {
    std::filesystem::copy_file(folder_.file("noted"), table_path(),
                               std::filesystem::copy_options::overwrite_existing);
  }

 private:
  void name_boot() const {
    std::ofstream(boot_id_path()) << "6e5d8a2c-0000-4000-8000-00000000000" << boots_ << '\n';
  }

  core::TempFolder folder_;
  std::unique_ptr<sim::SimClock> clock_ = std::make_unique<sim::SimClock>();
  int boots_ = 0;  // At most 9.
};

inline core::AuthRecord limited_record(std::uint32_t limit, std::uint32_t window_s) {
  core::ApiKey key;
  key.limit = {.rate_limit = limit, .window_s = window_s, .burst = limit};
  return core::make_auth_record(key);
}

// Takes `tokens` of them; they must be there.
inline void take_tokens(LimiterTable& table, std::uint32_t slot, const core::AuthRecord& record,
                        int tokens) {
  for (int i = 0; i < tokens; ++i) {
    const core::Take take = core::bucket_take(table.word(slot), record, table.now());
    CHECK(take.outcome == core::TakeOutcome::kAdmitted);
  }
}

inline std::uint32_t tokens_left(LimiterTable& table, std::uint32_t slot,
                                 const core::AuthRecord& record) {
  return core::bucket_peek(table.word(slot), record, table.now()).remaining;
}

}  // namespace storage
