#include "core/service/admin_token_form.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace core {
namespace {

constexpr Form::Text kNameRule{.characters_min = 1, .characters_max = 100};
constexpr Form::Integer kIdRule{.min = 1, .max = std::numeric_limits<std::int64_t>::max()};

std::optional<std::string> read_name(Form& form) {
  auto name = form.text("name", kNameRule);
  if (name && (*name == kRootName || *name == kSystemName)) {
    form.issue("name", "must not be \"root\" or \"system\", which the audit log uses");
  }
  return name;
}

AdminRole read_role(Form& form) {
  const auto text = form.text("role", kNameRule);
  const auto role = text ? parse_role(*text) : std::nullopt;
  if (text && !role) form.issue("role", "must be \"all\", \"read_only\" or \"tenant\"");
  return role.value_or(AdminRole::kAll);
}

TenantId read_tenant(Form& form, AdminRole role) {
  if (role != AdminRole::kTenant) {
    if (!form.is_null("tenant_id") && form.integer("tenant_id", kIdRule)) {
      form.issue("tenant_id", "is only for tokens of the role tenant");
    }
    return 0;
  }
  form.require("tenant_id");
  return static_cast<TenantId>(form.integer("tenant_id", kIdRule).value_or(0));
}

void write_fields(JsonWriter& json, const AdminToken& token) {
  json.key("id").uint64(token.id);
  json.key("name").string(token.name);
  json.key("display").string(token.display);
  json.key("role").string(role_name(token.role));
  json.key("tenant_id");
  if (token.tenant_id == 0) {
    json.null();
  } else {
    json.uint64(token.tenant_id);
  }
  json.key("expires_at");
  if (token.expires_at == 0) {
    json.null();
  } else {
    json.string(to_rfc3339(token.expires_at));
  }
  json.key("created_at").string(to_rfc3339(token.created_at));
  json.key("updated_at").string(to_rfc3339(token.updated_at));
  if (token.deleted_at != 0) json.key("deleted_at").string(to_rfc3339(token.deleted_at));
}

}  // namespace

CreateAdminToken read_create_admin_token(Form& form, WallMicros now) {
  form.require("name");
  form.require("role");
  CreateAdminToken create;
  create.name = read_name(form).value_or("");
  create.role = read_role(form);
  create.tenant_id = read_tenant(form, create.role);
  if (!form.is_null("expires_at")) {
    const auto expires_at = form.datetime("expires_at");
    if (expires_at && *expires_at <= now) form.issue("expires_at", "must lie in the future");
    create.expires_at = expires_at.value_or(0);
  }
  return create;
}

UpdateAdminToken read_update_admin_token(Form& form, AdminTokenId id) {
  UpdateAdminToken update;
  update.id = id;
  update.name = read_name(form);
  if (form.is_null("expires_at")) {
    update.expires_at = 0;
  } else if (const auto at = form.datetime("expires_at")) {
    update.expires_at = std::max<WallMicros>(*at, 1);  // 0 is never: the epoch itself is not.
  }
  return update;
}

void append_json(std::string& out, const AdminToken& token) {
  JsonWriter json(out);
  json.begin_object();
  write_fields(json, token);
  json.end_object();
}

void append_json_with_secret(std::string& out, const AdminToken& token, std::string_view secret) {
  JsonWriter json(out);
  json.begin_object();
  json.key("token").string(secret);
  write_fields(json, token);
  json.end_object();
}

}  // namespace core
