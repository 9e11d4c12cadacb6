// Commands on webhooks.
#pragma once

#include "storage/change_context.h"

namespace storage {

// On a caller's behalf each is checked again as the caller's right to write, and only the caller's
// own webhooks are found.
ChangeResult apply(const core::CreateWebhook& command, ChangeContext& context);
ChangeResult apply(const core::UpdateWebhook& command, ChangeContext& context);
ChangeResult apply(const core::DeleteWebhook& command, ChangeContext& context);
ChangeResult apply(const core::RestoreWebhook& command, ChangeContext& context);
ChangeResult apply(const core::RotateWebhookSecret& command, ChangeContext& context);

}  // namespace storage
