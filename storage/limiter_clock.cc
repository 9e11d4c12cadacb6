#include "storage/limiter_clock.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace storage {
namespace {

// As stored: little-endian, without gaps.
struct SavedTime {
  core::LimiterNanos limiter_ns;
  core::BootNanos boot_ns;
  core::WallMicros wall_us;
  BootId boot;
  std::uint32_t reserved;
};
static_assert(sizeof(SavedTime) == 64 && std::has_unique_object_representations_v<SavedTime>);

bool is_boot_id(const BootId& id) noexcept {
  return std::ranges::all_of(
      id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; });
}

// How far limiter time moves over a reboot.
std::int64_t forward(core::WallMicros saved, core::WallMicros now) noexcept {
  const std::int64_t passed_us =
      std::clamp<std::int64_t>(now - saved, 0, kLimiterForwardMax / 1000);
  return passed_us * 1000;
}

}  // namespace

core::Result<BootId> read_boot_id(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(core::errno_error("open the kernel's boot id"));
  BootId id{};
  const ssize_t got = ::read(fd, id.data(), id.size());
  ::close(fd);
  if (got != static_cast<ssize_t>(id.size()) || !is_boot_id(id)) {
    return std::unexpected(core::Error{"read the kernel's boot id: not a UUID", 0});
  }
  return id;
}

LimiterClock LimiterClock::start(core::MutableBytes area, const BootId& boot,
                                 const core::TurnTime& now,
                                 core::LimiterNanos limiter_now) noexcept {
  LimiterClock clock(area, boot);
  clock.same_boot_ = true;
  clock.offset_ns_ = limiter_now - now.boot_ns;
  clock.save(now);
  clock.save(now);
  return clock;
}

core::Result<LimiterClock> LimiterClock::resume(core::MutableBytes area, const BootId& boot,
                                                const core::TurnTime& now) {
  LimiterClock clock(area, boot);
  SavedTime saved;
  if (!clock.copies_.read({reinterpret_cast<std::byte*>(&saved), sizeof saved})) {
    return std::unexpected(core::Error{"limiter table: both copies of its clock are damaged", 0});
  }
  // A boot time that went back under one boot id is of another machine's clock: a restored image.
  clock.same_boot_ = saved.boot == boot && now.boot_ns >= saved.boot_ns;
  const core::LimiterNanos limiter_now =
      clock.same_boot_ ? saved.limiter_ns + (now.boot_ns - saved.boot_ns)
                       : saved.limiter_ns + forward(saved.wall_us, now.wall_us);
  clock.offset_ns_ = limiter_now - now.boot_ns;
  clock.saved_at_ = clock.same_boot_ ? saved.boot_ns : now.boot_ns;
  return clock;
}

void LimiterClock::advance_to(core::LimiterNanos limiter_now, const core::TurnTime& now) noexcept {
  offset_ns_ = std::max(offset_ns_, limiter_now - now.boot_ns);
}

void LimiterClock::save(const core::TurnTime& now) noexcept {
  if (now.boot_ns < saved_at_) return;
  saved_at_ = now.boot_ns;
  const SavedTime saved{.limiter_ns = at(now),
                        .boot_ns = now.boot_ns,
                        .wall_us = now.wall_us,
                        .boot = boot_,
                        .reserved = 0};
  copies_.write({reinterpret_cast<const std::byte*>(&saved), sizeof saved});
}

}  // namespace storage
