// Counters of one shard, written by it alone and read by whoever renders /metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>

#include "core/service/gate.h"
#include "core/service/ports.h"
#include "net/router.h"

namespace net {

// One number with one writer. Relaxed: it is a counter and no other data rides on it; the writer's
// load and store need no read-modify-write.
class Counter {
 public:
  void add(std::uint64_t amount = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t amount) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) - amount, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// The statuses that answers are counted by; others are counted as the last one, 0.
inline constexpr std::array<int, 20> kCountedStatuses = {200, 201, 204, 400, 401, 403, 404,
                                                         405, 409, 412, 413, 414, 417, 422,
                                                         429, 431, 500, 501, 503, 0};

// Upper bounds of the latency histogram in microseconds; one more bucket takes the rest.
inline constexpr std::array<std::uint32_t, 14> kLatencyBoundsUs = {
    10, 25, 50, 100, 250, 500, 1'000, 2'500, 5'000, 10'000, 50'000, 250'000, 1'000'000, 10'000'000};

// Shared:    written by its shard, read by any.
// Proven by: tests/unit/net/metrics_test.cc.
struct ShardMetrics {
  std::array<std::array<Counter, kCountedStatuses.size()>, kRoutes> requests;
  std::array<Counter, core::kGateOutcomes> gate;
  std::array<Counter, kLatencyBoundsUs.size() + 1> latency;
  Counter latency_us_sum;
  Counter admin_refused;  // Admin requests without the right token.
  Counter connections_accepted;
  Counter connections_open;        // A gauge.
  Counter connections_handed_off;  // To another shard.
  Counter connections_refused;     // Over --max-connections.
  Counter accept_failures;         // EMFILE and the like; accepting paused.
  Counter deadlines_missed;        // Connections closed for being slow or idle.
  Counter turns;
  Counter bytes_received;
  Counter bytes_sent;

  void count_answer(RouteId route, int status, std::uint32_t latency_us) noexcept;
};

// What /metrics shows beside the shards' counters.
struct ProcessNumbers {
  core::StoreStats store;
  core::UsageStats usage;
  core::PurgeTally purged;  // Since the start.
  bool draining = false;
  std::uint64_t limiter_slots = 0;
  std::uint64_t warm_slots = 0;  // Of them, brought in from the disk since the start.
  std::uint64_t access_log_dropped = 0;
  std::int64_t uptime_s = 0;
};

// The Prometheus text format, version 0.0.4.
std::string render_metrics(std::span<const ShardMetrics* const> shards,
                           const ProcessNumbers& process);

}  // namespace net
