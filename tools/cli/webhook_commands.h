// tollgate webhooks ...
#pragma once

#include "tools/cli/admin_commands.h"

namespace tollgate {

void add_webhook_commands(CommandGroup group);

}  // namespace tollgate
