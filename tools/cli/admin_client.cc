#include "tools/cli/admin_client.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>

#include "core/base/json.h"

namespace tollgate {
namespace {

std::expected<std::string, std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line) || line.empty()) {
    return std::unexpected("no admin token: can't read " + path +
                           " (name one by --token-file or TOLLGATE_ADMIN_TOKEN)");
  }
  return line;
}

std::expected<std::string, std::string> find_token(const AdminClientOptions& options) {
  if (!options.token.empty()) return options.token;
  if (!options.token_file.empty()) return first_line(options.token_file);
  if (const char* const token = std::getenv("TOLLGATE_ADMIN_TOKEN")) return token;
  return first_line(options.data + "/admin.token");
}

std::string text_of(core::JsonValue object, std::string_view name) {
  const auto member = object.find(name);
  return member ? std::string(member->as_string().value_or("")) : "";
}

// "name: is required", a line for each detail; the message where the answer has no details.
std::string refusal(core::JsonValue answer, int status) {
  const auto error = answer.find("error");
  if (!error) return fmt::format("the server answered {}", status);
  std::string text;
  if (const auto details = error->find("details")) {
    for (const core::JsonValue detail : details->elements()) {
      const std::string field = text_of(detail, "field");
      if (!text.empty()) text += '\n';
      text += field.empty() ? text_of(detail, "message")
                            : fmt::format("{}: {}", field, text_of(detail, "message"));
    }
  }
  return text.empty() ? text_of(*error, "message") : text;
}

std::string next_cursor(core::JsonValue answer) {
  const auto meta = answer.find("meta");
  return meta ? text_of(*meta, "next_cursor") : "";
}

}  // namespace

void add_admin_client_options(CLI::App& command, AdminClientOptions& options) {
  command.add_option("--url", options.url, "The server")
      ->envname("TOLLGATE_URL")
      ->capture_default_str();
  command.add_option("--token", options.token,
                     "The admin token; a command line is no secret on its machine: better a file");
  command.add_option("--token-file", options.token_file,
                     "File with the admin token (else TOLLGATE_ADMIN_TOKEN, else the data "
                     "directory's admin.token)");
  command.add_option("--data", options.data, "The server's data directory, for its admin.token")
      ->envname("TOLLGATE_DATA")
      ->capture_default_str();
}

AdminClient::AdminClient(std::string url, std::string token)
    : url_(std::move(url)),
      credential_("Authorization: Bearer " + std::move(token)),
      http_(std::make_unique<net::HttpClient>()) {
  while (url_.ends_with('/')) url_.pop_back();
}

std::expected<AdminClient, std::string> AdminClient::open(const AdminClientOptions& options) {
  auto token = find_token(options);
  if (!token) return std::unexpected(token.error());
  return AdminClient(options.url, *std::move(token));
}

std::expected<AdminAnswer, AdminRefusal> AdminClient::ask(std::string_view method,
                                                          std::string_view path, std::string body) {
  const auto answer = http_->ask({.method = std::string(method),
                                  .url = url_ + std::string(path),
                                  .fields = {credential_},
                                  .body = std::move(body)});
  if (!answer) return std::unexpected(AdminRefusal{0, answer.error()});
  core::JsonParser parser(net::HttpClient::kAnswerBytesMax);
  const auto json = parser.parse(answer->body);
  if (!json) {
    return std::unexpected(
        AdminRefusal{0, fmt::format("{}: status {}, and no JSON: is that a tollgate server?", url_,
                                    answer->status)});
  }
  const auto data = json->find("data");
  if (answer->status >= 400 || !data) {
    return std::unexpected(AdminRefusal{answer->status, refusal(*json, answer->status)});
  }
  return AdminAnswer{data->minify(), text_of(*json, "message"), next_cursor(*json)};
}

}  // namespace tollgate
