// Who asks on an admin's route, and what that token may see.
#include <fmt/format.h>

#include "net/admin_access.h"
#include "net/api.h"
#include "net/credential.h"
#include "net/key_scope.h"

namespace net {

AdminStanding Api::find_admin(Call& call) {
  const std::string_view text = bearer(call.in.head);
  if (text.empty()) return AdminStanding::kUnknown;
  const core::Digest digest = hasher_.sha256(text);
  if (core::ct_equal(digest, config_.admin_token)) {
    call.admin = core::root_token();
    return AdminStanding::kGood;
  }
  if (text.size() != core::kSecretBytes || !text.starts_with(core::kAdminTokenPrefix)) {
    return AdminStanding::kUnknown;
  }
  auto token = parts_.admins.find_token(digest);
  if (!token) return AdminStanding::kUnknown;
  if (token->has_expired(call.in.time.wall_us)) return AdminStanding::kExpired;
  if (token->tenant_id != 0) {
    const core::TenantState tenant = parts_.index.tenant(token->tenant_id);
    if (!tenant.exists) return AdminStanding::kUnknown;
    if (!tenant.active) return AdminStanding::kTenantInactive;
  }
  call.admin = std::move(token);
  return AdminStanding::kGood;
}

bool Api::admit_admin(Call& call, AdminStanding standing) {
  Failure failure;
  std::string message;
  switch (standing) {
    case AdminStanding::kUnknown:
      failure = {.status = 401, .message = "Admin token required", .more = kChallenge};
      break;
    case AdminStanding::kExpired:
      failure = {.status = 401, .message = "Admin token expired", .more = kChallenge};
      break;
    case AdminStanding::kTenantInactive:
      failure = {.status = 403, .message = "Tenant is inactive"};
      break;
    case AdminStanding::kGood:
      if (may(call.admin->role, call.exchange.route.id, call.exchange.method)) return true;
      message =
          fmt::format("The token's role {} does not allow this", core::role_name(call.admin->role));
      failure = {.status = 403, .message = message};
      break;
  }
  parts_.metrics.admin_refused.add();
  responder_.failure(call.exchange, call.out, failure);
  return false;
}

bool Api::admit_either(Call& call, std::string_view scope) {
  if (const AdminStanding standing = find_admin(call); standing != AdminStanding::kUnknown) {
    return admit_admin(call, standing);
  }
  KeyScope named(parts_.reader, scope);
  call.exchange.verdict = gate_.judge({.secret = presented_secret(call.in.head),
                                       .access = core::Access::kNamed,
                                       .named = &named,
                                       .address = call.exchange.client},
                                      call.in.time);
  const core::GateOutcome outcome = call.exchange.verdict.outcome;
  parts_.metrics.gate[static_cast<std::size_t>(outcome)].add();
  if (outcome == core::GateOutcome::kAdmitted) return true;
  refuse_verdict(call, scope);
  return false;
}

core::TenantId Api::confined_to(const Call& call) noexcept {
  return call.admin ? call.admin->tenant_id : 0;
}

bool Api::reaches(const Call& call, core::TenantId tenant) noexcept {
  const core::TenantId own = confined_to(call);
  return own == 0 || own == tenant;
}

bool Api::reaches_key(const Call& call, std::string_view secret) {
  const core::TenantId own = confined_to(call);
  if (own == 0) return true;
  core::AuthRecord record;
  return parts_.index.find(hasher_.sha256(secret), record) && record.tenant_id == own;
}

core::TenantId Api::read_tenant(const Call& call, Query& query) {
  const auto asked = query.integer("tenant_id", 1, kIdMax);
  const core::TenantId own = confined_to(call);
  if (own == 0) return asked.value_or(0);
  if (asked && *asked != own) query.issue("tenant_id", "must be the token's own");
  return own;
}

core::Actor Api::actor_of(const Call& call) {
  return {.token_id = call.admin->id,
          .name = call.admin->name,
          .address = call.exchange.client,
          .request_id = std::string(call.exchange.request_id.text())};
}

}  // namespace net
