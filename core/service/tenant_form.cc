#include "core/service/tenant_form.h"

#include "core/domain/formatted_text.h"

namespace core {
namespace {

constexpr Form::Text kNameRule{.characters_min = 1, .characters_max = 100};
constexpr Form::Text kPlanRule{.characters_min = 1, .characters_max = 50};

std::optional<std::string> read_slug(Form& form) {
  auto slug = form.text("slug", kNameRule);
  if (slug && !is_slug(*slug)) {
    form.issue("slug", "must be lower-case letters and digits in words joined by '-'");
    return std::nullopt;
  }
  return slug;
}

}  // namespace

CreateTenant read_create_tenant(Form& form) {
  form.require("name");
  CreateTenant create;
  create.name = form.text("name", kNameRule).value_or("");
  if (!form.is_null("slug")) create.slug = read_slug(form).value_or("");
  create.plan = form.text("plan", kPlanRule).value_or(create.plan);
  create.is_active = form.boolean("is_active").value_or(create.is_active);
  return create;
}

UpdateTenant read_update_tenant(Form& form, TenantId id) {
  UpdateTenant update;
  update.id = id;
  update.name = form.text("name", kNameRule);
  update.slug = read_slug(form);
  update.plan = form.text("plan", kPlanRule);
  update.is_active = form.boolean("is_active");
  return update;
}

UpdateTenant read_replace_tenant(Form& form, TenantId id) {
  form.require("name");
  UpdateTenant update = read_update_tenant(form, id);
  const CreateTenant defaults;
  if (!update.plan) update.plan = defaults.plan;
  if (!update.is_active) update.is_active = defaults.is_active;
  return update;
}

bool is_slug(std::string_view text) noexcept {
  return text.size() <= 100 && has_slug_form(text);
}

void append_json(std::string& out, const Tenant& tenant) {
  JsonWriter json(out);
  json.begin_object();
  json.key("id").uint64(tenant.id);
  json.key("name").string(tenant.name);
  json.key("slug").string(tenant.slug);
  json.key("plan").string(tenant.plan);
  json.key("is_active").boolean(tenant.is_active);
  json.key("created_at").string(to_rfc3339(tenant.created_at));
  json.key("updated_at").string(to_rfc3339(tenant.updated_at));
  if (tenant.deleted_at != 0) json.key("deleted_at").string(to_rfc3339(tenant.deleted_at));
  json.end_object();
}

}  // namespace core
