// A tenant: the organization that owns keys and data.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/time.h"

namespace core {

using TenantId = std::uint64_t;  // From 1; 0 is no tenant.

inline constexpr std::size_t kNameBytesMax =
    100;  // Characters of names are counted in tenant_form.

struct Tenant {
  TenantId id = 0;
  std::string name;
  std::string slug;  // Unique among tenants that are not deleted; [a-z0-9] words joined by '-'.
  std::string plan = "free";
  bool is_active = true;
  WallMicros created_at = 0;
  WallMicros updated_at = 0;
  WallMicros deleted_at = 0;  // 0: not deleted.
  std::uint64_t version = 1;  // Counts changes of the row.
};

// What authentication needs to know of a tenant.
struct TenantState {
  bool exists = false;  // False for a deleted one, too.
  bool active = false;
};

}  // namespace core
