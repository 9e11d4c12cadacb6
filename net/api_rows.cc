// Routes of a tenant's rows, of Data and of every resource that users have defined, and of what a
// key can say about itself.
#include <fmt/format.h>

#include <array>

#include "core/service/record_form.h"
#include "net/api.h"
#include "net/query.h"
#include "net/row_query.h"

namespace net {
namespace {

constexpr std::string_view kAllowReading = "Allow: GET, HEAD, OPTIONS\r\n";

core::Caller caller_of(const Exchange& exchange) {
  return {exchange.verdict.record.key_id, exchange.verdict.record.tenant_id};
}

core::RowsOf rows_of(const Call& call) {
  return {call.exchange.verdict.record.tenant_id, *call.resource};
}

}  // namespace

// Answers 404 where there is none of that name, 405 where it takes no changes.
bool Api::find_resource(Call& call) {
  const std::string_view name = call.exchange.route.resource;
  call.resource = name == "data" ? &core::data_resource() : parts_.reader.resource(name);
  if (call.resource == nullptr) {
    not_found(call, "No such path");
    return false;
  }
  constexpr MethodSet kReading =
      method_bit(Method::kGet) | method_bit(Method::kHead) | method_bit(Method::kOptions);
  const bool reads = (method_bit(call.exchange.method) & kReading) != 0;
  if (reads || !call.resource->schema.is_read_only) return true;
  responder_.failure(
      call.exchange, call.out,
      {.status = 405, .message = "This resource is read only", .more = kAllowReading});
  return false;
}

void Api::list_rows(Call& call) {
  core::PageQuery page;
  if (!call.in.head.query.empty()) {
    Query query(call.in.head.query);
    if (is_search(query, call.resource->schema)) return search_rows(call, query);
    page = read_page(query);
    if (const auto issues = query.finish(); !issues.empty()) {
      return responder_.invalid(call.exchange, call.out, issues);
    }
  }
  const auto rows = parts_.reader.rows(rows_of(call), page.after_id, page.limit);
  const PageMeta meta(page.limit, rows.next_after_id);
  const std::array<std::string_view, 5> body = {R"({"success":true,"data":[)", rows.json, "]",
                                                meta.text(), "}"};
  responder_.answer(call.exchange, call.out, {.status = 200, .body = body});
}

void Api::search_rows(Call& call, Query& query) {
  const core::RowQuery asked = read_row_query(query, call.resource->schema);
  if (const auto issues = query.finish(); !issues.empty()) {
    return responder_.invalid(call.exchange, call.out, issues);
  }
  const auto rows = parts_.reader.find_rows(rows_of(call), asked);
  const std::string meta = search_meta(asked.limit, rows.next);
  const std::array<std::string_view, 5> body = {R"({"success":true,"data":[)", rows.json, "]", meta,
                                                "}"};
  responder_.answer(call.exchange, call.out, {.status = 200, .body = body});
}

// Without filters the count is kept; with some a thread of its own counts.
void Api::count_rows(Call& call) {
  Query query(call.in.head.query);
  core::CountQuestion question{.tenant = call.exchange.verdict.record.tenant_id,
                               .resource = call.resource->id,
                               .filters = read_filters(query, call.resource->schema)};
  if (const auto issues = query.finish(); !issues.empty()) {
    return responder_.invalid(call.exchange, call.out, issues);
  }
  if (question.filters.empty()) {
    return show_count(call.exchange, call.out, parts_.reader.count_rows(rows_of(call)));
  }
  const bool suspended =
      suspend(call, [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
        if (const auto* counted = std::get_if<core::RowCount>(&reply)) {
          return show_count(exchange, out, counted->count);
        }
        responder_.failure(exchange, out, {.status = 503, .message = "Rows can't be counted"});
      });
  if (!suspended) return busy(call, "Too many questions are waiting");
  if (parts_.counter.ask(std::move(question), parts_.replies, call.in.token)) return;
  unsuspend(call);
  busy(call, "Too many counts are waiting");
}

void Api::show_row(Call& call) {
  const auto row = parts_.reader.row(rows_of(call), call.exchange.route.row_id);
  if (!row) return not_found(call, "No such row");
  if (answer_unchanged(call, row->version)) return;
  responder_.success(call.exchange, call.out, 200, row->json);
}

void Api::answer_row(Call& call, core::Command&& command, int status) {
  submit(call, std::move(command),
         [this, status](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           const auto& row = std::get<core::RowImage>(outcome.row);
           exchange.row_version = row.version;
           responder_.success(exchange, out, status, row.json);
         });
}

void Api::create_row(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  const core::Caller caller = caller_of(call.exchange);
  std::vector<core::FieldIssue> issues;
  core::CreateRow create{caller, call.resource->id, {}};
  create.values = core::read_record(call.resource->schema, *body, core::RecordMode::kWhole,
                                    caller.tenant_id, issues);
  if (!issues.empty()) return responder_.invalid(call.exchange, call.out, issues);
  answer_row(call, {.change = std::move(create)}, 201);
}

void Api::update_row(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  const core::Caller caller = caller_of(call.exchange);
  const auto mode =
      call.exchange.method == Method::kPut ? core::RecordMode::kWhole : core::RecordMode::kPatch;
  std::vector<core::FieldIssue> issues;
  core::UpdateRow update{caller, call.resource->id, call.exchange.route.row_id, {}};
  update.values = core::read_record(call.resource->schema, *body, mode, caller.tenant_id, issues);
  if (!issues.empty()) return responder_.invalid(call.exchange, call.out, issues);
  answer_row(call, {.change = std::move(update)}, 200);
}

void Api::delete_row(Call& call) {
  const core::DeleteRow change{caller_of(call.exchange), call.resource->id,
                               call.exchange.route.row_id};
  submit(call, {.change = change},
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           responder_.success(exchange, out, 200, std::get<core::RowImage>(outcome.row).json,
                              R"(,"message":"Row deleted")");
         });
}

void Api::restore_row(Call& call) {
  const core::RestoreRow change{caller_of(call.exchange), call.resource->id,
                                call.exchange.route.row_id};
  answer_row(call, {.change = change}, 200);
}

void Api::show_caller(Call& call) {
  const core::Verdict& verdict = call.exchange.verdict;
  const auto key = parts_.reader.key(verdict.record.key_id);
  if (!key) return not_found(call, "No such key");
  std::string json;
  core::JsonWriter writer(json);
  writer.begin_object();
  writer.key("key_id").uint64(key->id);
  writer.key("tenant_id").uint64(key->tenant_id);
  writer.key("name").string(key->name);
  writer.key("display").string(key->display);
  writer.key("scopes").begin_array();
  for (const std::string& scope : key->scopes) writer.string(scope);
  writer.end_array();
  writer.key("rate_limit");
  if (verdict.limited) {
    writer.begin_object();
    writer.key("limit").uint64(verdict.record.rate_limit);
    writer.key("window").uint64(key->limit.window_s);
    writer.key("burst").uint64(verdict.record.burst);
    writer.key("remaining").uint64(verdict.take.remaining);
    writer.end_object();
  } else {
    writer.null();
  }
  writer.key("expires_at");
  if (key->expires_at == 0) {
    writer.null();
  } else {
    writer.string(core::to_rfc3339(key->expires_at));
  }
  writer.end_object();
  responder_.success(call.exchange, call.out, 200, json);
}

}  // namespace net
