#include "tools/cli/row_commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "core/base/digest.h"
#include "core/base/json.h"
#include "tools/cli/tenant_commands.h"

namespace tollgate {
namespace {

void add_id(CLI::App& command, const RowKind& kind, std::string& id) {
  command.add_option(kind.argument, id, "Its id")->required()->check(CLI::PositiveNumber);
}

// Asks, and prints the row with its secret, or the secret alone.
CommandEnd print_secret(Session& session, const std::string& path, const std::string& body,
                        const std::string& member) {
  auto answer = session.client.ask("POST", path, body);
  if (!answer) return std::unexpected(answer.error().text);
  core::JsonParser parser(answer->data.size());
  const auto row = parser.parse(answer->data);
  const auto secret = row ? row->find(member) : std::nullopt;
  if (!secret) return std::unexpected("the server's answer holds no " + member);
  const std::string_view text = secret->as_string().value_or("");
  std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
  core::wipe(answer->data.data(), answer->data.size());
  return {};
}

}  // namespace

void add_row_action(CommandGroup& group, const RowKind& kind, const RowAction& action) {
  const auto id = std::make_shared<std::string>();
  CLI::App& command = group.add(
      action.name, action.what, action.examples, [id, path = kind.path, action](Session& session) {
        return print_answer(session, action.method, path + "/" + *id + action.tail);
      });
  add_id(command, kind, *id);
}

void add_row_count(CommandGroup& group, const RowKind& kind, const RowAction& action) {
  group.add(action.name, action.what, action.examples, [path = kind.path](Session& session) {
    return print_answer(session, "GET", path + "/count");
  });
}

void add_row_update(CommandGroup& group, const RowKind& kind, const RowAction& action,
                    const AddFlags& flags) {
  struct Options {
    std::string id;
    std::unique_ptr<BodyFlags> body;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& update = group.add(
      action.name, action.what, action.examples, [options, path = kind.path](Session& session) {
        return print_answer(session, "PATCH", path + "/" + options->id, options->body->body());
      });
  add_id(update, kind, options->id);
  options->body = std::make_unique<BodyFlags>(update);
  flags(*options->body);
}

void add_secret_action(CommandGroup& group, const RowKind& kind, const SecretAction& secret,
                       const AddFlags& flags) {
  struct Options {
    std::string id;
    std::string tenant;
    std::unique_ptr<BodyFlags> body;
    bool quiet = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& command =
      group.add(secret.action.name, secret.action.what, secret.action.examples,
                [options, path = kind.path, secret](Session& session) -> CommandEnd {
                  if (!options->tenant.empty()) {
                    const auto id = find_tenant(session.client, options->tenant);
                    if (!id) return std::unexpected(id.error());
                    options->body->set("tenant_id", std::to_string(*id));
                  }
                  const std::string to = options->id.empty() ? path : path + "/" + options->id;
                  const std::string body = options->body->body();
                  if (!options->quiet)
                    return print_answer(session, "POST", to + secret.action.tail, body);
                  return print_secret(session, to + secret.action.tail, body, secret.secret);
                });
  if (!secret.action.tail.empty()) add_id(command, kind, options->id);
  options->body = std::make_unique<BodyFlags>(command);
  flags(*options->body);
  if (secret.takes_tenant) {
    command.add_option("--tenant", options->tenant, "Of which tenant: id or slug");
  }
  command.add_flag("-q,--quiet", options->quiet, "Print the secret alone");
}

void add_row_list(CommandGroup& group, const RowKind& kind, const RowList& list) {
  struct Options {
    ListOptions list;
    std::string tenant;
    bool deleted = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& command = group.add(
      "list", "List them, in the order of their ids", list.examples,
      [options, path = kind.path, columns = list.columns](Session& session) -> CommandEnd {
        std::string tenant;
        if (!options->tenant.empty()) {
          const auto id = find_tenant(session.client, options->tenant);
          if (!id) return std::unexpected(id.error());
          tenant = std::to_string(*id);
        }
        return print_list(
            session,
            {.path = path,
             .query = {{"tenant_id", tenant}, {"include_deleted", options->deleted ? "true" : ""}},
             .columns = columns},
            options->list);
      });
  if (!list.tenant_help.empty()) {
    command.add_option("--tenant", options->tenant, list.tenant_help);
  }
  if (list.has_deleted) command.add_flag("--deleted", options->deleted, "Deleted ones too");
  add_list_options(command, options->list);
}

}  // namespace tollgate
