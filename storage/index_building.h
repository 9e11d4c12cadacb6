// The command that takes rows into an index which was added to their resource.
#pragma once

#include "storage/change_context.h"

namespace storage {

// kDone with an IndexTally. Goes on with the first index that is being built, where the command
// before has stopped: rows that were written since then have seen to their entries themselves. When
// all rows are in it, the field becomes an indexed one.
ChangeResult apply(const core::BuildIndexes& command, ChangeContext& context);

}  // namespace storage
