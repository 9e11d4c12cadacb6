#include "storage/admin_token_changes.h"

#include <fmt/format.h>

#include <utility>

namespace storage {

namespace {

using core::OutcomeCode;

core::Outcome name_taken() {
  return refuse(OutcomeCode::kConflict, "name", "is taken by another token");
}

// The token, if it is not deleted and in a version that may be changed; else the refusal.
std::expected<core::AdminToken, core::Outcome> token_to_change(core::AdminTokenId id,
                                                               ChangeContext& context) {
  auto token = context.records.admin_token(id);
  if (context.records.damaged()) return std::unexpected(refuse_damaged());
  if (!token || token->deleted_at != 0) return std::unexpected(refuse(OutcomeCode::kNotFound));
  if (!context.admits(token->version)) {
    return std::unexpected(refuse(OutcomeCode::kVersionDiffers));
  }
  return *std::move(token);
}

// Checks of a new token that need the store.
std::optional<core::Outcome> refuse_new(const core::CreateAdminToken& command,
                                        ChangeContext& context) {
  const bool is_confined = command.role == core::AdminRole::kTenant;
  const bool has_tenant = !is_confined || context.records.tenant_state(command.tenant_id).exists;
  const bool is_taken = context.records.token_named(command.name) != 0;
  // Two digests that begin alike: one creation in 2^54 with a thousand tokens.
  const bool is_known = context.records.token_under(command.digest.prefix()) != 0;
  if (context.records.damaged()) return refuse_damaged();
  if (!has_tenant) return refuse(OutcomeCode::kInvalid, "tenant_id", "names no tenant");
  if (is_taken) return name_taken();
  if (is_known) return refuse(OutcomeCode::kConflict, "token", "exists already");
  if (context.counters.admin_tokens >= core::kAdminTokensMax) {
    return refuse(OutcomeCode::kConflict, "",
                  fmt::format("there are {} tokens: delete one first", core::kAdminTokensMax));
  }
  return std::nullopt;
}

}  // namespace

ChangeResult apply(const core::CreateAdminToken& command, ChangeContext& context) {
  if (auto refused = refuse_new(command, context)) return *std::move(refused);
  core::AdminToken token{.id = context.counters.next_admin_token_id,
                         .name = command.name,
                         .display = command.display,
                         .digest = command.digest,
                         .role = command.role,
                         .tenant_id = command.tenant_id,
                         .expires_at = command.expires_at,
                         .created_at = context.when,
                         .updated_at = context.when};
  STORE_TRY(context.writer.put_admin_token(token));
  STORE_TRY(context.writer.put_admin_token_entries(token));
  ++context.counters.next_admin_token_id;
  ++context.counters.admin_tokens;
  return done(std::move(token));
}

ChangeResult apply(const core::UpdateAdminToken& command, ChangeContext& context) {
  auto token = token_to_change(command.id, context);
  if (!token) return std::move(token.error());
  const bool renames = command.name && *command.name != token->name;
  const bool is_taken = renames && context.records.token_named(*command.name) != 0;
  if (context.records.damaged()) return refuse_damaged();
  if (is_taken) return name_taken();

  if (renames) {
    STORE_TRY(context.writer.erase_admin_token_entries(*token));
    token->name = *command.name;
    STORE_TRY(context.writer.put_admin_token_entries(*token));
  }
  if (command.expires_at) token->expires_at = *command.expires_at;
  token->updated_at = context.when;
  ++token->version;
  STORE_TRY(context.writer.put_admin_token(*token));
  return done(*std::move(token));
}

ChangeResult apply(const core::DeleteAdminToken& command, ChangeContext& context) {
  auto token = token_to_change(command.id, context);
  if (!token) return std::move(token.error());
  token->deleted_at = context.when;
  token->updated_at = context.when;
  ++token->version;
  STORE_TRY(context.writer.put_admin_token(*token));
  STORE_TRY(context.writer.erase_admin_token_entries(*token));
  --context.counters.admin_tokens;
  return done(*std::move(token));
}

std::expected<core::TenantId, core::Outcome> admit_actor(const core::Actor& actor,
                                                         ChangeContext& context) {
  if (actor.token_id == 0) return 0;
  const auto token = context.records.admin_token(actor.token_id);
  const core::TenantState tenant = token && token->tenant_id != 0
                                       ? context.records.tenant_state(token->tenant_id)
                                       : core::TenantState{.exists = true, .active = true};
  if (context.records.damaged()) return std::unexpected(refuse_damaged());
  if (!token || token->deleted_at != 0 || !tenant.exists) {
    return std::unexpected(refuse(OutcomeCode::kCallerInvalid, "", "Admin token required"));
  }
  if (token->has_expired(context.when)) {
    return std::unexpected(refuse(OutcomeCode::kCallerInvalid, "", "Admin token expired"));
  }
  if (!tenant.active) {
    return std::unexpected(refuse(OutcomeCode::kCallerInactive, "", "Tenant is inactive"));
  }
  return token->tenant_id;
}

}  // namespace storage
