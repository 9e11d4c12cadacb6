#include "net/metrics.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <set>
#include <sstream>
#include <string>

namespace net {
namespace {

std::string render(std::initializer_list<const ShardMetrics*> shards) {
  const std::vector<const ShardMetrics*> list(shards);
  return render_metrics(list, {});
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, AddsTheShardsUp) {
  const auto a = std::make_unique<ShardMetrics>();
  const auto b = std::make_unique<ShardMetrics>();
  a->count_answer(RouteId::kData, 200, 7);
  a->count_answer(RouteId::kData, 429, 30);
  b->count_answer(RouteId::kData, 200, 20'000'000);
  b->gate[static_cast<std::size_t>(core::GateOutcome::kOverLimit)].add();
  const std::string text = render({a.get(), b.get()});
  EXPECT_TRUE(has_line(text, R"(tollgate_requests_total{route="/api/data",status="200"} 2)"));
  EXPECT_TRUE(has_line(text, R"(tollgate_requests_total{route="/api/data",status="429"} 1)"));
  EXPECT_TRUE(has_line(text, R"(tollgate_gate_total{outcome="over_limit"} 1)"));
  EXPECT_TRUE(has_line(text, R"(tollgate_request_duration_seconds_bucket{le="1e-05"} 1)"));
  EXPECT_TRUE(has_line(text, R"(tollgate_request_duration_seconds_bucket{le="10"} 2)"));
  EXPECT_TRUE(has_line(text, R"(tollgate_request_duration_seconds_bucket{le="+Inf"} 3)"));
  EXPECT_TRUE(has_line(text, "tollgate_request_duration_seconds_count 3"));
  EXPECT_TRUE(has_line(text, "tollgate_request_duration_seconds_sum 20.000037"));
}

TEST(Metrics, ShowsForEachShardWhatItAcceptedAndServes) {
  const auto a = std::make_unique<ShardMetrics>();
  const auto b = std::make_unique<ShardMetrics>();
  a->connections_accepted.add(3);
  b->connections_open.add(2);
  const std::string text = render({a.get(), b.get()});
  EXPECT_TRUE(has_line(text, R"(tollgate_shard_accepted_total{shard="0"} 3)"));
  EXPECT_TRUE(has_line(text, R"(tollgate_shard_accepted_total{shard="1"} 0)"));
  EXPECT_TRUE(has_line(text, R"(tollgate_shard_connections{shard="1"} 2)"));
  EXPECT_TRUE(has_line(text, "tollgate_connections_accepted_total 3"));
  EXPECT_TRUE(has_line(text, "tollgate_connections_open 2"));
}

TEST(Metrics, ShowsWhatRetentionTookAwayByKind) {
  ProcessNumbers numbers;
  numbers.purged = {.tenants = 1, .keys = 2, .rows = 40, .answers = 5};
  const std::string text = render_metrics({}, numbers);
  EXPECT_TRUE(has_line(text, R"(tollgate_purged_total{kind="tenant"} 1)"));
  EXPECT_TRUE(has_line(text, R"(tollgate_purged_total{kind="key"} 2)"));
  EXPECT_TRUE(has_line(text, R"(tollgate_purged_total{kind="resource"} 0)"));
  EXPECT_TRUE(has_line(text, R"(tollgate_purged_total{kind="row"} 40)"));
  EXPECT_TRUE(has_line(text, R"(tollgate_purged_total{kind="first_answer"} 5)"));
}

TEST(Metrics, CountsAStatusThatHasNoColumnOfItsOwn) {
  const auto shard = std::make_unique<ShardMetrics>();
  shard->count_answer(RouteId::kHealth, 418, 1);
  EXPECT_TRUE(
      has_line(render({shard.get()}), R"(tollgate_requests_total{route="/health",status="0"} 1)"));
}

// The text format: every sample belongs to a metric with HELP and TYPE, each declared once.
TEST(Metrics, DeclaresEveryMetricOnceBeforeItsSamples) {
  const auto shard = std::make_unique<ShardMetrics>();
  for (std::size_t route = 0; route < kRoutes; ++route) {
    shard->count_answer(static_cast<RouteId>(route), 200, 5);
  }
  std::istringstream lines(render({shard.get()}));
  std::set<std::string> declared;
  std::string current;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, second, name;
    words >> first >> second >> name;
    if (first == "#" && second == "HELP") {
      EXPECT_TRUE(declared.insert(name).second) << name;
      current = name;
    } else if (first != "#") {
      EXPECT_EQ(first.substr(0, current.size()), current) << line;
    }
  }
  EXPECT_GE(declared.size(), 25U);
}

}  // namespace
}  // namespace net
