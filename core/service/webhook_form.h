// A webhook as clients send and see it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/service/command.h"
#include "core/service/form.h"

namespace core {

// Reads the fields of a new webhook, without its secret. `caller`: on whose behalf; then
// "tenant_id" may be absent, and must be the caller's own. Without one it is required.
CreateWebhook read_create_webhook(Form& form, const std::optional<Caller>& caller);
UpdateWebhook read_update_webhook(Form& form, WebhookId id);

// The whole row anew: what is not sent gets its default, but for the secret, which only rotation
// changes. "tenant_id" may be sent, to say the same.
UpdateWebhook read_replace_webhook(Form& form, WebhookId id);

// Reads how long the old secret signs on: "overlap_seconds", 0 if absent. The new one is not there.
RotateWebhookSecret read_rotate_webhook(Form& form, WebhookId id);

// "secret", if the client brings one; else no secret.
WebhookSecret read_webhook_secret(Form& form);

// The webhook without its secrets.
void append_json(std::string& out, const Webhook& webhook);

// The same with "secret":SECRET in it: for the one answer that shows it.
void append_json_with_secret(std::string& out, const Webhook& webhook, std::string_view secret);

}  // namespace core
