#include "storage/caller_check.h"

#include <string>

namespace storage {

using core::OutcomeCode;

std::optional<core::Outcome> refuse_caller(const core::Caller& caller, std::string_view name,
                                           ChangeContext& context) {
  const auto key = context.records.key(caller.key_id);
  const core::TenantState tenant = context.records.tenant_state(caller.tenant_id);
  if (context.records.damaged()) return refuse_damaged();
  if (!key || key->deleted_at != 0 || key->tenant_id != caller.tenant_id || !tenant.exists) {
    return refuse(OutcomeCode::kCallerInvalid, "", "Invalid API key");
  }
  if (key->expires_at != 0 && key->expires_at <= context.when) {
    return refuse(OutcomeCode::kCallerInactive, "", "API key expired");
  }
  if (!key->is_active) return refuse(OutcomeCode::kCallerInactive, "", "API key is inactive");
  if (!tenant.active) return refuse(OutcomeCode::kCallerInactive, "", "tenant is inactive");
  if (!core::scope_access(key->scopes, name).write) {
    return refuse(OutcomeCode::kCallerInactive, "",
                  "the scope " + std::string(name) + ":write is missing");
  }
  return std::nullopt;
}

}  // namespace storage
