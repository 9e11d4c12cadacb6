// tollgate resources ...
#pragma once

#include "tools/cli/admin_commands.h"

namespace tollgate {

void add_resource_commands(CommandGroup group);

}  // namespace tollgate
