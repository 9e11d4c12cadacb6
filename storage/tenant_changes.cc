#include "storage/tenant_changes.h"

#include <fmt/format.h>

#include <utility>

namespace storage {

namespace {

using core::OutcomeCode;

// Beyond this number the search for a free slug goes on from the tenant's id, which hardly any slug
// ends with: a thousand tenants of one name don't make the next one look a thousand times.
constexpr std::uint64_t kSmallSuffixMax = 64;

std::string free_slug(Records& records, std::string_view name, core::TenantId id) {
  const std::string wanted = slug_of_name(name);
  if (records.slug_owner(wanted) == 0) return wanted;
  for (std::uint64_t suffix = 2;; ++suffix) {
    if (suffix == kSmallSuffixMax && id > suffix) suffix = id;
    std::string slug = fmt::format("{}-{}", wanted, suffix);
    if (records.slug_owner(slug) == 0) return slug;
  }
}

core::Outcome slug_taken() {
  return refuse(OutcomeCode::kConflict, "slug", "is taken by another tenant");
}

}  // namespace

std::string slug_of_name(std::string_view name) {
  std::string slug;
  bool word_ended = false;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_word = is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!is_word) {
      word_ended = !slug.empty();
      continue;
    }
    if (slug.size() + (word_ended ? 2 : 1) > kSlugBytesMax) break;
    if (std::exchange(word_ended, false)) slug.push_back('-');
    slug.push_back(is_upper ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return slug.empty() ? "tenant" : slug;
}

ChangeResult apply(const core::CreateTenant& command, ChangeContext& context) {
  if (!command.slug.empty() && context.records.slug_owner(command.slug) != 0) return slug_taken();
  const core::TenantId id = context.counters.next_tenant_id;
  core::Tenant tenant{
      .id = id,
      .name = command.name,
      .slug = command.slug.empty() ? free_slug(context.records, command.name, id) : command.slug,
      .plan = command.plan,
      .is_active = command.is_active,
      .created_at = context.when,
      .updated_at = context.when};
  if (context.records.damaged()) return refuse_damaged();

  STORE_TRY(context.writer.append_tenant(tenant));
  STORE_TRY(context.writer.put_slug(tenant.slug, id));
  STORE_TRY(context.writer.put_tenant_state(id, tenant.is_active));
  ++context.counters.next_tenant_id;
  ++context.counters.tenants;
  return done(std::move(tenant));
}

ChangeResult apply(const core::UpdateTenant& command, ChangeContext& context) {
  auto tenant = context.records.tenant(command.id);
  const bool renames_slug = tenant && command.slug && *command.slug != tenant->slug;
  const bool slug_is_free = !renames_slug || context.records.slug_owner(*command.slug) == 0;
  if (context.records.damaged()) return refuse_damaged();
  if (!tenant || tenant->deleted_at != 0) return refuse(OutcomeCode::kNotFound);
  if (!context.admits(tenant->version)) return refuse(OutcomeCode::kVersionDiffers);
  if (!slug_is_free) return slug_taken();

  if (renames_slug) {
    STORE_TRY(context.writer.erase_slug(tenant->slug));
    STORE_TRY(context.writer.put_slug(*command.slug, tenant->id));
    tenant->slug = *command.slug;
  }
  if (command.name) tenant->name = *command.name;
  if (command.plan) tenant->plan = *command.plan;
  if (command.is_active) tenant->is_active = *command.is_active;
  tenant->updated_at = context.when;
  ++tenant->version;
  STORE_TRY(context.writer.put_tenant(*tenant));
  STORE_TRY(context.writer.put_tenant_state(tenant->id, tenant->is_active));
  context.effects.tenants = true;
  return done(std::move(*tenant));
}

ChangeResult apply(const core::DeleteTenant& command, ChangeContext& context) {
  auto tenant = context.records.tenant(command.id);
  if (context.records.damaged()) return refuse_damaged();
  if (!tenant || tenant->deleted_at != 0) return refuse(OutcomeCode::kNotFound);
  if (!context.admits(tenant->version)) return refuse(OutcomeCode::kVersionDiffers);

  tenant->deleted_at = context.when;
  tenant->updated_at = context.when;
  ++tenant->version;
  STORE_TRY(context.writer.put_tenant(*tenant));
  STORE_TRY(context.writer.erase_slug(tenant->slug));
  STORE_TRY(context.writer.erase_tenant_state(tenant->id));
  STORE_TRY(context.writer.put_age(AgeKey::of(*tenant)));
  --context.counters.tenants;
  context.effects.tenants = true;
  return done(std::move(*tenant));
}

ChangeResult apply(const core::RestoreTenant& command, ChangeContext& context) {
  auto tenant = context.records.tenant(command.id);
  const bool slug_is_free = !tenant || context.records.slug_owner(tenant->slug) == 0;
  if (context.records.damaged()) return refuse_damaged();
  if (!tenant) return refuse(OutcomeCode::kNotFound);
  if (!context.admits(tenant->version)) return refuse(OutcomeCode::kVersionDiffers);
  if (tenant->deleted_at == 0) return refuse_live();
  if (!slug_is_free) return slug_taken();

  STORE_TRY(context.writer.erase_age(AgeKey::of(*tenant).bytes()));
  tenant->deleted_at = 0;
  tenant->updated_at = context.when;
  ++tenant->version;
  STORE_TRY(context.writer.put_tenant(*tenant));
  STORE_TRY(context.writer.put_slug(tenant->slug, tenant->id));
  STORE_TRY(context.writer.put_tenant_state(tenant->id, tenant->is_active));
  ++context.counters.tenants;
  context.effects.tenants = true;
  return done(std::move(*tenant));
}

}  // namespace storage
