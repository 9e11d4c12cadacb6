// Questions about usage and their answers. The usage writer answers them exactly: every request
// that was answered before the question arrived is counted once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/domain/api_key.h"
#include "core/domain/ip_network.h"
#include "core/domain/usage_event.h"

namespace core {

enum class UsageWindow : std::uint8_t { kNone, kMinute, kHour };

inline constexpr std::size_t kUsageSeriesRowsMax = 10'000;

struct UsageQuestion {
  KeyId key_id = 0;
  // [from, to), both aligned to whole minutes by the asker (from down, to up).
  WallMicros from = 0;
  WallMicros to = 0;
  UsageWindow window = UsageWindow::kMinute;  // kNone: one row for the whole span.
  bool by_endpoint = false;
  bool by_method = false;
  bool by_status = false;
};

struct UsageRow {
  WallMicros start = 0;
  WallMicros end = 0;
  std::string endpoint;  // Route template; only if asked for, like the next two.
  std::optional<Method> method;
  std::uint16_t status = 0;    // 0: not asked for.
  std::uint64_t count = 0;     // Answered with anything but 429.
  std::uint64_t rejected = 0;  // Answered with 429.
  std::uint64_t errors = 0;    // Of count: answered with 5xx.
  std::uint32_t p50_us = 0;
  std::uint32_t p90_us = 0;
  std::uint32_t p99_us = 0;
};

struct UsageAnswer {
  bool too_many_rows = false;    // More than kUsageSeriesRowsMax: ask for less.
  std::uint64_t count = 0;       // Not 429, within [from, to).
  std::uint64_t rejected = 0;    // 429, within [from, to).
  std::uint64_t total = 0;       // Both, ever.
  WallMicros last_used_at = 0;   // 0: never.
  std::vector<UsageRow> series;  // By start, then group; windows without any use have no row.
};

// A page of the raw log, oldest first: of the records that fit all that is set.
struct UsageLogQuestion {
  std::uint64_t after_id = 0;  // Rows with a greater id.
  std::uint32_t limit = 100;   // 1 to 1000.
  KeyId key_id = 0;            // 0: any.
  TenantId tenant_id = 0;      // 0: any.
  std::optional<Method> method = std::nullopt;
  std::uint16_t status_min = 0;  // The status lies between these two, both included.
  std::uint16_t status_max = 999;
  std::string endpoint = {};       // The whole path; empty: any.
  bool is_endpoint_begin = false;  // Paths that begin so.
  std::optional<IpNetwork> network = std::nullopt;
  WallMicros from = 0;
  std::optional<WallMicros> to = std::nullopt;  // Before it.

  bool selects(const UsageEvent& event) const noexcept;
};

// Records lie in the order in which they were drained; where the wall clock is not set back, their
// times are in order but for this much.
inline constexpr WallMicros kUsageLogDisorder = 60 * kMicrosPerSecond;

struct UsageLogRow {
  std::uint64_t id = 0;
  UsageEvent event;  // Its endpoint views `endpoint`.
  std::string endpoint;
};

struct UsageLogPage {
  std::vector<UsageLogRow> rows;
  std::uint64_t next_after_id = 0;  // 0: this is the end. The page may end early (scan bound).
};

// last_used_at and totals for many keys at once, for lists.
struct KeyTotals {
  std::uint64_t total = 0;
  WallMicros last_used_at = 0;
};

}  // namespace core
