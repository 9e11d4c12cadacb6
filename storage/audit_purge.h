// Retention of the audit log: it has no entries in by_age, since it lies in the order of its age.
#pragma once

#include <cstdint>

#include "storage/change_context.h"

namespace storage {

// Takes the entries at the front of the log away for good that were written before `before`, at
// most `left` of them; `left` and `tally` are brought up to date. The first younger one ends it: an
// older one behind that, from before the wall clock was set back, waits for it. An entry that can't
// be read is as old as the next one that can. 0: the log is kept for ever.
core::Status purge_audit_log(core::WallMicros before, ChangeContext& context, std::uint32_t& left,
                             core::PurgeTally& tally);

}  // namespace storage
