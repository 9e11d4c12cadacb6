// An API key as it is stored and as a request is judged by it. The secret itself is in neither.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/domain/ip_network.h"
#include "core/domain/rate_limit.h"
#include "core/domain/tenant.h"

namespace core {

using KeyId = std::uint64_t;  // From 1; 0 is no key.

// The longest that a replaced secret may go on working: 30 days.
inline constexpr std::uint32_t kOverlapSecondsMax = 30 * 24 * 3600;

// The secret before the present one, while it still works.
struct PreviousSecret {
  Digest digest;
  std::uint32_t until_s = 0;  // Seconds since 1970 at which it ends; never 0.

  WallMicros until() const noexcept { return std::int64_t{until_s} * kMicrosPerSecond; }
};

// The most networks that a key's allowed_ips can have.
inline constexpr std::size_t kAllowedIpsMax = 32;

// The whole row.
struct ApiKey {
  KeyId id = 0;
  TenantId tenant_id = 0;
  std::string name;
  std::string display;  // First 7 and last 4 characters of the secret: "fp_AbCd...wXyZ".
  Digest digest;        // SHA-256 of the secret.
  std::vector<std::string> scopes;  // Empty: all of the tenant's own data.
  RateLimit limit;
  std::vector<IpNetwork> allowed_ips;  // Empty: requests may come from anywhere.
  bool is_active = true;
  WallMicros expires_at = 0;    // 0: never.
  std::string metadata = "{}";  // JSON, compact.
  WallMicros created_at = 0;
  WallMicros updated_at = 0;
  WallMicros deleted_at = 0;  // 0: not deleted.
  std::uint64_t version = 1;  // Counts changes of the row.
  std::uint32_t limiter_slot = 0;
  std::uint16_t limit_generation = 0;  // Counts changes of the limit; kBucketGenerations of them.
  // The interval that the slot's word may still be in: that of the last limit before the present
  // one which could admit anything; 0 if there was none. See token_bucket.h, "Changing a limit".
  std::uint64_t previous_interval = 0;
  std::optional<PreviousSecret> previous;  // May have ended: it is dropped at the next change.
};

// Gives the key another limit, with the next generation; an equal one changes nothing. What was
// used stays used. Before it, the writer brings the key's word to the present limit
// (bucket_convert). Requires: check_rate_limit(limit) found nothing.
void set_limit(ApiKey& key, const RateLimit& limit) noexcept;

// What a request is judged by: one cache line, stored as it is under the digest.
//
// NOTE: the layout is part of the store's format (docs/formats.md): do not change or reorder.
struct AuthRecord {
  enum Flag : std::uint16_t {
    kActive = 1 << 0,
    kUnlimited = 1 << 1,
    kDataRead = 1 << 2,
    kDataWrite = 1 << 3,
    kAllowedIps = 1 << 4,  // Not from everywhere: the list is a record of its own.
  };

  KeyId key_id = 0;
  TenantId tenant_id = 0;
  WallMicros expires_at = 0;   // 0: never.
  std::uint64_t interval = 0;  // Bucket units per token, rounded up; 0 if unlimited or blocked.
  std::uint64_t previous_interval = 0;  // As in ApiKey.
  std::uint32_t rate_limit = 0;
  std::uint32_t burst = 0;
  std::uint32_t limiter_slot = 0;
  std::uint32_t version = 0;  // Low 32 bits of the row's version.
  std::uint16_t generation = 0;
  std::uint16_t flags = 0;
  std::uint32_t secret_until_s = 0;  // Of a replaced secret: seconds since 1970; else 0.

  // Whether a replaced secret has ended by then: it is unknown from there on.
  bool has_ended(WallMicros now) const noexcept {
    return secret_until_s != 0 && std::int64_t{secret_until_s} * kMicrosPerSecond <= now;
  }
  bool has(Flag flag) const noexcept { return (flags & flag) != 0; }
};
static_assert(sizeof(AuthRecord) == 64);

// Requires: the key's limit can be defined (check_rate_limit).
AuthRecord make_auth_record(const ApiKey& key) noexcept;

// The same for who presents the previous secret. Requires: there is one.
AuthRecord make_previous_auth_record(const ApiKey& key) noexcept;

// Gives the key another secret. The old one works on for `overlap_s` seconds from `now`, rounded up
// to a whole second of the clock; with 0 it ends at once. A previous one ends in any case.
struct NewSecret {
  Digest digest;
  std::string display;
  std::uint32_t overlap_s = 0;
};
void replace_secret(ApiKey& key, const NewSecret& secret, WallMicros now);

// A prefix and 43 base64url characters: 32 random bytes.
inline constexpr std::size_t kSecretBytes = 46;
inline constexpr std::string_view kKeyPrefix = "fp_";
inline constexpr std::string_view kAdminTokenPrefix = "ta_";

// The secret of a fresh key or admin token; lives in the request that creates it and in that one
// answer. Wiped when destroyed; can be moved, not copied.
class KeySecret {
 public:
  // Requires: one of the two prefixes.
  explicit KeySecret(Random& random, std::string_view prefix = kKeyPrefix);
  KeySecret() = default;
  ~KeySecret();
  KeySecret(KeySecret&& other) noexcept;
  KeySecret& operator=(KeySecret&& other) noexcept;

  // Empty for one that was moved from or made without a source. Valid while this lives unmoved.
  std::string_view text() const noexcept { return {text_.data(), size_}; }

  // What may be kept and shown of it: "fp_AbCd...wXyZ". 210 of its 256 bits are not in there. Empty
  // if the text is.
  std::string display() const;

 private:
  std::array<char, kSecretBytes> text_{};
  std::size_t size_ = 0;
};

// The name in the scopes of a tenant's webhooks.
inline constexpr std::string_view kWebhooksScopeName = "webhooks";

// Whether the scopes allow reading or writing the resource with that path name ("data"). An empty
// list allows all of the tenant's data; otherwise "*", "data:*", "data:read", "data:write".
// Webhooks are no data: they go on sending it after the key is gone, so a list must name them, or
// "*".
struct ScopeAccess {
  bool read = false;
  bool write = false;
};
ScopeAccess scope_access(const std::vector<std::string>& scopes,
                         std::string_view resource) noexcept;

// The scope to ask what other keys may do, whatever their tenant. Only who lists it has it: neither
// an empty list nor "*", which are about the tenant's own data, hold it.
inline constexpr std::string_view kVerifyScope = "verify";

// Whether the scopes allow what `needed` names. Of NAME:* both verbs are needed; of "*" an empty
// list or "*" itself. What is no scope is never allowed.
bool allows(const std::vector<std::string>& scopes, std::string_view needed) noexcept;

// A scope's grammar: "*", "verify" or NAME:(read|write|*), NAME of 1 to 64 characters of [a-z0-9_].
inline constexpr std::size_t kScopeNameBytesMax = 64;
bool is_scope(std::string_view text) noexcept;

}  // namespace core
