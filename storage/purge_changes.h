// Retention: what is older than it is taken away for good, a few records a command.
#pragma once

#include "storage/change_context.h"

namespace storage {

// kDone with a PurgeTally. Takes away what the index by age names as due, damaged records too. A
// tenant goes with its keys and rows, a resource with the rows of all tenants: first its own row,
// so that nobody brings it back with half of what it had, then the rest, in as many commands as it
// takes.
ChangeResult apply(const core::Purge& command, ChangeContext& context);

}  // namespace storage
