#include "bench/load/options.h"

#include <arpa/inet.h>

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <cstdio>
#include <map>
#include <utility>

namespace bench {
namespace {

constexpr std::int64_t kDefaultDurationNs = 5 * core::kNanosPerSecond;
// With --requests alone: long enough for any count that is wanted, and still an end.
constexpr std::int64_t kDurationLimitNs = 60 * core::kNanosPerSecond;
constexpr double kDayNs = 86400.0 * static_cast<double>(core::kNanosPerSecond);

// The texts of flags that need more reading than CLI11 does.
struct Texts {
  std::string url;
  std::string duration;
  std::string warmup = "0s";
};

void add_pace_flags(CLI::App& app, Pace& pace, Texts& texts) {
  app.add_option("--connections", pace.connections, "connections, all open at once")
      ->check(CLI::Range(1, 60000))
      ->capture_default_str();
  app.add_option("--pipeline", pace.pipeline, "requests a connection writes together")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--duration", texts.duration, "how long to send: 500ms, 5s, 1m (default: 5s)");
  app.add_option("--requests", pace.requests, "send at most this many, within 60s by default");
  app.add_option("--warmup", texts.warmup, "send this long before counting")->capture_default_str();
  app.add_option("--rate", pace.rate,
                 "requests a second at fixed times; latency counts from the intended time")
      ->check(CLI::PositiveNumber);
  app.add_option("--expect", pace.expect, "count other statuses than this one as failures")
      ->check(CLI::Range(200, 599));
  app.add_flag("--reconnect", pace.reconnect, "open a connection that ended again");
}

void add_request_flags(CLI::App& app, Options& options) {
  RequestShape& shape = options.shape;
  app.add_option("--method", shape.method, "request method")->capture_default_str();
  app.add_option("--body", shape.body, "request body");
  app.add_option("--header", shape.headers, "a field line, \"Name: value\"; repeatable")
      ->allow_extra_args(false);
  app.add_option("--unique-path", shape.unique_path,
                 "instead of the URL's path: /PREFIX and digits, never twice in a run");
  app.add_option("--keys", options.keys_file, "file of API keys, one a line, sent as X-API-Key")
      ->check(CLI::ExistingFile);
  const std::map<std::string, KeyChoice> choices{{"hot", KeyChoice::kHot},
                                                 {"uniform", KeyChoice::kUniform}};
  app.add_option("--key-choice", options.key_order.choice,
                 "hot: round robin over the first --hot-keys; uniform: any, at random")
      ->transform(CLI::CheckedTransformer(choices))
      ->option_text("hot|uniform");
  app.add_option("--hot-keys", options.key_order.hot_keys, "how many keys are hot")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--seed", options.key_order.seed, "of the random choice of keys")
      ->capture_default_str();
}

core::Status read_texts(const Texts& texts, Options& options) {
  if (const auto status = parse_url(texts.url, options); !status) return status;
  const auto warmup = parse_duration(texts.warmup);
  if (!warmup) return std::unexpected(warmup.error());
  options.pace.warmup_ns = *warmup;
  options.pace.duration_ns = options.pace.requests == 0 ? kDefaultDurationNs : kDurationLimitNs;
  if (texts.duration.empty()) return {};
  const auto duration = parse_duration(texts.duration);
  if (!duration) return std::unexpected(duration.error());
  if (*duration == 0) return std::unexpected(core::Error{"--duration must be above 0"});
  options.pace.duration_ns = *duration;
  return {};
}

core::Status check_together(const Options& options) {
  const Pace& pace = options.pace;
  if (pace.rate > 0 && pace.pipeline != 1) {
    return std::unexpected(core::Error{"--rate needs --pipeline 1"});
  }
  if (!options.record_file.empty() && options.shape.unique_path.empty()) {
    return std::unexpected(core::Error{"--record needs --unique-path: it tells requests apart"});
  }
  return {};
}

int usage_error(const core::Error& error) {
  std::fprintf(stderr, "tollgate-load: %s\n", core::describe(error).c_str());
  return 2;
}

}  // namespace

core::Result<std::int64_t> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kUnits = {
      {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"m", 60e9}, {"ns", 1}}};
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  for (const auto& [name, nanos] : kUnits) {
    if (error != std::errc() || unit != name) continue;
    // Written so that a number that is no number fails, too.
    if (!(number >= 0 && number * nanos <= kDayNs)) break;
    return static_cast<std::int64_t>(number * nanos);
  }
  return std::unexpected(
      core::Error{"a duration is a number with ns, us, ms, s or m, up to a day"});
}

core::Status parse_url(std::string_view url, Options& options) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return std::unexpected(core::Error{"the URL must be http://"});
  const std::string_view rest = url.substr(kScheme.size());
  const auto slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  const auto colon = authority.find(':');
  std::string host(authority.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  unsigned port = 80;
  if (colon != std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, port);
    if (error != std::errc() || stop != end || port == 0 || port > 65535) {
      return std::unexpected(core::Error{"the URL's port must be 1 to 65535"});
    }
  }
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &server.sin_addr) != 1) {
    return std::unexpected(core::Error{"the URL's host must be an IPv4 address or localhost"});
  }
  options.server = server;
  options.shape.host = authority;
  options.shape.path = slash == rest.size() ? "/" : rest.substr(slash);
  return {};
}

std::expected<Options, int> parse_options(int argc, char** argv) {
  Options options;
  Texts texts;
  CLI::App app("Drives HTTP/1.1 load from one thread and reports rates and latencies.",
               "tollgate-load");
  app.add_option("--url", texts.url, "http://ADDRESS:PORT/PATH")->required();
  add_pace_flags(app, options.pace, texts);
  add_request_flags(app, options);
  app.add_option("--cpu", options.cpu, "pin to this CPU")->check(CLI::NonNegativeNumber);
  app.add_option("--record", options.record_file, "write what was sent and answered to this file");
  app.add_flag("--json", options.json, "report one JSON object");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return std::unexpected(app.exit(error) == 0 ? 0 : 2);
  }
  if (const auto status = read_texts(texts, options); !status) {
    return std::unexpected(usage_error(status.error()));
  }
  if (const auto status = check_together(options); !status) {
    return std::unexpected(usage_error(status.error()));
  }
  return options;
}

}  // namespace bench
