// Creating many keys by one command.
#pragma once

#include "storage/change_context.h"

namespace storage {

// Always kDone, with an ImportReport, unless a put failed.
ChangeResult apply(const core::ImportKeys& command, ChangeContext& context);

}  // namespace storage
