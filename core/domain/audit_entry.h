// One change that was made through the admin's routes, as the audit log keeps it.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/time.h"
#include "core/domain/admin_token.h"
#include "core/domain/ip_network.h"
#include "core/domain/tenant.h"

namespace core {

using AuditId = std::uint64_t;  // From 1, in the order in which the changes were applied.

struct AuditEntry {
  AuditId id = 0;
  WallMicros created_at = 0;  // When the change was asked for.
  std::string actor;          // The token's name at that moment; kRootName or kSystemName.
  AdminTokenId actor_id = 0;  // 0: of root and of the server itself.
  Address address{};          // Where it was asked for; all zero: by nobody outside.
  std::string request_id;
  std::string action;    // "key.created"
  std::string resource;  // "api_keys": the collection under /api/ that the row is in.
  std::uint64_t row_id = 0;
  TenantId tenant_id = 0;  // The tenant that the row is, or belongs to; 0: none.
  // The row as the API shows it, compact JSON, or "null": before what made it, and behind what
  // deleted it.
  std::string before = "null";
  std::string after = "null";
};

}  // namespace core
