// Admin routes of tenants.
#include "core/service/tenant_form.h"
#include "net/api.h"
#include "net/query.h"

namespace net {
namespace {

std::string to_json(const core::Tenant& tenant) {
  std::string json;
  core::append_json(json, tenant);
  return json;
}

}  // namespace

void Api::list_tenants(Call& call) {
  Query query(call.in.head.query);
  core::PageQuery page = read_page(query);
  page.include_deleted = query.boolean("include_deleted");
  const auto slug = query.text("slug");
  if (const auto issues = query.finish(); !issues.empty()) {
    return responder_.invalid(call.exchange, call.out, issues);
  }
  const auto tenants = slug ? tenants_of_slug(*slug) : parts_.reader.tenants(page);
  std::string json = "[";
  for (const core::Tenant& tenant : tenants.rows) {
    if (json.size() > 1) json += ',';
    core::append_json(json, tenant);
  }
  json += ']';
  responder_.success(call.exchange, call.out, 200, json,
                     PageMeta(page.limit, tenants.next_after_id).text());
}

// One or none, as a page.
core::Page<core::Tenant> Api::tenants_of_slug(std::string_view slug) {
  core::Page<core::Tenant> page;
  auto tenant = core::is_slug(slug) ? parts_.reader.tenant_of_slug(slug) : std::nullopt;
  if (tenant) page.rows.push_back(*std::move(tenant));
  return page;
}

void Api::create_tenant(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  core::CreateTenant create = core::read_create_tenant(form);
  if (!accept(call, form)) return;
  submit_tenant(call, {.change = std::move(create)});
}

void Api::show_tenant(Call& call) {
  const auto include_deleted = read_include_deleted(call);
  if (!include_deleted) return;
  const auto tenant = parts_.reader.tenant(call.exchange.route.row_id);
  const bool is_shown =
      tenant && reaches(call, tenant->id) && (tenant->deleted_at == 0 || *include_deleted);
  if (!is_shown) {
    return not_found(call, "No such tenant");
  }
  if (answer_unchanged(call, tenant->version)) return;
  responder_.success(call.exchange, call.out, 200, to_json(*tenant));
}

void Api::update_tenant(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  core::UpdateTenant update = call.exchange.method == Method::kPut
                                  ? core::read_replace_tenant(form, call.exchange.route.row_id)
                                  : core::read_update_tenant(form, call.exchange.route.row_id);
  if (!accept(call, form)) return;
  submit_tenant(call, {.change = std::move(update)});
}

void Api::restore_tenant(Call& call) {
  submit_tenant(call, {.change = core::RestoreTenant{call.exchange.route.row_id}});
}

void Api::count_tenants(Call& call) {
  answer_count(call, parts_.reader.counts().tenants);
}

void Api::submit_tenant(Call& call, core::Command&& command) {
  submit(call, std::move(command),
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           const auto& tenant = std::get<core::Tenant>(outcome.row);
           exchange.row_version = tenant.version;
           const int status = exchange.route.id == RouteId::kTenants ? 201 : 200;
           responder_.success(exchange, out, status, to_json(tenant));
         });
}

void Api::delete_tenant(Call& call) {
  submit(call, {.when = 0, .change = core::DeleteTenant{call.exchange.route.row_id}},
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           responder_.success(exchange, out, 200, to_json(std::get<core::Tenant>(outcome.row)),
                              R"(,"message":"Tenant deleted; its keys no longer work")");
         });
}

}  // namespace net
