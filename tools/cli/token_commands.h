// tollgate tokens ... and tollgate audit ...
#pragma once

#include "tools/cli/admin_commands.h"

namespace tollgate {

void add_token_commands(CommandGroup group);
void add_audit_commands(CommandGroup group);

}  // namespace tollgate
