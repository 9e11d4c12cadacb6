// Routes of admin tokens.
#include "core/service/admin_token_form.h"
#include "net/api.h"

namespace net {
namespace {

// A name of 100 characters of at most 6 B, and under 400 B of the rest.
constexpr std::size_t kTokenJsonBytesMax = 1024;

constexpr std::string_view kSecretWasShown =
    R"(,"message":"This request was answered before: only that answer showed the token")";

std::string to_json(const core::AdminToken& token) {
  std::string json;
  core::append_json(json, token);
  return json;
}

}  // namespace

void Api::list_admin_tokens(Call& call) {
  Query query(call.in.head.query);
  core::PageQuery page = read_page(query);
  page.include_deleted = query.boolean("include_deleted");
  if (const auto issues = query.finish(); !issues.empty()) {
    return responder_.invalid(call.exchange, call.out, issues);
  }
  const auto tokens = parts_.admins.tokens(page);
  std::string json = "[";
  for (const core::AdminToken& token : tokens.rows) {
    if (json.size() > 1) json += ',';
    core::append_json(json, token);
  }
  json += ']';
  responder_.success(call.exchange, call.out, 200, json,
                     PageMeta(page.limit, tokens.next_after_id).text());
}

void Api::create_admin_token(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  core::CreateAdminToken create = core::read_create_admin_token(form, call.in.time.wall_us);
  if (!accept(call, form)) return;
  core::KeySecret secret(parts_.random, core::kAdminTokenPrefix);
  create.digest = hasher_.sha256(secret.text());
  create.display = secret.display();
  submit(call, {.change = std::move(create)},
         [this, secret = std::move(secret)](Exchange& exchange, OutBuffer& out,
                                            core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           const auto& token = std::get<core::AdminToken>(outcome.row);
           exchange.row_version = token.version;
           if (outcome.replayed) {  // Its secret is another one, and is kept nowhere.
             return responder_.success(exchange, out, 201, to_json(token), kSecretWasShown);
           }
           std::string json;
           json.reserve(kTokenJsonBytesMax);  // Never grows: no copy of the secret is left behind.
           core::append_json_with_secret(json, token, secret.text());
           out.mark_secret();
           responder_.success(exchange, out, 201, json,
                              R"(,"message":"Keep the token: it is not shown again")");
           core::wipe(json.data(), json.size());
         });
}

void Api::show_admin_token(Call& call) {
  const auto include_deleted = read_include_deleted(call);
  if (!include_deleted) return;
  const auto token = parts_.admins.token(call.exchange.route.row_id);
  if (!token || (token->deleted_at != 0 && !*include_deleted)) {
    return not_found(call, "No such admin token");
  }
  if (answer_unchanged(call, token->version)) return;
  responder_.success(call.exchange, call.out, 200, to_json(*token));
}

void Api::update_admin_token(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  auto update = core::read_update_admin_token(form, call.exchange.route.row_id);
  if (!accept(call, form)) return;
  submit(call, {.change = std::move(update)},
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           const auto& token = std::get<core::AdminToken>(outcome.row);
           exchange.row_version = token.version;
           responder_.success(exchange, out, 200, to_json(token));
         });
}

void Api::delete_admin_token(Call& call) {
  submit(call, {.change = core::DeleteAdminToken{call.exchange.route.row_id}},
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           responder_.success(exchange, out, 200, to_json(std::get<core::AdminToken>(outcome.row)),
                              R"(,"message":"Admin token ended")");
         });
}

void Api::count_admin_tokens(Call& call) {
  answer_count(call, parts_.admins.count_tokens());
}

}  // namespace net
