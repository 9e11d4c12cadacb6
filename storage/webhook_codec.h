// The stored value of a webhook: docs/formats-store.md has its grammar.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/domain/webhook.h"
#include "storage/catalog_codec.h"

namespace storage {

struct WebhookHead {
  static constexpr std::uint8_t kActive = 1;
  static constexpr std::uint8_t kOrdered = 2;

  std::uint8_t layout = kValueLayout;
  std::uint8_t flags = 0;
  std::uint16_t url_bytes = 0;
  std::uint16_t description_bytes = 0;
  std::uint16_t events_bytes = 0;  // Each pattern: a byte with its length, then its text.
  std::uint16_t sealed_bytes = 0;
  std::uint16_t previous_bytes = 0;  // 0: there is none.
  std::uint32_t reserved = 0;
  std::uint64_t tenant_id = 0;
  std::uint64_t version = 0;
  std::int64_t previous_until = 0;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  std::int64_t deleted_at = 0;
};
static_assert(sizeof(WebhookHead) == 64 && offsetof(WebhookHead, deleted_at) == 56);

// A sealed value, as those of catalog_codec.h.
std::string encode(const core::Webhook& webhook, core::Bytes key);

// What encode() wrote, unsealed; nothing if it is not such a value.
std::optional<core::Webhook> decode_webhook(core::WebhookId id, core::Bytes payload);

}  // namespace storage
