// tollgate keys import FILE: any number of keys that exist elsewhere.
#pragma once

#include "tools/cli/admin_commands.h"

namespace tollgate {

void add_key_import_command(CommandGroup& group);

}  // namespace tollgate
