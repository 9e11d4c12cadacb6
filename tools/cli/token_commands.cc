#include "tools/cli/token_commands.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/cli/row_commands.h"
#include "tools/cli/tenant_commands.h"

namespace tollgate {
namespace {

const RowKind& tokens() {
  static const RowKind kind{"/api/admin_tokens", "TOKEN"};
  return kind;
}

void add_create(CommandGroup& group) {
  add_secret_action(
      group, tokens(),
      {.action = {"create", "Create an admin token; its text is shown this once",
                  "  tollgate tokens create deployer --role read_only\n"
                  "  tollgate tokens create acme-admin --role tenant --tenant acme --quiet > token",
                  "POST"},
       .secret = "token",
       .takes_tenant = true},
      [](BodyFlags& body) {
        body.text({"--name,NAME", "name", "Unique name, which the audit log shows"})
            .text({"--role", "role", "all, read_only or tenant"})
            .text({"--expires-at", "expires_at", "RFC 3339 time, or \"never\"", "never"});
      });
}

void add_update(CommandGroup& group) {
  add_row_update(
      group, tokens(),
      {"update", "Change a token's name or expiry",
       "  tollgate tokens update 3 --expires-at 2030-01-01T00:00:00Z", "PATCH"},
      [](BodyFlags& body) {
        body.text({"--name", "name", "Unique name, which the audit log shows"})
            .text({"--expires-at", "expires_at", "RFC 3339 time, or \"never\"", "never"});
      });
}

struct AuditOptions {
  ListOptions list;
  std::string tenant, actor, action, resource, row, from, to, sort;
};

CommandEnd print_entries(Session& session, const AuditOptions& options) {
  std::string tenant;
  if (!options.tenant.empty()) {
    const auto id = find_tenant(session.client, options.tenant);
    if (!id) return std::unexpected(id.error());
    tenant = std::to_string(*id);
  }
  return print_list(session,
                    {.path = "/api/audit_logs",
                     .query = {{"tenant_id", tenant},
                               {"actor", options.actor},
                               {"action", options.action},
                               {"resource", options.resource},
                               {"row_id", options.row},
                               {"from", options.from},
                               {"to", options.to},
                               {"sort", options.sort}},
                     .columns = {"id", "created_at", "actor", "action", "row_id", "tenant_id",
                                 "ip_address", "after"}},
                    options.list);
}

}  // namespace

void add_token_commands(CommandGroup group) {
  add_row_list(
      group, tokens(),
      {.examples = "  tollgate tokens list",
       .tenant_help = "",
       .has_deleted = false,
       .columns = {"id", "name", "role", "tenant_id", "display", "expires_at", "created_at"}});
  add_row_action(group, tokens(), {"show", "Show a token", "  tollgate tokens show 3", "GET"});
  add_create(group);
  add_update(group);
  add_row_action(group, tokens(),
                 {"delete", "End a token for good", "  tollgate tokens delete 3", "DELETE"});
  add_row_count(group, tokens(),
                {"count", "Count tokens that are not deleted", "  tollgate tokens count", "GET"});
}

void add_audit_commands(CommandGroup group) {
  const auto options = std::make_shared<AuditOptions>();
  CLI::App& list = group.add("list", "List what admins have changed",
                             "  tollgate audit list --sort -id --limit 20\n"
                             "  tollgate audit list --resource api_keys --row 17 --all --json",
                             [options](Session& s) { return print_entries(s, *options); });
  list.add_option("--tenant", options->tenant, "Only of this tenant: id or slug");
  list.add_option("--actor", options->actor, "A token's name; root, system");
  list.add_option("--action", options->action, "key.created, tenant.updated, ...");
  list.add_option("--resource", options->resource, "tenants, api_keys, resources, ...");
  list.add_option("--row", options->row, "Only of the row with this id");
  list.add_option("--from", options->from, "RFC 3339 time, from which on");
  list.add_option("--to", options->to, "RFC 3339 time, before which");
  list.add_option("--sort", options->sort, "-id is newest first");
  add_list_options(list, options->list);
  const RowKind entries{"/api/audit_logs", "ENTRY"};
  add_row_action(group, entries,
                 {"show", "Show an entry, before and after", "  tollgate audit show 17", "GET"});
  add_row_count(group, entries, {"count", "Count all entries", "  tollgate audit count", "GET"});
}

}  // namespace tollgate
