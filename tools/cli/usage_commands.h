// tollgate usage ...
#pragma once

#include "tools/cli/admin_commands.h"

namespace tollgate {

void add_usage_commands(CommandGroup group);

}  // namespace tollgate
