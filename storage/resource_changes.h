// Commands on the definitions of resources.
#pragma once

#include "storage/change_context.h"

namespace storage {

ChangeResult apply(const core::CreateResource& command, ChangeContext& context);
ChangeResult apply(const core::AddFields& command, ChangeContext& context);
ChangeResult apply(const core::AddIndex& command, ChangeContext& context);
ChangeResult apply(const core::DeleteResource& command, ChangeContext& context);

}  // namespace storage
