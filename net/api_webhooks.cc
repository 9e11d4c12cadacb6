// Routes of webhooks: of all tenants' for admins, of one for a tenant's key or token.
#include "core/base/check.h"
#include "core/service/webhook_form.h"
#include "net/api.h"
#include "net/query.h"

namespace net {
namespace {

// 64 patterns of 129 B with quote marks and comma, a URL of 2048 B, a description of 500 characters
// of at most 6 B, a secret of 50 B, and under 1 KiB of the rest: 14.6 KB.
constexpr std::size_t kWebhookJsonBytesMax = 15 * 1024;

constexpr std::string_view kDeleted = R"(,"message":"Webhook deleted")";
constexpr std::string_view kSecretWasShown =
    R"(,"message":"This request was answered before: only that answer showed the secret")";

// The key on whose behalf the request is; nothing: an admin's.
std::optional<core::Caller> caller_of(const Exchange& exchange) {
  if (!exchange.verdict.identified) return std::nullopt;
  return core::Caller{exchange.verdict.record.key_id, exchange.verdict.record.tenant_id};
}

// The tenant whose webhooks there are for the request; 0: every tenant's.
core::TenantId tenant_of(const Call& call) {
  const core::Verdict& verdict = call.exchange.verdict;
  return verdict.identified ? verdict.record.tenant_id : call.admin->tenant_id;
}

// One that the request may not see is as one that there is not.
std::optional<core::Webhook> find_webhook(const Call& call, core::CatalogReader& reader) {
  auto webhook = reader.webhook(call.exchange.route.row_id);
  const core::TenantId tenant = tenant_of(call);
  if (!webhook || (tenant != 0 && webhook->tenant_id != tenant)) return std::nullopt;
  return webhook;
}

}  // namespace

void Api::dispatch_webhooks(Call& call) {
  const Method method = call.exchange.method;
  const bool reads = method == Method::kGet || method == Method::kHead;
  const std::string_view scope = reads ? "webhooks:read" : "webhooks:write";
  if (!admit_either(call, scope)) return;
  switch (call.exchange.route.id) {
    case RouteId::kWebhooks:
      return reads ? list_webhooks(call) : create_webhook(call);
    case RouteId::kWebhook:
      if (reads) return show_webhook(call);
      return method == Method::kDelete ? delete_webhook(call) : update_webhook(call);
    case RouteId::kWebhookCount:
      return count_webhooks(call);
    case RouteId::kWebhookRestore:
      return restore_webhook(call);
    case RouteId::kWebhookRotate:
      return rotate_webhook(call);
    default:
      CHECK(!"a route of webhooks without a handler");
  }
}

void Api::list_webhooks(Call& call) {
  Query query(call.in.head.query);
  core::PageQuery page = read_page(query);
  page.include_deleted = query.boolean("include_deleted");
  // For a key it is no filter that there is.
  page.tenant_id = call.admin ? read_tenant(call, query) : tenant_of(call);
  if (const auto issues = query.finish(); !issues.empty()) {
    return responder_.invalid(call.exchange, call.out, issues);
  }
  const auto webhooks = parts_.reader.webhooks(page);
  std::string json = "[";
  for (const core::Webhook& webhook : webhooks.rows) {
    if (json.size() > 1) json += ',';
    core::append_json(json, webhook);
  }
  json += ']';
  responder_.success(call.exchange, call.out, 200, json,
                     PageMeta(page.limit, webhooks.next_after_id).text());
}

Api::ChosenSecret Api::choose_secret(core::Form& form) {
  core::WebhookSecret brought = core::read_webhook_secret(form);
  if (!brought.text().empty()) return {.secret = std::move(brought), .is_made = false};
  return {.secret = core::WebhookSecret(parts_.random), .is_made = true};
}

void Api::create_webhook(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  core::CreateWebhook create = core::read_create_webhook(form, caller_of(call.exchange));
  ChosenSecret chosen = choose_secret(form);
  if (!accept(call, form)) return;
  create.sealed = chosen.secret.seal(parts_.secrets, create.tenant_id, parts_.random);
  if (!chosen.is_made) chosen.secret = {};
  submit_webhook(call, {.change = std::move(create)}, std::move(chosen.secret));
}

void Api::rotate_webhook(Call& call) {
  const auto body = call.in.body.empty() ? json_.parse("{}").value() : read_json(call);
  if (!body) return;
  core::Form form(*body);
  core::RotateWebhookSecret rotate = core::read_rotate_webhook(form, call.exchange.route.row_id);
  ChosenSecret chosen = choose_secret(form);
  if (!accept(call, form)) return;
  // A webhook stays with its tenant, so the secret can be bound to it before the change is applied.
  const auto webhook = find_webhook(call, parts_.reader);
  if (!webhook) return not_found(call, "No such webhook");
  rotate.caller = caller_of(call.exchange);
  rotate.secret.sealed = chosen.secret.seal(parts_.secrets, webhook->tenant_id, parts_.random);
  if (!chosen.is_made) chosen.secret = {};
  submit_webhook(call, {.change = std::move(rotate)}, std::move(chosen.secret));
}

void Api::show_webhook(Call& call) {
  const auto include_deleted = read_include_deleted(call);
  if (!include_deleted) return;
  const auto webhook = find_webhook(call, parts_.reader);
  if (!webhook || (webhook->deleted_at != 0 && !*include_deleted)) {
    return not_found(call, "No such webhook");
  }
  if (answer_unchanged(call, webhook->version)) return;
  std::string json;
  core::append_json(json, *webhook);
  responder_.success(call.exchange, call.out, 200, json);
}

void Api::update_webhook(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  core::UpdateWebhook update = call.exchange.method == Method::kPut
                                   ? core::read_replace_webhook(form, call.exchange.route.row_id)
                                   : core::read_update_webhook(form, call.exchange.route.row_id);
  if (!accept(call, form)) return;
  update.caller = caller_of(call.exchange);
  submit_webhook(call, {.change = std::move(update)});
}

void Api::restore_webhook(Call& call) {
  submit_webhook(
      call, {.change = core::RestoreWebhook{caller_of(call.exchange), call.exchange.route.row_id}});
}

void Api::delete_webhook(Call& call) {
  submit_webhook(
      call, {.change = core::DeleteWebhook{caller_of(call.exchange), call.exchange.route.row_id}});
}

void Api::count_webhooks(Call& call) {
  answer_count(call, parts_.reader.count_webhooks(tenant_of(call)));
}

void Api::submit_webhook(Call& call, core::Command&& command, core::WebhookSecret&& shown) {
  submit(
      call, std::move(command),
      [this, shown = std::move(shown)](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
        const auto& outcome = std::get<core::Outcome>(reply);
        if (answer_refused(exchange, out, outcome)) return;
        const auto& webhook = std::get<core::Webhook>(outcome.row);
        const int status = exchange.route.id == RouteId::kWebhooks ? 201 : 200;
        const bool is_deleted = exchange.method == Method::kDelete;
        if (!is_deleted) exchange.row_version = webhook.version;
        std::string json;
        if (shown.text().empty() || outcome.replayed) {
          core::append_json(json, webhook);
          std::string_view more = is_deleted ? kDeleted : "";
          // The secret of the first answer is another one, and is kept sealed only.
          if (!shown.text().empty()) more = kSecretWasShown;
          return responder_.success(exchange, out, status, json, more);
        }
        json.reserve(kWebhookJsonBytesMax);  // Never grows: no copy of the secret is left.
        core::append_json_with_secret(json, webhook, shown.text());
        out.mark_secret();
        responder_.success(exchange, out, status, json,
                           R"(,"message":"Keep the secret: it is not shown again")");
        core::wipe(json.data(), json.size());
      });
}

}  // namespace net
