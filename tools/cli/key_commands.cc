#include "tools/cli/key_commands.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>

#include "core/base/json.h"
#include "tools/cli/body_flags.h"
#include "tools/cli/key_import_command.h"
#include "tools/cli/row_commands.h"

namespace tollgate {
namespace {

const RowKind& keys() {
  static const RowKind kind{"/api/keys", "KEY"};
  return kind;
}

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

void add_create(CommandGroup& group) {
  add_secret_action(
      group, keys(),
      {.action = {"create", "Create a key; its secret is shown this once",
                  "  tollgate keys create Production --tenant acme --rate-limit 1000 "
                  "--rate-window 60\n"
                  "  KEY=$(tollgate keys create ci --tenant acme --scope data:read --quiet)",
                  "POST"},
       .secret = "key",
       .takes_tenant = true},
      [](BodyFlags& body) {
        body.text({"--name,NAME", "name", "Name, 1 to 100 characters"});
        add_fields(body);
      });
}

void add_update(CommandGroup& group) {
  add_row_update(group, keys(),
                 {"update", "Change what is given of a key",
                  "  tollgate keys update 17 --rate-limit 5000\n"
                  "  tollgate keys update 17 --inactive",
                  "PATCH"},
                 [](BodyFlags& body) {
                   body.text({"--name", "name", "Name, 1 to 100 characters"});
                   add_fields(body);
                 });
}

void add_rotate(CommandGroup& group) {
  add_secret_action(group, keys(),
                    {.action = {"rotate", "Give a key another secret, shown this once",
                                "  tollgate keys rotate 17 --overlap-seconds 86400\n"
                                "  KEY=$(tollgate keys rotate 17 --quiet)",
                                "POST", "/rotate"},
                     .secret = "key"},
                    [](BodyFlags& body) {
                      body.integer({"--overlap-seconds", "overlap_seconds",
                                    "How long the old secret works on (default: 0)"});
                    });
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
  add_row_list(group, keys(),
               {.examples = "  tollgate keys list --tenant acme\n"
                            "  tollgate keys list --all --json | jq '.[] | "
                            "select(.last_used_at == null)'",
                .columns = {"id", "tenant_id", "name", "display", "rate_limit", "is_active",
                            "scopes", "expires_at", "last_used_at"}});
  add_row_action(group, keys(), {"show", "Show a key", "  tollgate keys show 17", "GET"});
  add_create(group);
  add_update(group);
  for (const char* const name : {"delete", "revoke"}) {
    add_row_action(group, keys(),
                   {name, "Revoke a key: no request that begins after it works with it",
                    std::string("  tollgate keys ") + name + " 17", "DELETE"});
  }
  add_row_action(group, keys(),
                 {"restore", "Make a revoked key work again", "  tollgate keys restore 17", "POST",
                  "/restore"});
  add_rotate(group);
  add_verify(group);
  add_key_import_command(group);
  add_row_count(group, keys(),
                {"count", "Count keys that are not revoked", "  tollgate keys count", "GET"});
}

}  // namespace tollgate
