#include "tools/cli/tenant_commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>
#include <memory>

#include "core/base/decimal.h"
#include "core/base/json.h"
#include "tools/cli/body_flags.h"
#include "tools/cli/url_query.h"

namespace tollgate {
namespace {

constexpr std::string_view kTenants = "/api/tenants";

// A command on one tenant: METHOD /api/tenants/{id}WHAT.
struct TenantAction {
  std::string name;
  std::string what;
  std::string examples;
  std::string method;
  std::string tail = {};
};

std::expected<std::string, std::string> path_of(AdminClient& client, const std::string& name) {
  const auto id = find_tenant(client, name);
  if (!id) return std::unexpected(id.error());
  return fmt::format("{}/{}", kTenants, *id);
}

void add_action(CommandGroup& group, const TenantAction& action) {
  const auto tenant = std::make_shared<std::string>();
  CLI::App& command = group.add(action.name, action.what, action.examples,
                                [tenant, action](Session& session) -> CommandEnd {
                                  const auto path = path_of(session.client, *tenant);
                                  if (!path) return std::unexpected(path.error());
                                  return print_answer(session, action.method, *path + action.tail);
                                });
  command.add_option("TENANT", *tenant, "Id or slug")->required();
}

void add_fields(BodyFlags& body) {
  body.text({"--slug", "slug", "Short unique name; made from the name if absent"})
      .text({"--plan", "plan", "The plan (default: free)"})
      .boolean({"--active,!--inactive", "is_active", "Whether its keys work"});
}

void add_list(CommandGroup& group) {
  struct Options {
    ListOptions list;
    std::string slug;
    bool deleted = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& list = group.add(
      "list", "List tenants, in the order of their ids",
      "  tollgate tenants list --all\n  tollgate tenants list --json | jq -r '.[].slug'",
      [options](Session& session) {
        return print_list(session,
                          {.path = std::string(kTenants),
                           .query = {{"slug", options->slug},
                                     {"include_deleted", options->deleted ? "true" : ""}},
                           .columns = {"id", "slug", "name", "plan", "is_active", "created_at"}},
                          options->list);
      });
  add_list_options(list, options->list);
  list.add_option("--slug", options->slug, "Only the one with this slug");
  list.add_flag("--deleted", options->deleted, "Deleted ones too");
}

void add_create(CommandGroup& group) {
  const auto body = std::make_shared<std::unique_ptr<BodyFlags>>();
  CLI::App& create = group.add(
      "create", "Create a tenant", "  tollgate tenants create \"Acme Ltd\" --slug acme --plan pro",
      [body](Session& s) {
        return print_answer(s, "POST", std::string(kTenants), (*body)->body());
      });
  *body = std::make_unique<BodyFlags>(create);
  (*body)->text({"--name,NAME", "name", "Name, 1 to 100 characters"});
  add_fields(**body);
}

void add_update(CommandGroup& group) {
  struct Options {
    std::string tenant;
    std::unique_ptr<BodyFlags> body;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& update = group.add(
      "update", "Change what is given of a tenant",
      "  tollgate tenants update acme --plan free\n  tollgate tenants update 17 --inactive",
      [options](Session& session) -> CommandEnd {
        const auto path = path_of(session.client, options->tenant);
        if (!path) return std::unexpected(path.error());
        return print_answer(session, "PATCH", *path, options->body->body());
      });
  update.add_option("TENANT", options->tenant, "Id or slug")->required();
  options->body = std::make_unique<BodyFlags>(update);
  options->body->text({"--name", "name", "Name, 1 to 100 characters"});
  add_fields(*options->body);
}

}  // namespace

void add_tenant_commands(CommandGroup group) {
  add_list(group);
  add_action(group, {"show", "Show a tenant", "  tollgate tenants show acme", "GET"});
  add_create(group);
  add_update(group);
  add_action(group, {"delete", "Delete a tenant: its keys stop working",
                     "  tollgate tenants delete acme", "DELETE"});
  add_action(group, {"restore", "Bring a deleted tenant and its keys back, by its id",
                     "  tollgate tenants restore 17", "POST", "/restore"});
  group.add("count", "Count tenants that are not deleted", "  tollgate tenants count",
            [](Session& session) {
              return print_answer(session, "GET", std::string(kTenants) + "/count");
            });
}

std::expected<std::uint64_t, std::string> find_tenant(AdminClient& client,
                                                      const std::string& name) {
  const auto id = core::parse_decimal(name, std::numeric_limits<std::int64_t>::max());
  if (id) return *id;
  const auto found = client.ask("GET", std::string(kTenants) + UrlQuery().add("slug", name).text());
  if (!found) return std::unexpected(found.error().text);
  core::JsonParser parser(found->data.size());
  const auto rows = parser.parse(found->data);
  if (rows) {
    for (const core::JsonValue row : rows->elements()) {
      const auto row_id = row.find("id");
      if (row_id) return static_cast<std::uint64_t>(row_id->as_int64().value_or(0));
    }
  }
  return std::unexpected(fmt::format("tenant: none has the slug \"{}\"", name));
}

}  // namespace tollgate
