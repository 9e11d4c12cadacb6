// Commands on webhooks.
#pragma once

#include "storage/change_context.h"

namespace storage {

// What forbids the caller, if there is one, to change webhooks now; nothing if it may.
std::optional<core::Outcome> refuse_caller(const std::optional<core::Caller>& caller,
                                           ChangeContext& context);

// On a caller's behalf each is checked again as the caller's right to write, and only the caller's
// own webhooks are found.
ChangeResult apply(const core::CreateWebhook& command, ChangeContext& context);
ChangeResult apply(const core::UpdateWebhook& command, ChangeContext& context);
ChangeResult apply(const core::DeleteWebhook& command, ChangeContext& context);
ChangeResult apply(const core::RestoreWebhook& command, ChangeContext& context);
ChangeResult apply(const core::RotateWebhookSecret& command, ChangeContext& context);

// Takes a webhook away for good, deleted or not, with its age. A tenant's count of webhooks is
// left: those of a live tenant that go are deleted, and a gone tenant's count goes with the last of
// them.
core::Status purge_webhook(core::TenantId tenant, core::WebhookId id, ChangeContext& context);

}  // namespace storage
