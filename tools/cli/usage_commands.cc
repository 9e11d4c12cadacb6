#include "tools/cli/usage_commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "core/base/json.h"
#include "tools/cli/tenant_commands.h"
#include "tools/cli/url_query.h"

namespace tollgate {
namespace {

// The totals of an answer, without its series.
std::string totals_of(core::JsonValue usage) {
  std::string text;
  core::JsonWriter json(text);
  json.begin_object();
  for (const auto& [name, value] : usage.members()) {
    if (name != "series") json.key(name).raw(value.minify());
  }
  json.end_object();
  return text;
}

CommandEnd print_usage(Session& session, const std::string& path) {
  const auto answer = session.client.ask("GET", path);
  if (!answer) return std::unexpected(answer.error().text);
  core::JsonParser parser(answer->data.size());
  const auto usage = parser.parse(answer->data);
  if (session.output.is_json() || !usage) {
    session.output.value(answer->data);
    return {};
  }
  session.output.value(totals_of(*usage));
  const auto series = usage->find("series");
  if (!series || series->size() == 0) return {};
  session.output.note("\n");
  session.output.begin_list(
      {"start", "end", "group", "count", "rejected", "errors", "p50_us", "p90_us", "p99_us"});
  session.output.page(series->minify());
  session.output.end_list();
  return {};
}

void add_show(CommandGroup& group) {
  struct Options {
    std::string key, from, to, window, group_by;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& show = group.add(
      "show", "Show counts and a series of one key",
      "  tollgate usage show --key 17\n"
      "  tollgate usage show --key 17 --from 2030-01-01T00:00:00Z --to 2030-01-02T00:00:00Z "
      "--window hour --group-by endpoint,status",
      [options](Session& session) {
        UrlQuery query;
        query.add_if_given("from", options->from)
            .add_if_given("to", options->to)
            .add_if_given("window", options->window)
            .add_if_given("group_by", options->group_by);
        return print_usage(session, "/api/keys/" + options->key + "/usage" + query.text());
      });
  show.add_option("--key,KEY", options->key, "Id of the key")
      ->required()
      ->check(CLI::PositiveNumber);
  show.add_option("--from", options->from, "RFC 3339 time (default: an hour ago)");
  show.add_option("--to", options->to, "RFC 3339 time (default: now)");
  show.add_option("--window", options->window, "A row of the series for each minute or hour");
  show.add_option("--group-by", options->group_by, "endpoint,method,status,key");
}

struct LogOptions {
  ListOptions list;
  std::string key, tenant, endpoint, method, status, address, from, to;
};

CommandEnd print_logs(Session& session, const LogOptions& options) {
  std::string tenant;
  if (!options.tenant.empty()) {
    const auto id = find_tenant(session.client, options.tenant);
    if (!id) return std::unexpected(id.error());
    tenant = std::to_string(*id);
  }
  return print_list(session,
                    {.path = "/api/usage_logs",
                     .query = {{"api_key_id", options.key},
                               {"tenant_id", tenant},
                               {"endpoint", options.endpoint},
                               {"method", options.method},
                               {"status_code", options.status},
                               {"ip_address", options.address},
                               {"from", options.from},
                               {"to", options.to}},
                     .columns = {"id", "created_at", "api_key_id", "method", "endpoint",
                                 "status_code", "response_time_us", "ip_address"}},
                    options.list);
}

void add_logs(CommandGroup& group) {
  const auto options = std::make_shared<LogOptions>();
  CLI::App& logs = group.add("logs", "List the recorded requests, oldest first",
                             "  tollgate usage logs --tenant acme --all --json > requests.json\n"
                             "  tollgate usage logs --status 5xx --endpoint '/api/invoices*'",
                             [options](Session& session) { return print_logs(session, *options); });
  logs.add_option("--key", options->key, "Only of the key with this id");
  logs.add_option("--tenant", options->tenant, "Only of this tenant: id or slug");
  logs.add_option("--endpoint", options->endpoint, "A path; with * at its end what begins so");
  logs.add_option("--method", options->method, "GET, POST, ...");
  logs.add_option("--status", options->status, "404, or 4xx for the class");
  logs.add_option("--ip", options->address, "An address or a network");
  logs.add_option("--from", options->from, "RFC 3339 time, from which on");
  logs.add_option("--to", options->to, "RFC 3339 time, before which");
  add_list_options(logs, options->list);
}

}  // namespace

void add_usage_commands(CommandGroup group) {
  add_show(group);
  add_logs(group);
}

}  // namespace tollgate
