// What one look at the limiter costs: the budget is 10 ns a request (README, "Budgets").
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/domain/api_key.h"
#include "core/domain/token_bucket.h"

namespace {

constexpr core::LimiterNanos kStart = 86'400 * core::kNanosPerSecond;

core::AuthRecord record_of(const core::RateLimit& limit) {
  core::ApiKey key;
  key.limit = limit;
  return core::make_auth_record(key);
}

struct alignas(64) Line {
  core::BucketWord word{0};
};

// Time moves on by an interval a request, so that each is admitted.
void TokenBucket_Admits(benchmark::State& state) {
  const core::AuthRecord record =
      record_of({.rate_limit = 1'000'000, .window_s = 1, .burst = 1000});
  const auto line = std::make_unique<Line>();
  core::LimiterNanos now = kStart;
  for (auto _ : state) {
    const core::Take take = core::bucket_take(line->word, record, now);
    benchmark::DoNotOptimize(take);
    now += 1'008;
  }
}
BENCHMARK(TokenBucket_Admits);

void TokenBucket_Refuses(benchmark::State& state) {
  const core::AuthRecord record = record_of({.rate_limit = 1, .window_s = 3600, .burst = 1});
  const auto line = std::make_unique<Line>();
  core::bucket_take(line->word, record, kStart);
  for (auto _ : state) {
    const core::Take take = core::bucket_take(line->word, record, kStart);
    benchmark::DoNotOptimize(take);
  }
}
BENCHMARK(TokenBucket_Refuses);

void TokenBucket_Peeks(benchmark::State& state) {
  const core::AuthRecord record = record_of({.rate_limit = 1000, .window_s = 3600, .burst = 1000});
  const auto line = std::make_unique<Line>();
  core::bucket_take(line->word, record, kStart);
  for (auto _ : state) {
    const core::Take take = core::bucket_peek(line->word, record, kStart);
    benchmark::DoNotOptimize(take);
  }
}
BENCHMARK(TokenBucket_Peeks);

// All threads on one word, as two shards that serve one hot key.
Line shared_line;

void TokenBucket_AdmitsContended(benchmark::State& state) {
  const core::AuthRecord record =
      record_of({.rate_limit = 10'000'000, .window_s = 1, .burst = 10'000'000});
  if (state.thread_index() == 0) shared_line.word.store(0);
  core::LimiterNanos now = kStart;
  for (auto _ : state) {
    const core::Take take = core::bucket_take(shared_line.word, record, now);
    benchmark::DoNotOptimize(take);
    now += 1'000;
  }
}
BENCHMARK(TokenBucket_AdmitsContended)->Threads(2)->UseRealTime();

}  // namespace
