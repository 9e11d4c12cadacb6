#include "tools/tollgate/serve_options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <vector>

#include "core/base/decimal.h"
#include "core/domain/ip_network.h"

namespace tollgate {
namespace {

// A flag whose environment variable is its name in capitals: --max-body, TOLLGATE_MAX_BODY.
template <typename Value>
CLI::Option* add(CLI::App& app, const std::string& flag, Value& value, const std::string& help) {
  std::string variable = "TOLLGATE_" + flag.substr(2);
  for (char& c : variable) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return app.add_option(flag, value, help)->envname(variable)->capture_default_str();
}

// What is wrong with a network; empty if nothing is.
std::string check_network(const std::string& text) {
  const auto network = core::parse_network(text);
  return network ? "" : text + " " + network.error();
}

// Keys of the file that stand in no section are those of `serve`.
class SettingsFile final : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    auto settings = CLI::ConfigTOML::from_config(input);
    for (CLI::ConfigItem& item : settings) {
      if (item.parents.empty()) item.parents = {"serve"};
    }
    return settings;
  }
};

// CLI11 reads the file of the outermost command only, and before the environment: so --config is
// that command's, reached from `serve` by falling through, and its variable is read here.
void add_settings_file(CLI::App& app, CLI::App& serve) {
  const char* const variable = std::getenv("TOLLGATE_CONFIG");
  const std::string path = variable == nullptr ? "" : variable;
  app.set_config("--config", path, "TOML file for serve: every flag has a key of the same name",
                 !path.empty());
  app.config_formatter(std::make_shared<SettingsFile>());
  app.allow_config_extras(CLI::config_extras_mode::error);
  serve.fallthrough();
}

void add_places(CLI::App& serve, ServeOptions& o) {
  add(serve, "--listen", o.listen,
      "ADDRESS:PORT, [IPv6]:PORT or unix:PATH; repeatable; port 0 picks one")
      ->take_all();
  add(serve, "--ops-listen", o.ops_listen,
      "Like --listen, for operators: /metrics needs no token there")
      ->take_all();
  add(serve, "--data", o.data, "Data directory, made if absent");
  add(serve, "--admin-token-file", o.admin_token_file,
      "File with the admin token, mode 0600; else TOLLGATE_ADMIN_TOKEN; else made in "
      "DATA/admin.token");
  add(serve, "--user", o.user, "Run as this user once the ports are bound");
  add(serve, "--trusted-proxies", o.trusted_proxies,
      "ADDRESS or NETWORK/BITS, joined by commas: proxies whose X-Forwarded-For is believed")
      ->delimiter(',')
      ->check(check_network);
  add(serve, "--access-log", o.access_log, "One JSON object a request to this file; - is stdout");
  add(serve, "--log-file", o.log_file, "Operational log; stderr if absent");
  add(serve, "--log-level", o.log_level, "debug, info, warn, error or off")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}));
}

void add_runtime(CLI::App& serve, ServeOptions& o) {
  add(serve, "--shards", o.shards, "Event loops; 0: one for each CPU available to the process")
      ->check(CLI::Range(0, 120));
  add(serve, "--cpus", o.cpus, "CPUs to pin the shards to, for example 0-3,6");
  add(serve, "--busy-poll-us", o.busy_poll_us, "Spin this long for more work before sleeping")
      ->check(CLI::Range(0, 1'000'000));
  add(serve, "--key-cache", o.key_cache,
      "Keys that a shard remembers, rounded up to a power of two: 128 B each once used")
      ->check(CLI::Range(1024, 1 << 26));
  add(serve, "--usage-sync", o.usage_sync,
      "When usage records are synced: interval, always (answers wait for it) or off")
      ->check(CLI::IsMember({"interval", "always", "off"}));
  add(serve, "--usage-sync-ms", o.usage_sync_ms, "The interval, in milliseconds")
      ->check(CLI::Range(1, 10'000));
  add(serve, "--usage-ring-mib", o.usage_ring_mib,
      "Usage records that may wait, per shard; a power of two")
      ->check(CLI::IsMember({1, 2, 4, 8, 16, 32, 64, 128, 256}));
  add(serve, "--drain-delay", o.drain_delay_s,
      "Seconds from SIGTERM, when /health/ready turns 503, to closing the listeners")
      ->check(CLI::Range(0, 3600));
  add(serve, "--drain-timeout", o.drain_timeout_s, "Seconds for what is in flight to end")
      ->check(CLI::Range(0, 3600));
}

void add_bounds(CLI::App& serve, ServeOptions& o) {
  add(serve, "--max-connections", o.max_connections, "Open connections; beyond it 503")
      ->check(CLI::Range(1, 1'000'000));
  add(serve, "--max-body", o.max_body, "Bytes of a request body; beyond it 413")
      ->check(CLI::Range(1, 64 << 20));
  add(serve, "--max-request-line", o.max_request_line, "Bytes of a request line; beyond it 414")
      ->check(CLI::Range(64, 1 << 20));
  add(serve, "--max-head", o.max_head, "Bytes of a request head; beyond it 431")
      ->check(CLI::Range(256, 1 << 20));
  add(serve, "--max-fields", o.max_fields, "Header fields; beyond it 431")
      ->check(CLI::Range(1, 100));
  add(serve, "--max-pipelined", o.max_pipelined,
      "Bytes of unanswered requests kept for a connection; then reading pauses")
      ->check(CLI::Range(1024, 16 << 20));
  add(serve, "--head-timeout", o.head_timeout_s, "Seconds for a whole head")
      ->check(CLI::Range(1, 3600));
  add(serve, "--body-timeout", o.body_timeout_s,
      "Seconds for a body, and 1 more for each 32 KiB of it")
      ->check(CLI::Range(1, 3600));
  add(serve, "--idle-timeout", o.idle_timeout_s, "Seconds between two requests")
      ->check(CLI::Range(1, 86'400));
}

// Turns "90s", "15m", "24h", "30d", or seconds alone, into seconds. What is wrong with the text;
// empty if nothing is.
std::string to_seconds(std::string& text) {
  constexpr std::string_view kUnits = "smhd";
  constexpr std::int64_t kSeconds[] = {1, 60, 3600, 86'400};
  constexpr std::uint64_t kLongest = std::uint64_t{100} * 365 * 86'400;
  std::string_view number = text;
  const std::size_t unit = number.empty() ? kUnits.npos : kUnits.find(number.back());
  if (unit != kUnits.npos) number.remove_suffix(1);
  const auto amount = core::parse_decimal(number, kLongest);
  if (!amount) return text + " is not a duration such as 90s, 15m, 24h, 30d or 0";
  const std::uint64_t seconds = *amount * (unit == kUnits.npos ? 1 : kSeconds[unit]);
  if (seconds > kLongest) return text + " is longer than 100 years";
  text = std::to_string(seconds);
  return "";
}

void add_retention(CLI::App& serve, ServeOptions& o) {
  const CLI::Validator duration(to_seconds, "DURATION");
  add(serve, "--retain-deleted", o.retain_deleted_s,
      "How long what was deleted can be restored, for example 12h or 30d; 0: for ever")
      ->transform(duration)
      ->default_str("30d");
  add(serve, "--retain-idempotency", o.retain_idempotency_s,
      "How long first answers to an Idempotency-Key are kept, at least 24h; 0: for ever")
      ->transform(duration)
      ->check([](const std::string& seconds) {
        const bool fits = seconds == "0" || std::stoll(seconds) >= 86'400;
        return std::string(fits ? "" : "first answers are given for 24h: keep them for that");
      })
      ->default_str("24h");
}

void add_gateways(CLI::App& serve, ServeOptions& o) {
  add(serve, "--authz-route", o.authz_routes,
      "\"METHOD PREFIX SCOPE\": the scope that /v1/authz asks of a key for these requests; METHOD "
      "may be *, SCOPE - for none; repeatable, the first that matches counts")
      ->take_all();
}

}  // namespace

CLI::App& add_serve_command(CLI::App& app, ServeOptions& options) {
  CLI::App& serve = *app.add_subcommand("serve", "Run the server");
  add_settings_file(app, serve);
  add_places(serve, options);
  add_runtime(serve, options);
  add_bounds(serve, options);
  add_retention(serve, options);
  add_gateways(serve, options);
  serve.add_option("--failpoint", options.failpoint)->envname("TOLLGATE_FAILPOINT")->group("");
  serve.footer(
      "Example:\n  tollgate serve --listen 0.0.0.0:8000 --data /var/lib/tollgate --cpus 0-3\n"
      "Every flag has an environment variable: --max-body is TOLLGATE_MAX_BODY; and a key in the\n"
      "TOML file that --config FILE (TOLLGATE_CONFIG) names: max-body. A flag counts before the\n"
      "file, the file before a variable.\n"
      "Signals: SIGTERM and SIGINT stop gently, a second one at once; SIGHUP reopens the logs.");
  return serve;
}

}  // namespace tollgate
