// Commands on admin tokens, and which of them may still act.
#pragma once

#include <expected>

#include "storage/change_context.h"

namespace storage {

ChangeResult apply(const core::CreateAdminToken& command, ChangeContext& context);
ChangeResult apply(const core::UpdateAdminToken& command, ChangeContext& context);

// The token is unknown from then on, for good; its row stays.
ChangeResult apply(const core::DeleteAdminToken& command, ChangeContext& context);

// The tenant that the actor's token is confined to (0: none), or the refusal of one that was
// deleted, has expired or lost its tenant since the change was asked for.
std::expected<core::TenantId, core::Outcome> admit_actor(const core::Actor& actor,
                                                         ChangeContext& context);

}  // namespace storage
