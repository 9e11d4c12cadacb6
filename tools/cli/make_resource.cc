#include "tools/cli/make_resource.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "core/base/json.h"
#include "core/base/json_writer.h"
#include "tools/cli/output.h"

namespace tollgate {
namespace {

CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& what,
                      MakeResourceOptions& options) {
  CLI::App& make = *app.add_subcommand(name, what);
  make.add_option("NAME", options.name, "PascalCase: Invoice, LineItem")->required();
  make.add_option("-f,--field", options.fields,
                  "NAME:TYPE or NAME:TYPE:RULE,RULE,...; once for each field")
      ->required()
      ->allow_extra_args(false);
  make.add_option("--path", options.path, "Rows are at /api/PATH (default: the name's plural)");
  make.add_flag("-m,--migration", options.migrate,
                "Accepted and needless: there is nothing to migrate");
  make.add_flag("-p,--protected", options.protect, "Accepted: rows always need an API key");
  make.add_flag("--json", options.as_json, "Print the definition as JSON (default in a pipe)");
  add_admin_client_options(make, options.server);
  return make;
}

std::string definition(const MakeResourceOptions& options, bool is_model) {
  std::string body;
  core::JsonWriter json(body);
  json.begin_object();
  json.key("name").string(options.name);
  if (!options.path.empty()) json.key("path").string(options.path);
  if (is_model) json.key("read_only").boolean(true);
  json.key("fields").begin_array();
  for (const std::string& field : options.fields) json.string(field);
  json.end_array();
  json.end_object();
  return body;
}

void print_summary(const std::string& made, bool is_model) {
  core::JsonParser parser(made.size());
  const auto json = parser.parse(made);
  const auto path = json ? json->find("path") : std::nullopt;
  const auto fields = json ? json->find("fields") : std::nullopt;
  if (!path || !fields) return;
  std::printf("made /api/%s with %zu fields%s; it is served from now on\n",
              std::string(path->as_string().value_or("")).c_str(), fields->size(),
              is_model ? ", read only" : "");
}

}  // namespace

CLI::App& add_make_resource_command(CLI::App& app, MakeResourceOptions& options) {
  CLI::App& make = add_command(app, "make-resource",
                               "make:resource: define a resource on a running server", options);
  make.footer(
      "Example:\n"
      "  tollgate make:resource Invoice \\\n"
      "    -f number:string:required,max:20,unique \\\n"
      "    -f amount:money:required,ge:0,index \\\n"
      "    -f status:enum:choices:draft|sent|paid,default:draft\n"
      "Types and rules: docs/resources.md");
  return make;
}

CLI::App& add_make_model_command(CLI::App& app, MakeResourceOptions& options) {
  return add_command(app, "make-model", "make:model: the same, without routes that write rows",
                     options);
}

int make_resource(const MakeResourceOptions& options, bool is_model) {
  auto client = AdminClient::open(options.server);
  if (!client) return report_failure(client.error());
  const auto made = client->ask("POST", "/api/resources", definition(options, is_model));
  if (!made) return report_failure(made.error().text);
  if (options.as_json || ::isatty(STDOUT_FILENO) == 0) {
    std::puts(made->data.c_str());
  } else {
    print_summary(made->data, is_model);
  }
  return 0;
}

}  // namespace tollgate
