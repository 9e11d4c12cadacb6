// What the roles of admin tokens may do, by route and method.
#pragma once

#include <cstdint>
#include <optional>

#include "core/domain/admin_token.h"
#include "net/router.h"

namespace net {

// What a token that is confined to one tenant may do on a route that is for admins. Its handler
// keeps to the tenant's own rows: those of others do not exist for it.
enum class TenantReach : std::uint8_t { kNothing, kLooks, kLooksAndChanges };

// Nothing: nobody has decided about that route. It is then closed to such tokens.
std::optional<TenantReach> tenant_reach(RouteId route) noexcept;

bool may(core::AdminRole role, RouteId route, Method method) noexcept;

}  // namespace net
