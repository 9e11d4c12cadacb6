#include "bench/load/report.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

namespace bench {
namespace {

struct Percentile {
  double percent;
  const char* name;
};

constexpr Percentile kPercentiles[] = {
    {50, "p50"}, {90, "p90"}, {99, "p99"}, {99.9, "p99.9"}, {100, "max"}};

double micros(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e3;
}
double seconds(std::int64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

double per_second(const Tally& tally) {
  const double elapsed = seconds(tally.elapsed_ns);
  return elapsed > 0 ? static_cast<double>(tally.answered) / elapsed : 0;
}

double client_cpu_us(const Tally& tally) {
  const auto answered = static_cast<double>(tally.answered);
  return answered > 0 ? static_cast<double>(tally.client_cpu_ns) / 1e3 / answered : 0;
}

// The entries of `counts` that are not 0, as `"name":count` joined by commas.
template <typename Counts, typename Name>
std::string nonzero(const Counts& counts, Name name) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    if (!text.empty()) text += ',';
    fmt::format_to(std::back_inserter(text), "\"{}\":{}", name(i), counts[i]);
  }
  return text;
}

std::string failures(const Tally& tally) {
  return nonzero(tally.failures, [](std::size_t i) { return kFailureNames[i]; });
}

std::string statuses(const Tally& tally) {
  return nonzero(tally.statuses, [](std::size_t i) { return i; });
}

}  // namespace

std::string to_text(const Tally& tally) {
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "{} answered of {} sent in {:.3f} s: {:.0f} a second\n", tally.answered,
                 tally.sent, seconds(tally.elapsed_ns), per_second(tally));
  text += "latency us: ";
  for (const auto& [percent, name] : kPercentiles) {
    fmt::format_to(out, " {} {:.1f}", name, micros(tally.latency_ns.percentile(percent)));
  }
  fmt::format_to(out, "\nstatuses:    {{{}}}\n", statuses(tally));
  fmt::format_to(out, "bytes:       {} sent, {} received\n", tally.bytes_sent,
                 tally.bytes_received);
  fmt::format_to(out, "client CPU:  {:.2f} us a request\n", client_cpu_us(tally));
  if (tally.is_clean()) return text;
  fmt::format_to(out, "FAILURES:    {{{}}}; {} lost, {} overdue, {} of unexpected status\n",
                 failures(tally), tally.lost, tally.overdue, tally.unexpected);
  fmt::format_to(out, "connections: {} stopped, {} reconnects\n", tally.stopped_connections,
                 tally.reconnects);
  return text;
}

std::string to_json(const Tally& tally) {
  std::string json = "{";
  auto out = std::back_inserter(json);
  fmt::format_to(out, R"("clean":{},"requests":{},"answered":{},"lost":{},"overdue":{},)",
                 tally.is_clean(), tally.sent, tally.answered, tally.lost, tally.overdue);
  fmt::format_to(out, R"("unexpected":{},"warmup_answered":{},"statuses":{{{}}},)",
                 tally.unexpected, tally.warmup_answered, statuses(tally));
  fmt::format_to(out, R"("errors":{{{}}},"stopped_connections":{},"reconnects":{},)",
                 failures(tally), tally.stopped_connections, tally.reconnects);
  fmt::format_to(out, R"("elapsed_s":{:.6f},"rps":{:.1f},"latency_us":{{"mean":{:.2f})",
                 seconds(tally.elapsed_ns), per_second(tally), tally.latency_ns.mean() / 1e3);
  for (const auto& [percent, name] : kPercentiles) {
    fmt::format_to(out, R"(,"{}":{:.2f})", name, micros(tally.latency_ns.percentile(percent)));
  }
  fmt::format_to(out, R"(}},"bytes_sent":{},"bytes_received":{},"client_cpu_us":{:.3f}}})",
                 tally.bytes_sent, tally.bytes_received, client_cpu_us(tally));
  return json;
}

}  // namespace bench
