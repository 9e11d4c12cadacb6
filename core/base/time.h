// Time as values. Two kinds that must not be mixed: the wall clock (stamps, expiry) and the
// machine's monotonic clock including suspend (deadlines, limits).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace core {

// Microseconds since 1970-01-01T00:00:00Z by the wall clock. Stored in rows and usage records.
using WallMicros = std::int64_t;

// Nanoseconds of CLOCK_BOOTTIME. Never stored by itself: it means nothing after a reboot.
using BootNanos = std::int64_t;

// Nanoseconds of limiter time: a persisted base plus boot time since; never goes back, never steps
// with the wall clock (storage/limiter_clock.h).
using LimiterNanos = std::int64_t;

// One reading of the clocks, taken once per turn of a shard's loop and passed to all it runs.
struct TurnTime {
  WallMicros wall_us = 0;
  BootNanos boot_ns = 0;
};

inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;

// RFC 3339 in UTC with microseconds: "2026-01-02T03:04:05.000006Z". Writes exactly
// kRfc3339Bytes characters, no terminator. Years 1970 to 9999; outside of it CHECK fails.
inline constexpr int kRfc3339Bytes = 27;
char* write_rfc3339(char* out, WallMicros time) noexcept;
std::string to_rfc3339(WallMicros time);

// Reads an RFC 3339 date-time with offset ("Z", "+02:00"), 0 to 9 fractional digits (beyond
// microseconds cut off), year 1970 to 9999. A leap second :60 reads as the next second's :00.
// Anything else is an error whose `what` says what is wrong.
Result<WallMicros> parse_rfc3339(std::string_view text) noexcept;

// IMF-fixdate of RFC 9110 5.6.7, exactly 29 characters: "Sun, 06 Nov 1994 08:49:37 GMT".
inline constexpr int kHttpDateBytes = 29;
char* write_http_date(char* out, WallMicros time) noexcept;

}  // namespace core
