// Commands on tenants.
#pragma once

#include <string>
#include <string_view>

#include "storage/change_context.h"

namespace storage {

ChangeResult apply(const core::CreateTenant& command, ChangeContext& context);
ChangeResult apply(const core::UpdateTenant& command, ChangeContext& context);

// Frees the slug; the tenant's keys are unknown from then on, though their rows stay.
ChangeResult apply(const core::RestoreTenant& command, ChangeContext& context);
ChangeResult apply(const core::DeleteTenant& command, ChangeContext& context);

// The ASCII letters and digits of a name as lower-case words joined by '-', at most kSlugBytesMax
// bytes; "tenant" if there are none.
inline constexpr std::size_t kSlugBytesMax = 80;
std::string slug_of_name(std::string_view name);

}  // namespace storage
