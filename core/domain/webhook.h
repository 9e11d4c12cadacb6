// A webhook as it is stored: where a tenant's events are sent, which of them, and the secret that
// signs them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret_box.h"
#include "core/base/time.h"
#include "core/domain/tenant.h"

namespace core {

using WebhookId = std::uint64_t;  // From 1; 0 is no webhook.

// Webhooks that a tenant can have at once, deleted ones apart: each is a delivery more for every
// event of the tenant.
inline constexpr std::uint64_t kWebhooksOfTenantMax = 100;

inline constexpr std::size_t kWebhookUrlBytesMax = 2048;
inline constexpr std::size_t kEventPatternsMax = 64;
inline constexpr std::size_t kDescriptionCharactersMax = 500;

// A secret before the present one. Events are signed with both until it ends.
struct PreviousSealed {
  std::string sealed;
  WallMicros until = 0;
};

// The whole row.
struct Webhook {
  WebhookId id = 0;
  TenantId tenant_id = 0;
  std::string url;
  std::vector<std::string> events;  // Patterns: at least one, none twice.
  std::string description;
  bool is_active = true;
  bool ordered = false;  // An event waits until those before it have been delivered.
  std::string sealed;    // The secret: WebhookSecret::open() has its text.
  std::optional<PreviousSealed> previous;  // May have ended: it is dropped at the next change.
  WallMicros created_at = 0;
  WallMicros updated_at = 0;
  WallMicros deleted_at = 0;  // 0: not deleted.
  std::uint64_t version = 1;  // Counts changes of the row.
};

// Another secret for a webhook. The old one signs, too, for `overlap_s` seconds from the change on;
// with 0 it ends at once. A previous one ends in any case.
struct NewSealed {
  std::string sealed;
  std::uint32_t overlap_s = 0;
};
void replace_secret(Webhook& webhook, const NewSealed& secret, WallMicros now);

// The text of a webhook's secret; lives where one is made, brought or used for signing, and in the
// one answer that shows it. Wiped when destroyed; can be moved, not copied.
class WebhookSecret {
 public:
  static constexpr std::string_view kPrefix = "whsec_";
  static constexpr std::size_t kTextBytesMin = 8;
  static constexpr std::size_t kTextBytesMax = 256;

  // No secret.
  WebhookSecret() = default;
  // A fresh one: "whsec_" and the base64 of 32 random bytes.
  explicit WebhookSecret(Random& random);
  ~WebhookSecret();
  WebhookSecret(WebhookSecret&& other) noexcept;
  WebhookSecret& operator=(WebhookSecret&& other) noexcept;

  // What a client brings: "whsec_" and the base64 of 24 to 64 bytes, as Standard Webhooks 1.0 has
  // it, or 8 to 256 bytes of any other text. The error says what it must be.
  static Result<WebhookSecret> of_text(std::string_view text);

  // What seal() made for that tenant. Nothing: it was sealed by another key, or for another tenant.
  static std::optional<WebhookSecret> open(const SecretBox& box, TenantId tenant,
                                           std::string_view sealed);

  // Empty for no secret and for one that was moved from. Valid while this lives unmoved.
  std::string_view text() const noexcept { return {text_.data(), size_}; }

  // As the store keeps it. Bound to the tenant: in another's row it does not open.
  std::string seal(const SecretBox& box, TenantId tenant, Random& random) const;

 private:
  std::array<char, kTextBytesMax> text_{};
  std::size_t size_ = 0;
};

// Where events may be sent: an absolute http or https address of at most kWebhookUrlBytesMax bytes,
// without user, password and fragment. Normal: scheme and host in lower case. The error says what
// it must be. Which hosts may be reached is decided when they are, by their addresses.
Result<std::string> normal_webhook_url(std::string_view text);

// The name of an event: two words of [a-z0-9_], 1 to 64 characters each, joined by a dot, as in
// "key.created" and "invoice.deleted".
bool is_event_name(std::string_view text) noexcept;

// Which events a webhook gets: a name, "NAME.*" for all that begin so, or "*" for all.
bool is_event_pattern(std::string_view text) noexcept;

}  // namespace core
