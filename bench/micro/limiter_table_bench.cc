// What the limiter table adds to the bucket: finding the word among many.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "core/base/check.h"
#include "core/domain/api_key.h"
#include "core/domain/token_bucket.h"
#include "core/runtime/clock.h"
#include "storage/limiter_table.h"
#include "tests/support/temp_folder.h"

namespace storage {
namespace {

// One take of a slot at random among `slots`, all of them touched before.
void LimiterTable_TakesAtRandom(benchmark::State& state) {
  const auto slots = static_cast<std::uint32_t>(state.range(0));
  const core::TempFolder folder;
  const core::SystemClock clock;
  LimiterOptions options;
  options.dir = folder.path().string();
  auto opened = LimiterTable::open(options, clock);
  CHECK(opened.has_value());
  LimiterTable& table = **opened;
  CHECK(table.ensure(slots).has_value());
  for (std::uint32_t slot = 0; slot < slots; ++slot) table.reset_slot(slot, slot + 1);
  core::ApiKey key;
  const core::AuthRecord record = core::make_auth_record(key);
  const core::LimiterNanos now = table.now();
  std::uint64_t random = 1;
  for (auto _ : state) {
    random = random * 6364136223846793005 + 1442695040888963407;
    core::BucketWord& word = table.word(static_cast<std::uint32_t>((random >> 33) % slots));
    const core::Take take = core::bucket_take(word, record, now);
    benchmark::DoNotOptimize(take);
  }
}
BENCHMARK(LimiterTable_TakesAtRandom)->Arg(64)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace storage
