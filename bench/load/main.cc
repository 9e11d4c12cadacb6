// tollgate-load: HTTP/1.1 load from one thread over io_uring. Exit status: 0 every request was
// answered as expected, 1 something failed, 2 bad usage.
#include <sched.h>
#include <sys/resource.h>

#include <cstdio>
#include <optional>
#include <utility>

#include "bench/load/generator.h"
#include "bench/load/key_picker.h"
#include "bench/load/options.h"
#include "bench/load/record_log.h"
#include "bench/load/report.h"

namespace {

int failed(const core::Error& error) {
  std::fprintf(stderr, "tollgate-load: %s\n", core::describe(error).c_str());
  return 1;
}

core::Status pin_to(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<unsigned>(cpu), &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) == 0) return {};
  return std::unexpected(core::errno_error("pin to the CPU"));
}

// As many descriptors as may be had; too few show up as failed connections.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

core::Status run(const bench::Options& options, bench::Tally& tally) {
  if (options.cpu >= 0) {
    if (const auto pinned = pin_to(options.cpu); !pinned) return pinned;
  }
  std::optional<bench::KeyPicker> keys;
  if (!options.keys_file.empty()) {
    auto read = bench::KeyPicker::from_file(options.keys_file, options.key_order);
    if (!read) return std::unexpected(read.error());
    keys = std::move(*read);
  }
  std::optional<bench::RecordLog> record;
  if (!options.record_file.empty()) {
    auto created = bench::RecordLog::create(options.record_file);
    if (!created) return std::unexpected(created.error());
    record.emplace(std::move(*created));
  }
  bench::RequestBuilder builder(options.shape, std::move(keys));
  auto generator = bench::Generator::create(options, std::move(builder), std::move(record));
  if (!generator) return std::unexpected(generator.error());
  const auto status = (*generator)->run();
  tally = (*generator)->tally();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = bench::parse_options(argc, argv);
  if (!options) return options.error();
  raise_descriptor_limit();
  bench::Tally tally;
  if (const auto status = run(*options, tally); !status) return failed(status.error());
  const std::string report = options->json ? bench::to_json(tally) + "\n" : bench::to_text(tally);
  std::fputs(report.c_str(), stdout);
  return tally.is_clean() ? 0 : 1;
}
