#include "tools/cli/resource_commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>
#include <memory>

#include "core/base/decimal.h"
#include "core/base/json.h"

namespace tollgate {
namespace {

constexpr std::string_view kResources = "/api/resources";

bool has_text(core::JsonValue row, std::string_view member, std::string_view text) {
  const auto value = row.find(member);
  return value && value->as_string() == text;
}

// The path of the resource that `name` names: an id, a name ("Invoice") or a path ("invoices").
std::expected<std::string, std::string> path_of(AdminClient& client, const std::string& name) {
  if (core::parse_decimal(name, std::numeric_limits<std::int64_t>::max())) {
    return fmt::format("{}/{}", kResources, name);
  }
  const auto all = client.ask("GET", kResources);
  if (!all) return std::unexpected(all.error().text);
  core::JsonParser parser(all->data.size());
  const auto rows = parser.parse(all->data);
  for (const core::JsonValue row : rows ? rows->elements() : core::JsonValue().elements()) {
    if (!has_text(row, "path", name) && !has_text(row, "name", name)) continue;
    const auto id = row.find("id");
    if (id) return fmt::format("{}/{}", kResources, id->number_text().value_or(""));
  }
  return std::unexpected(fmt::format("resource: none is named \"{}\"", name));
}

struct ResourceAction {
  std::string name;
  std::string what;
  std::string examples;
  std::string method;
};

void add_action(CommandGroup& group, const ResourceAction& action) {
  const auto resource = std::make_shared<std::string>();
  CLI::App& command = group.add(action.name, action.what, action.examples,
                                [resource, method = action.method](Session& session) -> CommandEnd {
                                  const auto path = path_of(session.client, *resource);
                                  if (!path) return std::unexpected(path.error());
                                  return print_answer(session, method, *path);
                                });
  command.add_option("RESOURCE", *resource, "Id, name or path")->required();
}

std::string added_fields(const std::vector<std::string>& fields) {
  std::string body;
  core::JsonWriter json(body);
  json.begin_object().key("add_fields").begin_array();
  for (const std::string& field : fields) json.string(field);
  json.end_array().end_object();
  return body;
}

void add_add_field(CommandGroup& group) {
  struct Options {
    std::string resource;
    std::vector<std::string> fields;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& add =
      group.add("add-field", "Add fields; rows of before hold their defaults",
                "  tollgate resources add-field invoices note:text due:date\n"
                "  tollgate resources add-field Invoice currency:string:required,default:EUR",
                [options](Session& session) -> CommandEnd {
                  const auto path = path_of(session.client, options->resource);
                  if (!path) return std::unexpected(path.error());
                  return print_answer(session, "PATCH", *path, added_fields(options->fields));
                });
  add.add_option("RESOURCE", options->resource, "Id, name or path")->required();
  add.add_option("FIELD", options->fields, "NAME:TYPE or NAME:TYPE:RULE,RULE,...")->required();
}

}  // namespace

void add_resource_commands(CommandGroup group) {
  group.add("list", "List the definitions", "  tollgate resources list", [](Session& session) {
    return print_list(
        session,
        {.path = std::string(kResources), .columns = {"id", "name", "path", "read_only", "fields"}},
        {});
  });
  add_action(group, {"show", "Show a definition", "  tollgate resources show invoices", "GET"});
  add_add_field(group);
  add_action(group, {"drop", "Take a resource's routes away; its rows stay in the store",
                     "  tollgate resources drop invoices", "DELETE"});
}

}  // namespace tollgate
