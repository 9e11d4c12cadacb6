#include "storage/webhook_codec.h"

#include "storage/value_parts.h"

namespace storage {

std::string encode(const core::Webhook& webhook, core::Bytes key) {
  const std::string events = join_texts(webhook.events);
  const std::string_view previous =
      webhook.previous ? webhook.previous->sealed : std::string_view();
  const int flags = (webhook.is_active ? WebhookHead::kActive : 0) |
                    (webhook.ordered ? WebhookHead::kOrdered : 0);
  std::string out;
  append_head(out, WebhookHead{.flags = static_cast<std::uint8_t>(flags),
                               .url_bytes = checked_length<std::uint16_t>(webhook.url.size()),
                               .description_bytes =
                                   checked_length<std::uint16_t>(webhook.description.size()),
                               .events_bytes = checked_length<std::uint16_t>(events.size()),
                               .sealed_bytes = checked_length<std::uint16_t>(webhook.sealed.size()),
                               .previous_bytes = checked_length<std::uint16_t>(previous.size()),
                               .tenant_id = webhook.tenant_id,
                               .version = webhook.version,
                               .previous_until = webhook.previous ? webhook.previous->until : 0,
                               .created_at = webhook.created_at,
                               .updated_at = webhook.updated_at,
                               .deleted_at = webhook.deleted_at});
  out += webhook.url;
  out += webhook.description;
  out += events;
  out += webhook.sealed;
  out += previous;
  seal(out, key);
  return out;
}

std::optional<core::Webhook> decode_webhook(core::WebhookId id, core::Bytes payload) {
  WebhookHead head;
  std::string_view rest;
  if (!read_head(payload, head, rest)) return std::nullopt;
  TextReader texts(rest);
  core::Webhook webhook;
  webhook.id = id;
  webhook.tenant_id = head.tenant_id;
  webhook.url = texts.take(head.url_bytes);
  webhook.description = texts.take(head.description_bytes);
  if (!split_texts(texts.take(head.events_bytes), webhook.events)) return std::nullopt;
  webhook.is_active = (head.flags & WebhookHead::kActive) != 0;
  webhook.ordered = (head.flags & WebhookHead::kOrdered) != 0;
  webhook.sealed = texts.take(head.sealed_bytes);
  if (head.previous_bytes != 0) {
    webhook.previous = {.sealed = std::string(texts.take(head.previous_bytes)),
                        .until = head.previous_until};
  }
  webhook.created_at = head.created_at;
  webhook.updated_at = head.updated_at;
  webhook.deleted_at = head.deleted_at;
  webhook.version = head.version;
  if (!texts.done()) return std::nullopt;
  return webhook;
}

}  // namespace storage
