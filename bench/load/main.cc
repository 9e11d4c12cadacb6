// tollgate-load: HTTP/1.1 load from one thread over io_uring. Exit status: 0 every request was
// answered as expected, 1 something failed, 2 bad usage.
#include <cstdio>

#include "bench/load/options.h"
#include "bench/load/report.h"
#include "bench/load/run.h"

int main(int argc, char** argv) {
  const auto options = bench::parse_options(argc, argv);
  if (!options) return options.error();
  bench::raise_descriptor_limit();
  bench::Tally tally;
  if (const auto status = bench::run(*options, tally); !status) {
    std::fprintf(stderr, "tollgate-load: %s\n", core::describe(status.error()).c_str());
    return 1;
  }
  const std::string report = options->json ? bench::to_json(tally) + "\n" : bench::to_text(tally);
  std::fputs(report.c_str(), stdout);
  return tally.is_clean() ? 0 : 1;
}
