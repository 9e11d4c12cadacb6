// Rollups and memory together are the raw log, whatever was folded when.
#include "storage/rollup_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <map>
#include <tuple>

#include "tests/support/usage_rig.h"

namespace {

using core::UsageWindow;
using test::UsageRig;

constexpr core::WallMicros kMinuteUs = 60'000'000;
constexpr core::WallMicros kHourUs = 60 * kMinuteUs;
constexpr core::BootNanos kMinuteNs = 60 * core::kNanosPerSecond;

// The answer as it follows from a list of all events, by brute force.
class Model {
 public:
  void add(const core::UsageEvent& event) {
    events_.push_back({event, std::string(event.endpoint)});
  }

  std::size_t size() const { return events_.size(); }

  void expect_equal(const core::UsageAnswer& answer, const core::UsageQuestion& question) const {
    using Name = std::tuple<core::WallMicros, std::string, int, int>;
    struct Row {
      core::WallMicros end = 0;
      std::uint64_t count = 0, rejected = 0, errors = 0;
      std::vector<std::uint32_t> answered, refused;
    };
    std::map<Name, Row> rows;
    std::uint64_t count = 0, rejected = 0, total = 0;
    core::WallMicros last = 0;
    for (const test::SeenEvent& each : events_) {
      const core::UsageEvent& event = each.event;
      if (event.key_id != question.key_id) continue;
      ++total;
      last = std::max(last, event.time_us);
      if (event.time_us < question.from || event.time_us >= question.to) continue;
      core::WallMicros start = question.from, end = question.to;
      if (question.window == UsageWindow::kMinute) {
        start = event.time_us / kMinuteUs * kMinuteUs;
        end = start + kMinuteUs;
      } else if (question.window == UsageWindow::kHour) {
        const core::WallMicros hour = event.time_us / kHourUs * kHourUs;
        start = std::max(start, hour);
        end = std::min(end, hour + kHourUs);
      }
      std::array<char, 2 * core::kEndpointBytesMax> text;
      const std::size_t bytes = core::endpoint_template(each.endpoint, text.data());
      Row& row = rows[{start, question.by_endpoint ? std::string(text.data(), bytes) : "",
                       question.by_method ? static_cast<int>(event.method) : 0,
                       question.by_status ? event.status : 0}];
      row.end = end;
      const bool is_rejected = event.status == 429;
      ++(is_rejected ? rejected : count);
      ++(is_rejected ? row.rejected : row.count);
      if (event.status >= 500) ++row.errors;
      (is_rejected ? row.refused : row.answered).push_back(event.latency_us);
    }
    ASSERT_FALSE(answer.too_many_rows);
    EXPECT_EQ(answer.count, count);
    EXPECT_EQ(answer.rejected, rejected);
    EXPECT_EQ(answer.total, total);
    EXPECT_EQ(answer.last_used_at, last);
    ASSERT_EQ(answer.series.size(), rows.size());
    auto seen = answer.series.begin();
    for (auto& [name, row] : rows) {
      EXPECT_EQ(seen->start, std::get<0>(name));
      EXPECT_EQ(seen->end, row.end);
      EXPECT_EQ(seen->endpoint, std::get<1>(name));
      EXPECT_EQ(seen->method ? static_cast<int>(*seen->method) : 0, std::get<2>(name));
      EXPECT_EQ(seen->status, std::get<3>(name));
      EXPECT_EQ(seen->count, row.count);
      EXPECT_EQ(seen->rejected, row.rejected);
      EXPECT_EQ(seen->errors, row.errors);
      auto& latencies = row.count != 0 ? row.answered : row.refused;
      expect_percentile(latencies, 50, seen->p50_us);
      expect_percentile(latencies, 90, seen->p90_us);
      expect_percentile(latencies, 99, seen->p99_us);
      ++seen;
    }
  }

 private:
  static void expect_percentile(std::vector<std::uint32_t>& all, std::size_t percent,
                                std::uint32_t seen) {
    std::ranges::sort(all);
    const double exact = all[(all.size() * percent + 99) / 100 - 1];
    EXPECT_NEAR(seen, exact, exact / 16);
  }

  std::vector<test::SeenEvent> events_;
};

core::UsageEvent random_event(UsageRig& rig) {
  static constexpr std::array<std::string_view, 6> kPaths = {
      "/api/data",
      "/api/data/17",
      "/api/data/4711",
      "/v1/authz/nginx/a/b",
      "/api/invoices/0b7e4a52-7c1c-4a6e-9f0e-3f6f0f7f3a11",
      "/"};
  static constexpr std::array<std::uint16_t, 7> kStatuses = {200, 200, 200, 201, 404, 429, 503};
  core::UsageEvent event = rig.event(1 + rig.random.below(4));
  event.endpoint = kPaths[rig.random.below(kPaths.size())];
  event.status = kStatuses[rig.random.below(kStatuses.size())];
  event.method = static_cast<core::Method>(1 + rig.random.below(8));
  event.latency_us = static_cast<std::uint32_t>(rig.random.below(1u << (1 + rig.random.below(31))));
  return event;
}

void ask_at_random(UsageRig& rig, const Model& model, int times) {
  const core::WallMicros now = rig.clock.now().wall_us;
  for (int i = 0; i < times; ++i) {
    core::UsageQuestion question;
    question.key_id = 1 + rig.random.below(5);
    const auto minutes = static_cast<core::WallMicros>(rig.random.below(400));
    question.from = (now / kMinuteUs - minutes) * kMinuteUs;
    question.to = question.from + static_cast<core::WallMicros>(rig.random.below(450)) * kMinuteUs;
    question.window = static_cast<UsageWindow>(rig.random.below(3));
    question.by_endpoint = rig.random.below(2) != 0;
    question.by_method = rig.random.below(2) != 0;
    question.by_status = rig.random.below(2) != 0;
    const core::UsageAnswer answer = rig.usage(question);
    model.expect_equal(answer, question);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

// Hours of random use with late records, steps of the wall clock, restarts and crashes.
TEST(RollupWriter, MakesOfTheRawLogWhatBruteForceDoes) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    UsageRig rig(seed);
    Model model;
    rig.options.shards = 2;
    rig.open();
    for (int step = 0; step < 150; ++step) {
      for (std::uint64_t i = rig.random.below(40); i > 0; --i) {
        core::UsageEvent event = random_event(rig);
        if (rig.random.below(50) == 0) {
          event.time_us -= static_cast<core::WallMicros>(rig.random.below(150)) * kMinuteUs;
        }
        ASSERT_TRUE(rig.publish(event, static_cast<std::uint32_t>(rig.random.below(2))));
        model.add(event);
      }
      rig.clock.advance(static_cast<core::BootNanos>(rig.random.below(150)) *
                        core::kNanosPerSecond);
      if (rig.random.below(40) == 0) {
        rig.clock.step_wall((static_cast<core::WallMicros>(rig.random.below(100)) - 50) *
                            kMinuteUs);
      }
      for (std::uint64_t i = rig.random.below(4); i > 0; --i) rig.log->turn();
      if (rig.random.below(25) == 0) {
        if (rig.random.below(2) == 0) rig.crash();
        rig.open();
      }
      if (rig.random.below(10) == 0) ask_at_random(rig, model, 2);
      if (testing::Test::HasFailure()) return;
    }
    rig.clock.advance(3 * 60 * kMinuteNs);
    rig.settle();
    ask_at_random(rig, model, 60);
    EXPECT_EQ(rig.log_after().size(), model.size());
    EXPECT_TRUE(rig.reports.empty());
    if (testing::Test::HasFailure()) return;
  }
}

TEST(RollupWriter, GoesOnInTheMiddleOfAnOpenMinute) {
  UsageRig rig;
  Model model;
  rig.open();
  for (int life = 0; life < 6; ++life) {
    for (int i = 0; i < 20; ++i) {
      const core::UsageEvent event = random_event(rig);
      ASSERT_TRUE(rig.publish(event));
      model.add(event);
    }
    rig.clock.advance(7 * core::kNanosPerSecond);
    if (life % 2 == 0) rig.crash();
    rig.open();
    ask_at_random(rig, model, 10);
  }
}

TEST(RollupWriter, CountsARecordThatCameAfterItsMinuteWasClosed) {
  UsageRig rig;
  rig.open();
  const core::UsageEvent late = rig.event(1);
  ASSERT_TRUE(rig.publish(rig.event(1)));
  rig.clock.advance(5 * kMinuteNs);
  rig.settle();
  ASSERT_EQ(rig.log->stats().folds, 1u);
  ASSERT_TRUE(rig.publish(late));
  core::UsageQuestion question;
  question.key_id = 1;
  question.from = late.time_us / kMinuteUs * kMinuteUs;
  question.to = question.from + kMinuteUs;
  EXPECT_EQ(rig.usage(question).count, 2u) << "from memory";
  rig.clock.advance(kMinuteNs);
  rig.settle();
  EXPECT_EQ(rig.log->stats().folds, 2u);
  const core::UsageAnswer answer = rig.usage(question);
  EXPECT_EQ(answer.count, 2u) << "from two parts";
  EXPECT_EQ(answer.series.size(), 1u);
}

TEST(RollupWriter, AddsLateRecordsToHoursThatHaveTheirRows) {
  UsageRig rig;
  Model model;
  rig.open();
  std::vector<core::UsageEvent> late;
  for (int i = 0; i < 90; ++i) {
    const core::UsageEvent event = random_event(rig);
    ASSERT_TRUE(rig.publish(event));
    model.add(event);
    late.push_back(random_event(rig));
    rig.clock.advance(kMinuteNs);
    rig.settle();
  }
  rig.clock.advance(3 * 60 * kMinuteNs);
  ASSERT_TRUE(rig.publish(rig.event(9)));
  rig.clock.advance(2 * kMinuteNs);
  rig.settle();
  for (const core::UsageEvent& event : late) {
    ASSERT_TRUE(rig.publish(event));
    model.add(event);
  }
  ask_at_random(rig, model, 20);
  rig.clock.advance(2 * kMinuteNs);
  rig.settle();
  ask_at_random(rig, model, 40);
}

// More open minutes than there may be: they are closed early, and what comes for them later makes
// another part.
TEST(RollupWriter, ClosesMinutesEarlyWhenMemoryIsFull) {
  UsageRig rig;
  Model model;
  rig.open();
  for (int round = 0; round < 3; ++round) {
    for (int minute = 0; minute < 80; ++minute) {
      core::UsageEvent event = random_event(rig);
      event.time_us += (minute - 90) * kMinuteUs;
      ASSERT_TRUE(rig.publish(event));
      model.add(event);
    }
    rig.log->turn();
    if (round == 1) rig.crash();
    if (round == 1) rig.open();
    ask_at_random(rig, model, 10);
  }
  for (int turn = 0; rig.log->stats().folds < 2; ++turn) {
    ASSERT_LT(turn, 1000) << "no minute was over since the first turn, but there are too many";
    rig.log->turn();
  }
  ask_at_random(rig, model, 20);
}

// A fold of many rows goes in slices; drains go on in between.
TEST(RollupWriter, NeverHoldsTheDrainWhileManyCellsAreFolded) {
  UsageRig rig;
  rig.options.ring_bytes = std::size_t{8} << 20;
  rig.open();
  constexpr std::uint64_t kKeys = 30'000;
  for (std::uint64_t key = 1; key <= kKeys; ++key) ASSERT_TRUE(rig.publish(rig.event(key)));
  rig.clock.advance(2 * kMinuteNs);
  int turns_within_fold = 0;
  for (; rig.log->stats().folds == 0; ++turns_within_fold) {
    ASSERT_LT(turns_within_fold, 1000);
    ASSERT_TRUE(rig.publish(rig.event(1)));
    const std::uint64_t drained = rig.log->stats().records_drained;
    rig.log->turn();
    ASSERT_EQ(rig.log->stats().records_drained, drained + (turns_within_fold == 0 ? kKeys + 1 : 1));
    ASSERT_EQ(rig.all_of(1).total, static_cast<std::uint64_t>(turns_within_fold) + 2);
  }
  EXPECT_GT(turns_within_fold, 5);
  EXPECT_EQ(rig.all_of(kKeys).total, 1u);
}

TEST(RollupWriter, NamesAtMostAThousandTemplatesATenantAndDay) {
  UsageRig rig;
  rig.options.ring_bytes = std::size_t{1} << 20;
  rig.open();
  const auto use_paths = [&](core::KeyId key, int first, int count) {
    for (int i = first; i < first + count; ++i) {
      const std::string path = "/x/p" + std::to_string(i);
      core::UsageEvent event = rig.event(key);
      event.endpoint = path;
      ASSERT_TRUE(rig.publish(event));
    }
  };
  const auto endpoints_of = [&](core::KeyId key) {
    core::UsageQuestion question;
    question.key_id = key;
    question.to = rig.clock.now().wall_us / kMinuteUs * kMinuteUs + kHourUs;
    question.window = UsageWindow::kNone;
    question.by_endpoint = true;
    std::map<std::string, std::uint64_t> counts;
    for (const core::UsageRow& row : rig.usage(question).series) counts[row.endpoint] = row.count;
    return counts;
  };
  use_paths(1, 0, 700);
  rig.open();  // The bound holds across a restart.
  use_paths(1, 500, 700);
  use_paths(1, 0, 10);
  use_paths(15, 1150, 10);  // Another tenant has its own.
  const auto counts = endpoints_of(1);
  EXPECT_EQ(counts.size(), 1001u);
  EXPECT_EQ(counts.at("other"), 200u);
  EXPECT_EQ(counts.at("/x/p5"), 2u);
  EXPECT_EQ(counts.at("/x/p600"), 2u);
  EXPECT_EQ(endpoints_of(15).size(), 10u);

  rig.clock.advance(24 * 60 * kMinuteNs);
  rig.settle();
  use_paths(1, 1190, 5);  // A new day has room again.
  EXPECT_EQ(endpoints_of(1).at("/x/p1190"), 1u);
}

TEST(RollupWriter, SaysThatASeriesIsTooLong) {
  UsageRig rig;
  rig.options.ring_bytes = std::size_t{4} << 20;
  rig.open();
  for (std::size_t i = 0; i <= core::kUsageSeriesRowsMax; ++i) {
    core::UsageEvent event = rig.event(1);
    event.status = static_cast<std::uint16_t>(100 + i % 500);
    event.method = static_cast<core::Method>(1 + i / 500 % 8);
    event.time_us -= static_cast<core::WallMicros>(i / 4000) * kMinuteUs;
    ASSERT_TRUE(rig.publish(event));
  }
  core::UsageQuestion question;
  question.key_id = 1;
  question.from = rig.clock.now().wall_us - kHourUs;
  question.to = rig.clock.now().wall_us + kHourUs;
  question.by_status = true;
  question.by_method = true;
  const core::UsageAnswer answer = rig.usage(question);
  EXPECT_TRUE(answer.too_many_rows);
  EXPECT_TRUE(answer.series.empty());
  EXPECT_EQ(answer.count + answer.rejected, core::kUsageSeriesRowsMax + 1) << "sums are whole";
  question.by_method = false;
  EXPECT_FALSE(rig.usage(question).too_many_rows);
}

}  // namespace
