// Whether the key on whose behalf a command was made may still write when it is applied: it may
// have been deleted, disabled or restricted since it was judged.
#pragma once

#include <optional>
#include <string_view>

#include "storage/change_context.h"

namespace storage {

// What forbids the caller to write what the scope NAME:write is for; nothing if it may.
std::optional<core::Outcome> refuse_caller(const core::Caller& caller, std::string_view name,
                                           ChangeContext& context);

}  // namespace storage
