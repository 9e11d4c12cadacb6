// `tollgate bench-seed`: a data directory with many keys, for benchmarks.
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace tollgate {

struct BenchSeedOptions {
  std::string data = "./var/bench";
  std::uint64_t keys = 1'000'000;
  std::uint64_t tenants = 100;
  std::uint32_t rows = 10;
  std::string out;
};

CLI::App& add_bench_seed_command(CLI::App& app, BenchSeedOptions& options);

// The exit code. The store under `data` must be new.
int bench_seed(const BenchSeedOptions& options);

}  // namespace tollgate
