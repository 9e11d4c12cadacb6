// tollgate keys ...
#pragma once

#include "tools/cli/admin_commands.h"

namespace tollgate {

void add_key_commands(CommandGroup group);

}  // namespace tollgate
