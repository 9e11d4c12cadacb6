// The usage log: what a shard pays for a record, and what the log's thread pays for it afterwards.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/random.h"
#include "core/runtime/clock.h"
#include "storage/usage_fold.h"
#include "storage/usage_log.h"
#include "storage/usage_record.h"
#include "storage/usage_sink.h"
#include "tests/support/temp_folder.h"

namespace {

core::UsageEvent some_event(std::uint64_t i, std::uint64_t keys) {
  core::UsageEvent event;
  event.time_us = 1'767'225'600'000'000 + static_cast<core::WallMicros>(i);
  event.key_id = 1 + i * 0x9e3779b97f4a7c15 % keys;
  event.tenant_id = 1;
  event.latency_us = 20 + static_cast<std::uint32_t>(i % 61);
  event.status = 200;
  event.charged = true;
  event.endpoint = "/api/data";
  return event;
}

// reserve() and publish(); the head follows at once, as if the disk were infinitely fast.
void BM_UsagePublish(benchmark::State& state) {
  core::TempFolder folder;
  core::KernelRandom random;
  auto ring = storage::UsageRing::create(folder.path().string(), std::size_t{16} << 20, random);
  CHECK(ring.has_value());
  storage::UsageDoorbell doorbell;
  storage::UsageRingSink sink(**ring, doorbell);
  const core::UsageEvent event = some_event(7, 64);
  for (auto _ : state) {
    CHECK(sink.reserve());
    const std::uint64_t sequence = sink.publish(event);
    if ((sequence & 0xFFFF) < 88) (*ring)->set_head(sequence);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_UsagePublish);

// Counting a record in memory; the argument is the number of keys, uniformly random.
void BM_UsageFold(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  constexpr std::size_t kRecords = 4096;
  constexpr std::size_t kFew = storage::UsageFold::kFewMax;
  std::vector<std::array<std::byte, storage::kUsageRecordBytesMax>> records(kRecords);
  std::vector<const std::byte*> pointers;
  for (const auto& record : records) pointers.push_back(record.data());
  storage::UsageTemplates templates;
  storage::UsageFold fold({}, templates);
  std::uint64_t made = 0;
  std::uint64_t id = 1;
  std::size_t next = kRecords;
  while (state.KeepRunningBatch(kFew)) {
    if (next == kRecords) {
      state.PauseTiming();
      for (auto& record : records) {
        storage::write_usage_record(record.data(), some_event(++made % 30'000'000, keys), {1, 0});
      }
      next = 0;
      state.ResumeTiming();
    }
    fold.fold_few(id, std::span(pointers).subspan(next, kFew));
    id += kFew;
    next += kFew;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_UsageFold)->Arg(64)->Arg(10'000)->Arg(1'000'000);

// One turn of the log's thread over what came in between two flushes at 150 000 requests a second:
// drained, checksummed, written, counted, and flushed (argument 1) or not (0). Per record.
void BM_UsageDrainAndFold(benchmark::State& state) {
  constexpr std::uint64_t kBatch = 750;
  core::TempFolder folder;
  core::KernelRandom random;
  const core::SystemClock clock;
  storage::UsageOptions options;
  options.dir = folder.file("data");
  options.sync = state.range(0) != 0 ? storage::UsageSync::kInterval : storage::UsageSync::kOff;
  options.sync_ms = 0;
  auto log = storage::UsageLog::open(options, clock, random);
  CHECK(log.has_value());
  std::uint64_t made = 0;
  while (state.KeepRunningBatch(kBatch)) {
    state.PauseTiming();
    const core::WallMicros now = clock.now().wall_us;
    for (std::uint64_t i = 0; i < kBatch; ++i) {
      core::UsageEvent event = some_event(++made, 64);
      event.time_us = now;
      CHECK((*log)->sink(0).reserve());
      (*log)->sink(0).publish(event);
    }
    state.ResumeTiming();
    (*log)->turn();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_UsageDrainAndFold)->Arg(0)->Arg(1);

}  // namespace
