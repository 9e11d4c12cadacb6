// What `tollgate serve` can be told, by flag, environment or file, as one validated value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tollgate {

struct ServeOptions {
  std::vector<std::string> listen = {"127.0.0.1:8000"};
  std::vector<std::string> ops_listen;
  std::string data = "./var/tollgate";
  int shards = 0;    // 0: one for each CPU that the process may use.
  std::string cpus;  // "0-3": where the shards run; empty: anywhere.
  std::string admin_token_file;
  std::string user;
  std::vector<std::string> trusted_proxies;  // Each a network that core::parse_network() reads.
  std::int64_t busy_poll_us = 0;
  std::uint32_t key_cache = 1 << 20;
  std::uint64_t max_connections = 10'000;
  std::uint64_t max_body = 1 << 20;
  std::uint32_t max_request_line = 8 * 1024;
  std::uint32_t max_head = 16 * 1024;
  std::uint32_t max_fields = 100;
  std::uint64_t max_pipelined = 64 * 1024;
  std::uint32_t head_timeout_s = 10;
  std::uint32_t body_timeout_s = 10;
  std::uint32_t idle_timeout_s = 75;
  std::string usage_sync = "interval";
  std::uint32_t usage_sync_ms = 5;
  std::uint32_t usage_ring_mib = 16;
  std::uint32_t drain_delay_s = 0;
  std::uint32_t drain_timeout_s = 10;
  std::int64_t retain_deleted_s = 30 * 86'400;  // 0: for ever.
  std::int64_t retain_idempotency_s = 86'400;   // 0: for ever; else at least that.
  std::vector<std::string> authz_routes;        // "METHOD PREFIX SCOPE" each.
  std::string access_log;
  std::string log_file;
  std::string log_level = "info";
  std::string failpoint;  // For crash tests, from TOLLGATE_FAILPOINT only.
};

// Adds `serve` and its flags. `options` must outlive the parse.
CLI::App& add_serve_command(CLI::App& app, ServeOptions& options);

}  // namespace tollgate
