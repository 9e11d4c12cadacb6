// What one look at a sliding window or a quota costs, beside that at a bucket.
#include "core/domain/sliding_window.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>

#include "core/domain/quota.h"

namespace {

constexpr core::LimiterNanos kStart = 86'400 * core::kNanosPerSecond;

struct alignas(64) Cells {
  core::WindowWord word{0};
  core::WindowMarks marks{};
};

// Time moves on by `state.range(0)` nanoseconds a request, so that each is admitted: by 1 us all
// but one in 31 250 are of the same part, by 62.5 ms each begins a new one.
void SlidingWindow_Admits(benchmark::State& state) {
  const core::WindowTerms terms{.limit = 2'000'000, .part = core::window_part(1)};
  const auto cells = std::make_unique<Cells>();
  core::LimiterNanos now = kStart;
  for (auto _ : state) {
    const core::Take take = core::window_take({cells->word, cells->marks}, terms, now);
    benchmark::DoNotOptimize(take);
    now += state.range(0);
  }
}
BENCHMARK(SlidingWindow_Admits)->Arg(1'000)->Arg(62'500'000);

void SlidingWindow_Refuses(benchmark::State& state) {
  const core::WindowTerms terms{.limit = 1, .part = core::window_part(3600)};
  const auto cells = std::make_unique<Cells>();
  core::window_take({cells->word, cells->marks}, terms, kStart);
  for (auto _ : state) {
    const core::Take take = core::window_take({cells->word, cells->marks}, terms, kStart);
    benchmark::DoNotOptimize(take);
  }
}
BENCHMARK(SlidingWindow_Refuses);

void Quota_Admits(benchmark::State& state) {
  const core::Quota quota{.limit = core::kQuotaLimitMax,
                          .period = static_cast<core::QuotaPeriod>(state.range(0))};
  core::QuotaWord word{0};
  for (auto _ : state) {
    const core::QuotaTake take =
        core::quota_take(word, quota, 1'767'225'600 * core::kMicrosPerSecond);
    benchmark::DoNotOptimize(take);
  }
}
BENCHMARK(Quota_Admits)->Arg(0)->Arg(1);

}  // namespace
