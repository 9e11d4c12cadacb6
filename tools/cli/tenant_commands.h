// tollgate tenants ...
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "tools/cli/admin_commands.h"

namespace tollgate {

void add_tenant_commands(CommandGroup group);

// The id of the tenant that `name` names: an id, or a slug that is not all digits. The error is for
// the user.
std::expected<std::uint64_t, std::string> find_tenant(AdminClient& client, const std::string& name);

}  // namespace tollgate
