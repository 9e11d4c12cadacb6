#include "tools/cli/admin_commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "tools/cli/key_commands.h"
#include "tools/cli/resource_commands.h"
#include "tools/cli/tenant_commands.h"
#include "tools/cli/token_commands.h"
#include "tools/cli/url_query.h"
#include "tools/cli/usage_commands.h"
#include "tools/cli/webhook_commands.h"

namespace tollgate {
namespace {

// The longest page that the API gives: fewest questions for a whole list.
constexpr std::string_view kPageRowsMax = "1000";

int run_command(const AdminClientOptions& server, const OutputOptions& options,
                const CommandBody& body) {
  auto client = AdminClient::open(server);
  if (!client) return report_failure(client.error());
  Output output(options, terminal_of_stdout());
  Session session{*client, output, server};
  const CommandEnd end = body(session);
  std::fflush(stdout);
  if (!end) return report_failure(end.error());
  return std::ferror(stdout) == 0 ? 0 : report_failure("can't write to stdout");
}

}  // namespace

CLI::App& CommandGroup::add(const std::string& name, const std::string& what,
                            const std::string& examples, CommandBody body) {
  auto& command = *commands_.commands_.emplace_back(std::make_unique<AdminCommands::Command>());
  command.app = group_.add_subcommand(name, what);
  command.app->footer("Example:\n" + examples);
  command.body = std::move(body);
  add_admin_client_options(*command.app, command.server);
  add_output_options(*command.app, command.output);
  return *command.app;
}

AdminCommands::AdminCommands(CLI::App& app) : app_(app) {
  add_tenant_commands(group("tenants", "Tenants of a running server"));
  add_key_commands(group("keys", "API keys of a running server"));
  add_resource_commands(group("resources", "Definitions of resources; make:resource makes them"));
  add_webhook_commands(group("webhooks", "Where a tenant's events are sent"));
  add_usage_commands(group("usage", "What keys have used"));
  add_token_commands(group("tokens", "Admin tokens with a name and a role"));
  add_audit_commands(group("audit", "What admins have changed"));
}

CommandGroup AdminCommands::group(const std::string& name, const std::string& what) {
  CLI::App& group = *app_.add_subcommand(name, what);
  group.require_subcommand(1);
  return {*this, group};
}

std::optional<int> AdminCommands::run() const {
  for (const auto& command : commands_) {
    if (command->app->parsed()) return run_command(command->server, command->output, command->body);
  }
  return std::nullopt;
}

void add_list_options(CLI::App& command, ListOptions& options) {
  command.add_flag("--all", options.all, "Every row, not one page");
  command.add_option("--limit", options.limit, "Rows of a page, 1 to 1000 (default 100)");
  command.add_option("--cursor", options.cursor, "Where the page before said to go on");
  command.add_option("--columns", options.columns, "Fields to show in a table, joined by commas")
      ->delimiter(',');
}

CommandEnd print_list(Session& session, const ListRequest& request, const ListOptions& options) {
  std::string cursor = options.cursor;
  session.output.begin_list(options.columns.empty() ? request.columns : options.columns);
  do {
    UrlQuery query;
    for (const auto& [name, value] : request.query) query.add_if_given(name, value);
    const bool longest = options.all && options.limit.empty();
    query.add_if_given("limit", longest ? kPageRowsMax : options.limit);
    query.add_if_given("cursor", cursor);
    const auto page = session.client.ask("GET", request.path + query.text());
    if (!page) return std::unexpected(page.error().text);
    session.output.page(page->data);
    cursor = page->next_cursor;
  } while (options.all && !cursor.empty());
  session.output.end_list();
  if (!cursor.empty()) {
    std::fflush(stdout);
    std::fprintf(stderr, "tollgate: there is more: --cursor %s, or --all\n", cursor.c_str());
  }
  return {};
}

CommandEnd print_answer(Session& session, std::string_view method, const std::string& path,
                        const std::string& body) {
  const auto answer = session.client.ask(method, path, body);
  if (!answer) return std::unexpected(answer.error().text);
  session.output.value(answer->data);
  session.output.note(answer->message);
  return {};
}

}  // namespace tollgate
