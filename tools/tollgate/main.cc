// tollgate: a multi-tenant API service in one binary.
#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "tools/cli/admin_commands.h"
#include "tools/cli/make_resource.h"
#include "tools/tollgate/bench_seed.h"
#include "tools/tollgate/serve.h"
#include "tools/tollgate/serve_options.h"

namespace {

// The arguments in the order that CLI11 takes them, from the last one on. A colon is no part of its
// names of commands.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "make:resource") arguments[0] = "make-resource";
  if (!arguments.empty() && arguments[0] == "make:model") arguments[0] = "make-model";
  return {arguments.rbegin(), arguments.rend()};
}

}  // namespace

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
  tollgate::MakeResourceOptions make_options;
  CLI::App& make_resource = tollgate::add_make_resource_command(app, make_options);
  tollgate::MakeResourceOptions model_options;
  CLI::App& make_model = tollgate::add_make_model_command(app, model_options);
  const tollgate::AdminCommands admin_commands(app);
  CLI::App& version = *app.add_subcommand("version", "Print the version");
  try {
    app.name("tollgate");
    app.parse(arguments_of(argc, argv));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (serve.parsed()) return tollgate::serve(serve_options);
  if (bench_seed.parsed()) return tollgate::bench_seed(seed_options);
  if (make_resource.parsed()) return tollgate::make_resource(make_options, false);
  if (make_model.parsed()) return tollgate::make_resource(model_options, true);
  if (const auto status = admin_commands.run()) return *status;
  if (version.parsed()) std::puts("tollgate " TOLLGATE_VERSION);
  return 0;
}
