#include "bench/load/run.h"

#include <sched.h>
#include <sys/resource.h>

#include <optional>
#include <utility>

#include "bench/load/generator.h"
#include "bench/load/key_picker.h"
#include "bench/load/record_log.h"

namespace bench {
namespace {

core::Status pin_to(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<unsigned>(cpu), &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) == 0) return {};
  return std::unexpected(core::errno_error("pin to the CPU"));
}

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

core::Status run(const Options& options, Tally& tally) {
  if (options.cpu >= 0) {
    if (const auto pinned = pin_to(options.cpu); !pinned) return pinned;
  }
  std::optional<KeyPicker> keys;
  if (!options.keys_file.empty()) {
    auto read = KeyPicker::from_file(options.keys_file, options.key_order);
    if (!read) return std::unexpected(read.error());
    keys = std::move(*read);
  }
  std::optional<RecordLog> record;
  if (!options.record_file.empty()) {
    auto created = RecordLog::create(options.record_file);
    if (!created) return std::unexpected(created.error());
    record.emplace(std::move(*created));
  }
  RequestBuilder builder(options.shape, std::move(keys));
  auto generator = Generator::create(options, std::move(builder), std::move(record));
  if (!generator) return std::unexpected(generator.error());
  const auto status = (*generator)->run();
  tally = (*generator)->tally();
  return status;
}

}  // namespace bench
