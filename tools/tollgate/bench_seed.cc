#include "tools/tollgate/bench_seed.h"

#include <fmt/format.h>
#include <fmt/os.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <limits>

#include "core/base/digest.h"
#include "core/base/random.h"
#include "core/domain/api_key.h"
#include "core/runtime/clock.h"
#include "storage/bulk_load.h"
#include "storage/limiter_table.h"
#include "tools/tollgate/data_dir.h"

namespace tollgate {
namespace {

int fail(const std::string& why) {
  std::fprintf(stderr, "tollgate: %s\n", why.c_str());
  return 1;
}

// A limit that is counted but never reached: 596 523 a second.
core::RateLimit generous_limit() {
  constexpr std::uint32_t kMost = std::numeric_limits<std::int32_t>::max();
  return {.rate_limit = kMost, .window_s = 3600, .burst = kMost};
}

storage::BulkLoad plan(const BenchSeedOptions& options, core::WallMicros when) {
  storage::BulkLoad load;
  load.tenants = options.tenants;
  load.rows_per_tenant = options.rows;
  load.row_value = R"({"color":"red"})";
  load.limit = generous_limit();
  load.when = when;
  return load;
}

}  // namespace

CLI::App& add_bench_seed_command(CLI::App& app, BenchSeedOptions& options) {
  CLI::App& seed = *app.add_subcommand("bench-seed", "Make a data directory for benchmarks");
  seed.add_option("--data", options.data, "Data directory; must hold no store")
      ->capture_default_str();
  seed.add_option("--keys", options.keys, "API keys")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  seed.add_option("--tenants", options.tenants, "Tenants that the keys are spread over")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  seed.add_option("--rows", options.rows, "Rows of data of each tenant")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  seed.add_option("--out", options.out, "File for the keys, one a line, mode 0600")->required();
  seed.footer("Example:\n  tollgate bench-seed --data /tmp/bench --keys 1000000 --out /tmp/keys");
  return seed;
}

int bench_seed(const BenchSeedOptions& options) {
  const auto dir = DataDir::open(options.data);
  if (!dir) return fail(dir.error());
  const core::SystemClock clock;
  storage::LimiterOptions limiter_options;
  limiter_options.dir = dir->path();
  auto limiter = storage::LimiterTable::open(limiter_options, clock);
  if (!limiter) return fail(core::describe(limiter.error()));

  std::FILE* const out = std::fopen(options.out.c_str(), "w");
  if (out == nullptr) return fail("can't write " + options.out);
  ::fchmod(::fileno(out), 0600);
  core::KernelRandom random;
  core::Hasher hasher;
  std::uint64_t made = 0;
  storage::BulkLoad load = plan(options, clock.now().wall_us);
  load.next_key = [&](storage::BulkKey& key) {
    if (made == options.keys) return false;
    ++made;
    const core::KeySecret secret(random);
    key.digest = hasher.sha256(secret.text());
    key.display = secret.display();
    fmt::print(out, "{}\n", secret.text());
    if (made % 100'000 == 0)
      std::fprintf(stderr, "tollgate: %llu keys\n", static_cast<unsigned long long>(made));
    return true;
  };
  storage::EnvOptions env;
  env.dir = dir->path() + "/store";
  const auto loaded = storage::bulk_load(env, **limiter, load);
  const bool written = std::fclose(out) == 0;
  if (!loaded) return fail(storage::describe_lmdb(loaded.error()));
  if (!written) return fail("can't write " + options.out);
  if (const auto closed = (*limiter)->close_cleanly(clock.now()); !closed) {
    return fail(core::describe(closed.error()));
  }
  return 0;
}

}  // namespace tollgate
