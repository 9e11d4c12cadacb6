#include "net/metrics.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace net {
namespace {

constexpr std::array<std::string_view, core::kGateOutcomes> kGateLabels = {
    "admitted",     "key_missing",     "key_unknown",     "key_expired",
    "key_inactive", "tenant_inactive", "address_refused", "scope_missing",
    "over_limit",   "usage_full",      "unsettled"};

// One metric being written: HELP and TYPE first, then its samples.
class MetricWriter {
 public:
  explicit MetricWriter(std::string& out) : out_(out) {}

  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   type);
  }
  void sample(std::uint64_t value) {
    fmt::format_to(std::back_inserter(out_), "{} {}\n", name_, value);
  }
  void sample(std::string_view labels, std::uint64_t value, std::string_view suffix = "") {
    fmt::format_to(std::back_inserter(out_), "{}{}{{{}}} {}\n", name_, suffix, labels, value);
  }
  void single(std::string_view name, std::string_view type, std::string_view help,
              std::uint64_t value) {
    begin(name, type, help);
    sample(value);
  }
  void suffixed(std::string_view suffix, double value) {
    fmt::format_to(std::back_inserter(out_), "{}{} {:.6f}\n", name_, suffix, value);
  }
  void suffixed(std::string_view suffix, std::uint64_t value) {
    fmt::format_to(std::back_inserter(out_), "{}{} {}\n", name_, suffix, value);
  }
  void seconds(std::string_view name, std::string_view type, std::string_view help, double value) {
    begin(name, type, help);
    fmt::format_to(std::back_inserter(out_), "{} {:.6f}\n", name_, value);
  }

 private:
  std::string& out_;
  std::string_view name_;
};

using Shards = std::span<const ShardMetrics* const>;

template <typename Pick>
std::uint64_t sum(Shards shards, Pick pick) {
  std::uint64_t total = 0;
  for (const ShardMetrics* shard : shards) total += pick(*shard).value();
  return total;
}

void write_requests(MetricWriter& out, Shards shards) {
  out.begin("tollgate_requests_total", "counter", "Answers by route and status.");
  for (std::size_t route = 0; route < kRoutes; ++route) {
    for (std::size_t status = 0; status < kCountedStatuses.size(); ++status) {
      const std::uint64_t count = sum(shards, [&](const ShardMetrics& m) -> const Counter& {
        return m.requests[route][status];
      });
      if (count == 0) continue;
      out.sample(fmt::format("route=\"{}\",status=\"{}\"", all_routes()[route].pattern,
                             kCountedStatuses[status]),
                 count);
    }
  }
}

void write_latency(MetricWriter& out, Shards shards) {
  out.begin("tollgate_request_duration_seconds", "histogram",
            "From the turn in which a request was in hand to its answer's publication.");
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < kLatencyBoundsUs.size(); ++i) {
    count += sum(shards, [&](const ShardMetrics& m) -> const Counter& { return m.latency[i]; });
    out.sample(fmt::format("le=\"{:g}\"", kLatencyBoundsUs[i] / 1e6), count, "_bucket");
  }
  count += sum(shards, [](const ShardMetrics& m) -> const Counter& { return m.latency.back(); });
  out.sample("le=\"+Inf\"", count, "_bucket");
  const std::uint64_t us =
      sum(shards, [](const ShardMetrics& m) -> const Counter& { return m.latency_us_sum; });
  out.suffixed("_sum", static_cast<double>(us) / 1e6);
  out.suffixed("_count", count);
}

void write_gate(MetricWriter& out, Shards shards) {
  out.begin("tollgate_gate_total", "counter",
            "Requests with a tenant's route by what the gate found: keys, tenants, limits.");
  for (std::size_t i = 0; i < kGateLabels.size(); ++i) {
    const auto count =
        sum(shards, [&](const ShardMetrics& m) -> const Counter& { return m.gate[i]; });
    out.sample(fmt::format("outcome=\"{}\"", kGateLabels[i]), count);
  }
}

// The counters that are one number a shard.
struct PlainCounter {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  Counter ShardMetrics::*counter;
};

constexpr PlainCounter kPlainCounters[] = {
    {"tollgate_admin_refused_total", "counter", "Admin requests without a token that allows them.",
     &ShardMetrics::admin_refused},
    {"tollgate_connections_accepted_total", "counter", "Connections accepted.",
     &ShardMetrics::connections_accepted},
    {"tollgate_connections_open", "gauge", "Connections open now.",
     &ShardMetrics::connections_open},
    {"tollgate_connections_handed_off_total", "counter", "Connections given to a shard with fewer.",
     &ShardMetrics::connections_handed_off},
    {"tollgate_connections_refused_total", "counter", "Connections over the bound.",
     &ShardMetrics::connections_refused},
    {"tollgate_accept_failures_total", "counter",
     "Times that accepting paused for want of descriptors or memory.",
     &ShardMetrics::accept_failures},
    {"tollgate_deadlines_missed_total", "counter", "Connections closed for being slow or idle.",
     &ShardMetrics::deadlines_missed},
    {"tollgate_turns_total", "counter", "Turns of the shards' loops.", &ShardMetrics::turns},
    {"tollgate_received_bytes_total", "counter", "Bytes received.", &ShardMetrics::bytes_received},
    {"tollgate_sent_bytes_total", "counter", "Bytes sent.", &ShardMetrics::bytes_sent},
};

// Which shard the kernel chose, and where the connections ended up.
void write_spread(MetricWriter& out, Shards shards) {
  const auto write = [&](const PlainCounter& plain) {
    out.begin(plain.name, plain.type, plain.help);
    for (std::size_t i = 0; i < shards.size(); ++i) {
      out.sample(fmt::format("shard=\"{}\"", i), (shards[i]->*plain.counter).value());
    }
  };
  write({"tollgate_shard_accepted_total", "counter", "Connections that a shard accepted.",
         &ShardMetrics::connections_accepted});
  write({"tollgate_shard_connections", "gauge", "Connections that a shard serves now.",
         &ShardMetrics::connections_open});
}

void write_store(MetricWriter& out, const core::StoreStats& store) {
  out.single("tollgate_store_writable", "gauge", "1 while changes are accepted.", store.writable);
  out.single("tollgate_store_commits_total", "counter", "Commits of the store.", store.commits);
  out.single("tollgate_store_commands_total", "counter",
             "Changes applied, without the housekeeping of each second.", store.commands);
  out.single("tollgate_store_commit_failures_total", "counter", "Commits that failed.",
             store.commit_failures);
  out.seconds("tollgate_store_commit_seconds_total", "counter", "Time spent in commits.",
              static_cast<double>(store.commit_us_total) / 1e6);
  out.single("tollgate_store_queue_depth", "gauge", "Commands waiting.", store.queue_depth);
  out.single("tollgate_store_used_bytes", "gauge", "Bytes of the map in use.",
             store.map_bytes_used);
  out.single("tollgate_store_corrupt_values_total", "counter",
             "Values whose checksum was wrong when they were read.", store.corrupt_values);
}

void write_purged(MetricWriter& out, const core::PurgeTally& purged) {
  out.begin("tollgate_purged_total", "counter",
            "Records taken away for good because their retention was over.");
  out.sample("kind=\"tenant\"", purged.tenants);
  out.sample("kind=\"key\"", purged.keys);
  out.sample("kind=\"resource\"", purged.resources);
  out.sample("kind=\"row\"", purged.rows);
  out.sample("kind=\"webhook\"", purged.webhooks);
  out.sample("kind=\"first_answer\"", purged.answers);
  out.sample("kind=\"admin_token\"", purged.admin_tokens);
  out.sample("kind=\"audit_entry\"", purged.audit_entries);
}

void write_usage(MetricWriter& out, const core::UsageStats& usage) {
  out.single("tollgate_usage_records_total", "counter", "Usage records written to segments.",
             usage.records_drained);
  out.single("tollgate_usage_pending_records", "gauge", "Published, not yet on disk.",
             usage.records_pending);
  out.seconds("tollgate_usage_oldest_pending_seconds", "gauge",
              "Age of the oldest record that is not yet on disk.",
              static_cast<double>(usage.oldest_pending_age_us) / 1e6);
  out.single("tollgate_usage_syncs_total", "counter", "Syncs of segments.", usage.syncs);
  out.single("tollgate_usage_sync_failures_total", "counter", "Syncs that failed.",
             usage.sync_failures);
  out.seconds("tollgate_usage_sync_seconds_total", "counter", "Time spent in syncs.",
              static_cast<double>(usage.sync_us_total) / 1e6);
  out.single("tollgate_usage_segments", "gauge", "Segment files.", usage.segments);
  out.single("tollgate_usage_segment_bytes", "gauge", "Bytes of segment files.",
             usage.segment_bytes);
  out.single("tollgate_usage_folds_total", "counter", "Commits of rollups.", usage.folds);
  out.single("tollgate_usage_lost_bytes", "gauge",
             "Bytes cut off a torn tail when the log was opened.", usage.lost_bytes_at_start);
}

}  // namespace

void ShardMetrics::count_answer(RouteId route, int status, std::uint32_t latency_us) noexcept {
  std::size_t column = 0;
  while (kCountedStatuses[column] != status && kCountedStatuses[column] != 0) ++column;
  requests[static_cast<std::size_t>(route)][column].add();
  std::size_t bucket = 0;
  while (bucket < kLatencyBoundsUs.size() && latency_us > kLatencyBoundsUs[bucket]) ++bucket;
  latency[bucket].add();
  latency_us_sum.add(latency_us);
}

std::string render_metrics(Shards shards, const ProcessNumbers& process) {
  std::string text;
  text.reserve(16 * 1024);
  MetricWriter out(text);
  write_requests(out, shards);
  write_latency(out, shards);
  write_gate(out, shards);
  for (const PlainCounter& plain : kPlainCounters) {
    out.single(
        plain.name, plain.type, plain.help,
        sum(shards, [&](const ShardMetrics& m) -> const Counter& { return m.*plain.counter; }));
  }
  write_spread(out, shards);
  write_store(out, process.store);
  write_purged(out, process.purged);
  write_usage(out, process.usage);
  out.single("tollgate_access_log_dropped_total", "counter",
             "Access log lines dropped because the log could not keep up.",
             process.access_log_dropped);
  out.single("tollgate_limiter_slots", "gauge", "Slots of the limiter table.",
             process.limiter_slots);
  out.single("tollgate_limiter_warm_slots", "gauge",
             "Slots brought in from the disk since the start.", process.warm_slots);
  out.single("tollgate_draining", "gauge", "1 once a stop was asked for.", process.draining);
  out.begin("tollgate_build_info", "gauge", "Always 1; the version is in the label.");
  out.sample("version=\"" TOLLGATE_VERSION "\"", 1);
  out.single("tollgate_uptime_seconds", "gauge", "Since the start.",
             static_cast<std::uint64_t>(process.uptime_s));
  return text;
}

}  // namespace net
