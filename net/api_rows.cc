// Routes of a tenant's own data, and of what a key can say about itself.
#include <fmt/format.h>

#include <array>

#include "core/service/row_form.h"
#include "net/api.h"
#include "net/query.h"

namespace net {
namespace {

core::Caller caller_of(const Exchange& exchange) {
  return {exchange.verdict.record.key_id, exchange.verdict.record.tenant_id};
}

std::string to_json(const core::Outcome& outcome) {
  std::string json;
  core::append_json(json, std::get<core::DataRow>(outcome.row));
  return json;
}

}  // namespace

void Api::list_rows(Call& call) {
  core::PageQuery page;
  if (!call.in.head.query.empty()) {
    Query query(call.in.head.query);
    page = read_page(query);
    if (const auto issues = query.finish(); !issues.empty()) {
      return responder_.invalid(call.exchange, call.out, issues);
    }
  }
  const auto rows =
      parts_.reader.rows(call.exchange.verdict.record.tenant_id, page.after_id, page.limit);
  const PageMeta meta(page.limit, rows.next_after_id);
  const std::array<std::string_view, 5> body = {R"({"success":true,"data":[)", rows.json, "]",
                                                meta.text(), "}"};
  responder_.answer(call.exchange, call.out, {.status = 200, .body = body});
}

void Api::show_row(Call& call) {
  const std::string_view json =
      parts_.reader.row_json(call.exchange.verdict.record.tenant_id, call.exchange.route.row_id);
  if (json.empty()) return not_found(call, "No such row");
  responder_.success(call.exchange, call.out, 200, json);
}

void Api::create_row(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  core::CreateRow create = core::read_create_row(form, caller_of(call.exchange));
  if (!accept(call, form)) return;
  submit(call, {.when = 0, .change = std::move(create)},
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           exchange.row_version = std::get<core::DataRow>(outcome.row).version;
           responder_.success(exchange, out, 201, to_json(outcome));
         });
}

void Api::update_row(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  const core::Caller caller = caller_of(call.exchange);
  const core::RowId id = call.exchange.route.row_id;
  core::UpdateRow update = call.exchange.method == Method::kPut
                               ? core::read_replace_row(form, caller, id)
                               : core::read_update_row(form, caller, id);
  if (!accept(call, form)) return;
  submit(call, {.when = 0, .change = std::move(update)},
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           exchange.row_version = std::get<core::DataRow>(outcome.row).version;
           responder_.success(exchange, out, 200, to_json(outcome));
         });
}

void Api::delete_row(Call& call) {
  const core::DeleteRow change{caller_of(call.exchange), call.exchange.route.row_id};
  submit(call, {.when = 0, .change = change},
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           responder_.success(exchange, out, 200, to_json(outcome), R"(,"message":"Row deleted")");
         });
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
