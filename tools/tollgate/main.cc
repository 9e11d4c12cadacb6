// tollgate: a multi-tenant API service in one binary.
#include <CLI/CLI.hpp>

#include "tools/tollgate/bench_seed.h"
#include "tools/tollgate/serve.h"
#include "tools/tollgate/serve_options.h"

int main(int argc, char** argv) {
  CLI::App app("tollgate: tenants, API keys, rate limits, usage and data over HTTP");
  app.require_subcommand(1);
  app.set_version_flag("--version", "tollgate " TOLLGATE_VERSION);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("tollgate: ") + error.what() + " (see tollgate --help)\n";
  });

  tollgate::ServeOptions serve_options;
  CLI::App& serve = tollgate::add_serve_command(app, serve_options);
  tollgate::BenchSeedOptions seed_options;
  CLI::App& bench_seed = tollgate::add_bench_seed_command(app, seed_options);
  CLI::App& version = *app.add_subcommand("version", "Print the version");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (serve.parsed()) return tollgate::serve(serve_options);
  if (bench_seed.parsed()) return tollgate::bench_seed(seed_options);
  if (version.parsed()) std::puts("tollgate " TOLLGATE_VERSION);
  return 0;
}
