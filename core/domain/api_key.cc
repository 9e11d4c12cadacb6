#include "core/domain/api_key.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/domain/token_bucket.h"

namespace core {
namespace {

constexpr std::size_t kSecretEntropyBytes = 32;
constexpr std::size_t kDisplayHead = 7;
constexpr std::size_t kDisplayTail = 4;

std::uint64_t checked_interval(const RateLimit& limit) noexcept {
  const std::optional<std::uint64_t> interval = bucket_interval(limit);
  CHECK(interval.has_value());
  return *interval;
}

}  // namespace

void set_limit(ApiKey& key, const RateLimit& limit) noexcept {
  if (key.limit == limit) return;
  const std::uint64_t interval = checked_interval(key.limit);
  if (interval != 0) key.previous_interval = interval;
  key.limit = limit;
  key.limit_generation =
      static_cast<std::uint16_t>((key.limit_generation + 1) % kBucketGenerations);
}

AuthRecord make_auth_record(const ApiKey& key) noexcept {
  const ScopeAccess data = scope_access(key.scopes, "data");
  std::uint16_t flags = 0;
  if (key.is_active) flags |= AuthRecord::kActive;
  if (!key.limit.rate_limit) flags |= AuthRecord::kUnlimited;
  if (data.read) flags |= AuthRecord::kDataRead;
  if (data.write) flags |= AuthRecord::kDataWrite;
  if (!key.allowed_ips.empty()) flags |= AuthRecord::kAllowedIps;
  return {.key_id = key.id,
          .tenant_id = key.tenant_id,
          .expires_at = key.expires_at,
          .interval = checked_interval(key.limit),
          .previous_interval = key.previous_interval,
          .rate_limit = key.limit.rate_limit.value_or(0),
          .burst = key.limit.burst,
          .limiter_slot = key.limiter_slot,
          .version = static_cast<std::uint32_t>(key.version),
          .generation = key.limit_generation,
          .flags = flags,
          .secret_until_s = 0};
}

AuthRecord make_previous_auth_record(const ApiKey& key) noexcept {
  CHECK(key.previous.has_value());
  AuthRecord record = make_auth_record(key);
  record.secret_until_s = key.previous->until_s;
  return record;
}

void replace_secret(ApiKey& key, const NewSecret& secret, WallMicros now) {
  key.previous.reset();
  if (secret.overlap_s > 0) {
    const std::int64_t now_s = (now + kMicrosPerSecond - 1) / kMicrosPerSecond;
    key.previous = {.digest = key.digest,
                    .until_s = static_cast<std::uint32_t>(now_s + secret.overlap_s)};
  }
  key.digest = secret.digest;
  key.display = secret.display;
}

KeySecret::KeySecret(Random& random, std::string_view prefix) : size_(kSecretBytes) {
  std::array<std::byte, kSecretEntropyBytes> entropy;
  random.fill(entropy);
  std::string encoded = to_base64url(entropy);
  CHECK(prefix.size() + encoded.size() == kSecretBytes);
  std::ranges::copy(prefix, text_.begin());
  std::ranges::copy(encoded, text_.begin() + prefix.size());
  wipe(entropy.data(), entropy.size());
  wipe(encoded.data(), encoded.size());
}

KeySecret::~KeySecret() {
  wipe(text_.data(), text_.size());
}

KeySecret::KeySecret(KeySecret&& other) noexcept
    : text_(other.text_), size_(std::exchange(other.size_, 0)) {
  wipe(other.text_.data(), other.text_.size());
}

KeySecret& KeySecret::operator=(KeySecret&& other) noexcept {
  if (this == &other) return *this;
  text_ = other.text_;
  size_ = std::exchange(other.size_, 0);
  wipe(other.text_.data(), other.text_.size());
  return *this;
}

std::string KeySecret::display() const {
  if (size_ == 0) return {};
  std::string shown(text().substr(0, kDisplayHead));
  shown += "...";
  shown += text().substr(size_ - kDisplayTail);
  return shown;
}

ScopeAccess scope_access(const std::vector<std::string>& scopes,
                         std::string_view resource) noexcept {
  const bool by_default = scopes.empty() && resource != kWebhooksScopeName;
  ScopeAccess access{.read = by_default, .write = by_default};
  for (const std::string& scope : scopes) {
    const std::string_view text = scope;
    if (text == "*") return {.read = true, .write = true};
    if (!text.starts_with(resource)) continue;
    const std::string_view verb = text.substr(resource.size());
    if (verb == ":*" || verb == ":read") access.read = true;
    if (verb == ":*" || verb == ":write") access.write = true;
  }
  return access;
}

bool allows(const std::vector<std::string>& scopes, std::string_view needed) noexcept {
  if (!is_scope(needed)) return false;
  const std::size_t colon = needed.find(':');
  if (colon == std::string_view::npos) {
    const bool all_data = needed == "*" && scopes.empty();
    return all_data || std::ranges::find(scopes, needed) != scopes.end();
  }
  const ScopeAccess access = scope_access(scopes, needed.substr(0, colon));
  const std::string_view verb = needed.substr(colon + 1);
  return (verb == "write" || access.read) && (verb == "read" || access.write);
}

bool is_scope(std::string_view text) noexcept {
  if (text == "*" || text == kVerifyScope) return true;
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon > kScopeNameBytesMax) return false;
  const bool name_ok = std::ranges::all_of(text.substr(0, colon), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  const std::string_view verb = text.substr(colon + 1);
  return name_ok && (verb == "read" || verb == "write" || verb == "*");
}

}  // namespace core
