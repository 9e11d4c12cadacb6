#include "tools/cli/key_commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include "core/base/digest.h"
#include "core/base/json.h"
#include "tools/cli/body_flags.h"
#include "tools/cli/tenant_commands.h"

namespace tollgate {
namespace {

constexpr const char* kKeys = "/api/keys";

void add_fields(BodyFlags& body) {
  body.list({"--scope,--scopes", "scopes", "data:read, invoices:*, verify, ...; none: everything"})
      .integer({"--rate-limit", "rate_limit", "Requests a window, or \"unlimited\"", "unlimited"})
      .integer({"--rate-window", "rate_window", "The window in seconds (default: 3600)"})
      .integer({"--burst", "burst", "Tokens kept at most (default: the rate limit)"})
      .text({"--algorithm", "algorithm", "How the limit counts (default: token_bucket)"})
      .list({"--allowed-ips", "allowed_ips", "Addresses and networks; \"\" allows every one"})
      .boolean({"--active,!--inactive", "is_active", "Whether the key works"})
      .text({"--expires-at", "expires_at", "RFC 3339 time, or \"never\"", "never"})
      .json({"--metadata", "metadata", "A JSON object"});
}

void add_key_argument(CLI::App& command, std::string& id) {
  command.add_option("KEY", id, "Id of the key")->required()->check(CLI::PositiveNumber);
}

struct KeyAction {
  std::string name;
  std::string what;
  std::string examples;
  std::string method;
  std::string tail = {};
};

void add_action(CommandGroup& group, const KeyAction& action) {
  const auto id = std::make_shared<std::string>();
  CLI::App& command =
      group.add(action.name, action.what, action.examples, [id, action](Session& session) {
        return print_answer(session, action.method, kKeys + ("/" + *id) + action.tail);
      });
  add_key_argument(command, *id);
}

// Asks for a secret, and prints it with its key, or alone.
CommandEnd print_secret(Session& session, const std::string& path, const std::string& body,
                        bool alone) {
  if (!alone) return print_answer(session, "POST", path, body);
  auto answer = session.client.ask("POST", path, body);
  if (!answer) return std::unexpected(answer.error().text);
  core::JsonParser parser(answer->data.size());
  const auto row = parser.parse(answer->data);
  const auto secret = row ? row->find("key") : std::nullopt;
  if (!secret) return std::unexpected("the server's answer holds no key");
  const std::string_view text = secret->as_string().value_or("");
  std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
  core::wipe(answer->data.data(), answer->data.size());
  return {};
}

void add_list(CommandGroup& group) {
  struct Options {
    ListOptions list;
    std::string tenant;
    bool deleted = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& list = group.add(
      "list", "List keys, in the order of their ids",
      "  tollgate keys list --tenant acme\n"
      "  tollgate keys list --all --json | jq '.[] | select(.last_used_at == null)'",
      [options](Session& session) -> CommandEnd {
        std::string tenant;
        if (!options->tenant.empty()) {
          const auto id = find_tenant(session.client, options->tenant);
          if (!id) return std::unexpected(id.error());
          tenant = std::to_string(*id);
        }
        return print_list(
            session,
            {.path = kKeys,
             .query = {{"tenant_id", tenant}, {"include_deleted", options->deleted ? "true" : ""}},
             .columns = {"id", "tenant_id", "name", "display", "rate_limit", "is_active", "scopes",
                         "expires_at", "last_used_at"}},
            options->list);
      });
  list.add_option("--tenant", options->tenant, "Only of this tenant: id or slug");
  list.add_flag("--deleted", options->deleted, "Revoked ones too");
  add_list_options(list, options->list);
}

void add_create(CommandGroup& group) {
  struct Options {
    std::unique_ptr<BodyFlags> body;
    std::string tenant;
    bool quiet = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& create = group.add(
      "create", "Create a key; its secret is shown this once",
      "  tollgate keys create Production --tenant acme --rate-limit 1000 --rate-window 60\n"
      "  KEY=$(tollgate keys create ci --tenant acme --scope data:read --quiet)",
      [options](Session& session) -> CommandEnd {
        if (!options->tenant.empty()) {
          const auto id = find_tenant(session.client, options->tenant);
          if (!id) return std::unexpected(id.error());
          options->body->set("tenant_id", std::to_string(*id));
        }
        return print_secret(session, kKeys, options->body->body(), options->quiet);
      });
  options->body = std::make_unique<BodyFlags>(create);
  options->body->text({"--name,NAME", "name", "Name, 1 to 100 characters"});
  create.add_option("--tenant", options->tenant, "Whose key: id or slug");
  add_fields(*options->body);
  create.add_flag("-q,--quiet", options->quiet, "Print the key alone");
}

void add_update(CommandGroup& group) {
  struct Options {
    std::string id;
    std::unique_ptr<BodyFlags> body;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& update = group.add(
      "update", "Change what is given of a key",
      "  tollgate keys update 17 --rate-limit 5000\n  tollgate keys update 17 --inactive",
      [options](Session& session) {
        return print_answer(session, "PATCH", kKeys + ("/" + options->id), options->body->body());
      });
  add_key_argument(update, options->id);
  options->body = std::make_unique<BodyFlags>(update);
  options->body->text({"--name", "name", "Name, 1 to 100 characters"});
  add_fields(*options->body);
}

void add_rotate(CommandGroup& group) {
  struct Options {
    std::string id;
    std::unique_ptr<BodyFlags> body;
    bool quiet = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& rotate = group.add(
      "rotate", "Give a key another secret, shown this once",
      "  tollgate keys rotate 17 --overlap-seconds 86400\n  KEY=$(tollgate keys rotate 17 --quiet)",
      [options](Session& session) {
        return print_secret(session, kKeys + ("/" + options->id) + "/rotate", options->body->body(),
                            options->quiet);
      });
  add_key_argument(rotate, options->id);
  options->body = std::make_unique<BodyFlags>(rotate);
  options->body->integer(
      {"--overlap-seconds", "overlap_seconds", "How long the old secret works on (default: 0)"});
  rotate.add_flag("-q,--quiet", options->quiet, "Print the key alone");
}

// A secret is no argument of a process: it is read from a file, or from stdin.
std::expected<std::string, std::string> read_secret(const std::string& path) {
  std::string line;
  std::ifstream file;
  if (path != "-") file.open(path);
  std::istream& in = path == "-" ? std::cin : file;
  if (!std::getline(in, line) || line.empty()) {
    return std::unexpected(path == "-" ? "key: none on stdin" : "key: none in " + path);
  }
  return line;
}

CommandEnd verify(Session& session, const std::string& file, BodyFlags& body) {
  const auto secret = read_secret(file);
  if (!secret) return std::unexpected(secret.error());
  std::string json;
  core::JsonWriter(json).string(*secret);
  body.set("key", json);
  const auto answer = session.client.ask("POST", "/v1/keys/verify", body.body());
  if (!answer) return std::unexpected(answer.error().text);
  session.output.value(answer->data);
  core::JsonParser parser(answer->data.size());
  const auto found = parser.parse(answer->data);
  const auto valid = found ? found->find("valid") : std::nullopt;
  if (valid && valid->as_bool() == true) return {};
  const auto code = found ? found->find("code") : std::nullopt;
  return std::unexpected("key: " + std::string(code ? code->as_string().value_or("") : ""));
}

void add_verify(CommandGroup& group) {
  struct Options {
    std::string file = "-";
    std::unique_ptr<BodyFlags> body;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& verify_command = group.add(
      "verify", "Judge a key as if it were used: exit code 0 if it is good; charges it a token",
      "  tollgate keys verify < key.txt\n"
      "  tollgate keys verify key.txt --scope orders:read --ip 192.0.2.1",
      [options](Session& session) { return verify(session, options->file, *options->body); });
  verify_command.add_option("FILE", options->file, "File with the key; - is stdin")
      ->capture_default_str();
  options->body = std::make_unique<BodyFlags>(verify_command);
  options->body->text({"--scope", "scope", "The scope that the request needs"})
      .text({"--ip", "ip", "The address that the request comes from"});
}

}  // namespace

void add_key_commands(CommandGroup group) {
  add_list(group);
  add_action(group, {"show", "Show a key", "  tollgate keys show 17", "GET"});
  add_create(group);
  add_update(group);
  add_action(group, {"delete", "Revoke a key: no request that begins after it works with it",
                     "  tollgate keys delete 17", "DELETE"});
  add_action(group, {"revoke", "The same as delete", "  tollgate keys revoke 17", "DELETE"});
  add_action(group, {"restore", "Make a revoked key work again", "  tollgate keys restore 17",
                     "POST", "/restore"});
  add_rotate(group);
  add_verify(group);
  group.add(
      "count", "Count keys that are not revoked", "  tollgate keys count",
      [](Session& session) { return print_answer(session, "GET", kKeys + std::string("/count")); });
}

}  // namespace tollgate
