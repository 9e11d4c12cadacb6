// Admin routes of API keys.
#include "core/service/key_form.h"
#include "net/api.h"
#include "net/query.h"

namespace net {
namespace {

// 64 scopes of 73 B and 32 networks of 46 B with quote marks and comma, 4096 B of metadata, a name
// of 100 characters of at most 6 B, and under 1 KiB of the rest: 11.9 KB.
constexpr std::size_t kKeyJsonBytesMax = 14 * 1024;

constexpr std::string_view kSecretWasShown =
    R"(,"message":"This request was answered before: only that answer showed the key")";

std::string to_json(const core::ApiKey& key, const core::KeyTotals& totals) {
  std::string json;
  core::append_json(json, key, totals);
  return json;
}

// The totals of the first key asked about; none if the question failed.
core::KeyTotals first_totals(const core::ReplyBody& reply) {
  const auto* totals = std::get_if<std::vector<core::KeyTotals>>(&reply);
  return totals == nullptr || totals->empty() ? core::KeyTotals{} : totals->front();
}

}  // namespace

void Api::list_keys(Call& call) {
  Query query(call.in.head.query);
  core::PageQuery page = read_page(query);
  page.include_deleted = query.boolean("include_deleted");
  page.tenant_id = read_tenant(call, query);
  if (const auto issues = query.finish(); !issues.empty()) {
    return responder_.invalid(call.exchange, call.out, issues);
  }
  auto keys = parts_.reader.keys(page);
  std::vector<core::KeyId> ids;
  ids.reserve(keys.rows.size());
  for (const core::ApiKey& key : keys.rows) ids.push_back(key.id);
  ask(call, std::move(ids),
      [this, keys = std::move(keys), limit = page.limit](Exchange& exchange, OutBuffer& out,
                                                         core::ReplyBody& reply) {
        const auto* totals = std::get_if<std::vector<core::KeyTotals>>(&reply);
        std::string json = "[";
        for (std::size_t i = 0; i < keys.rows.size(); ++i) {
          if (i > 0) json += ',';
          const bool known = totals != nullptr && i < totals->size();
          core::append_json(json, keys.rows[i], known ? (*totals)[i] : core::KeyTotals{});
        }
        json += ']';
        responder_.success(exchange, out, 200, json, PageMeta(limit, keys.next_after_id).text());
      });
}

void Api::create_key(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  core::CreateKey create = core::read_create_key(form, call.in.time.wall_us);
  if (!accept(call, form)) return;
  core::KeySecret secret(parts_.random);
  create.digest = hasher_.sha256(secret.text());
  create.display = secret.display();
  submit_secret(call, {.when = 0, .change = std::move(create)}, std::move(secret));
}

void Api::rotate_key(Call& call) {
  const auto body = call.in.body.empty() ? json_.parse("{}").value() : read_json(call);
  if (!body) return;
  core::Form form(*body);
  core::RotateKey rotate = core::read_rotate_key(form, call.exchange.route.row_id);
  if (!accept(call, form)) return;
  core::KeySecret secret(parts_.random);
  rotate.secret.digest = hasher_.sha256(secret.text());
  rotate.secret.display = secret.display();
  submit_secret(call, {.when = 0, .change = std::move(rotate)}, std::move(secret));
}

void Api::submit_secret(Call& call, core::Command&& command, core::KeySecret&& secret) {
  const int status = call.exchange.route.id == RouteId::kKeys ? 201 : 200;
  submit(call, std::move(command),
         [this, status, secret = std::move(secret)](Exchange& exchange, OutBuffer& out,
                                                    core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           const auto& key = std::get<core::ApiKey>(outcome.row);
           exchange.row_version = key.version;
           if (outcome.replayed) {  // Its secret is another one, and is kept nowhere.
             return responder_.success(exchange, out, status, to_json(key, {}), kSecretWasShown);
           }
           std::string json;
           json.reserve(kKeyJsonBytesMax);  // Never grows: no copy of the secret is left behind.
           core::append_json_with_secret(json, key, secret.text());
           out.mark_secret();
           responder_.success(exchange, out, status, json,
                              R"(,"message":"Keep the key: it is not shown again")");
           core::wipe(json.data(), json.size());
         });
}

void Api::show_key(Call& call) {
  const auto include_deleted = read_include_deleted(call);
  if (!include_deleted) return;
  auto key = parts_.reader.key(call.exchange.route.row_id);
  const bool is_shown =
      key && reaches(call, key->tenant_id) && (key->deleted_at == 0 || *include_deleted);
  if (!is_shown) return not_found(call, "No such key");
  if (answer_unchanged(call, key->version)) return;
  ask(call, std::vector<core::KeyId>{key->id},
      [this, key = std::move(*key)](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
        responder_.success(exchange, out, 200, to_json(key, first_totals(reply)));
      });
}

void Api::update_key(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  core::UpdateKey update = call.exchange.method == Method::kPut
                               ? core::read_replace_key(form, call.exchange.route.row_id)
                               : core::read_update_key(form, call.exchange.route.row_id);
  if (!accept(call, form)) return;
  submit_key(call, {.change = std::move(update)});
}

void Api::restore_key(Call& call) {
  submit_key(call, {.change = core::RestoreKey{call.exchange.route.row_id}});
}

void Api::count_keys(Call& call) {
  answer_count(call, parts_.reader.counts().keys);
}

void Api::submit_key(Call& call, core::Command&& command) {
  submit(call, std::move(command),
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           const auto& key = std::get<core::ApiKey>(outcome.row);
           exchange.row_version = key.version;
           responder_.success(exchange, out, 200, to_json(key, {}));
         });
}

void Api::delete_key(Call& call) {
  submit(call, {.when = 0, .change = core::DeleteKey{call.exchange.route.row_id}},
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           responder_.success(exchange, out, 200, to_json(std::get<core::ApiKey>(outcome.row), {}),
                              R"(,"message":"Key revoked")");
         });
}

}  // namespace net
