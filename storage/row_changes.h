// Commands on rows. Each is a tenant's own, so each is refused unless its key and tenant are still
// allowed to write when it is applied.
#pragma once

#include "storage/change_context.h"

namespace storage {

// What forbids the caller to change rows of that resource now; nothing if it may.
std::optional<core::Outcome> refuse_caller(const core::Caller& caller, core::ResourceId resource,
                                           ChangeContext& context);

ChangeResult apply(const core::CreateRow& command, ChangeContext& context);
ChangeResult apply(const core::UpdateRow& command, ChangeContext& context);
ChangeResult apply(const core::DeleteRow& command, ChangeContext& context);
ChangeResult apply(const core::RestoreRow& command, ChangeContext& context);

}  // namespace storage
