#include "core/domain/webhook.h"

#include <algorithm>

#include "core/base/base64.h"
#include "core/base/check.h"
#include "core/base/digest.h"
#include "core/domain/formatted_text.h"

namespace core {
namespace {

constexpr std::size_t kMadeBytes = 32;
constexpr std::size_t kKeyBytesMin = 24;
constexpr std::size_t kKeyBytesMax = 64;
constexpr std::size_t kEventWordBytesMax = 64;

// What a sealed secret is bound to.
class Purpose {
 public:
  explicit Purpose(TenantId tenant) noexcept {
    std::ranges::copy(kUse, text_.begin());
    store_be64(text_.data() + kUse.size(), tenant);
  }
  std::string_view text() const noexcept { return {text_.data(), text_.size()}; }

 private:
  static constexpr std::string_view kUse = "webhook secret of tenant ";
  std::array<char, kUse.size() + sizeof(TenantId)> text_;
};

bool has_key_of_good_size(std::string_view base64) noexcept {
  std::array<std::byte, kKeyBytesMax> key;
  const auto bytes = decode_base64(base64, key);
  wipe(key.data(), key.size());
  return bytes && *bytes >= kKeyBytesMin;
}

bool is_event_word(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kEventWordBytesMax &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

}  // namespace

void replace_secret(Webhook& webhook, const NewSealed& secret, WallMicros now) {
  webhook.previous.reset();
  if (secret.overlap_s > 0) {
    webhook.previous = {.sealed = std::move(webhook.sealed),
                        .until = now + std::int64_t{secret.overlap_s} * kMicrosPerSecond};
  }
  webhook.sealed = secret.sealed;
}

WebhookSecret::WebhookSecret(Random& random) {
  std::array<std::byte, kMadeBytes> entropy;
  random.fill(entropy);
  std::string encoded = to_base64(entropy);
  size_ = kPrefix.size() + encoded.size();
  CHECK(size_ <= text_.size());
  std::ranges::copy(kPrefix, text_.begin());
  std::ranges::copy(encoded, text_.begin() + kPrefix.size());
  wipe(entropy.data(), entropy.size());
  wipe(encoded.data(), encoded.size());
}

WebhookSecret::~WebhookSecret() {
  wipe(text_.data(), text_.size());
}

WebhookSecret::WebhookSecret(WebhookSecret&& other) noexcept
    : text_(other.text_), size_(std::exchange(other.size_, 0)) {
  wipe(other.text_.data(), other.text_.size());
}

WebhookSecret& WebhookSecret::operator=(WebhookSecret&& other) noexcept {
  if (this == &other) return *this;
  text_ = other.text_;
  size_ = std::exchange(other.size_, 0);
  wipe(other.text_.data(), other.text_.size());
  return *this;
}

Result<WebhookSecret> WebhookSecret::of_text(std::string_view text) {
  if (text.size() < kTextBytesMin || text.size() > kTextBytesMax) {
    return std::unexpected(Error{"must have 8 to 256 bytes"});
  }
  if (text.starts_with(kPrefix) && !has_key_of_good_size(text.substr(kPrefix.size()))) {
    return std::unexpected(Error{"must have the base64 of 24 to 64 bytes behind \"whsec_\""});
  }
  WebhookSecret secret;
  std::ranges::copy(text, secret.text_.begin());
  secret.size_ = text.size();
  return secret;
}

std::optional<WebhookSecret> WebhookSecret::open(const SecretBox& box, TenantId tenant,
                                                 std::string_view sealed) {
  const std::size_t bytes = SecretBox::opened_bytes(sealed);
  WebhookSecret secret;
  if (bytes == 0 || bytes > secret.text_.size()) return std::nullopt;
  const MutableBytes out(reinterpret_cast<std::byte*>(secret.text_.data()), bytes);
  if (!box.open(sealed, Purpose(tenant).text(), out)) return std::nullopt;
  secret.size_ = bytes;
  return secret;
}

std::string WebhookSecret::seal(const SecretBox& box, TenantId tenant, Random& random) const {
  CHECK(size_ > 0);
  return box.seal(text(), Purpose(tenant).text(), random);
}

Result<std::string> normal_webhook_url(std::string_view text) {
  if (text.size() > kWebhookUrlBytesMax) {
    return std::unexpected(Error{"must have at most 2048 characters"});
  }
  if (text.contains('#')) return std::unexpected(Error{"must not have a fragment (#...)"});
  return normal_url_of_any_length(text);
}

bool is_event_name(std::string_view text) noexcept {
  const std::size_t dot = text.find('.');
  return dot != std::string_view::npos && is_event_word(text.substr(0, dot)) &&
         is_event_word(text.substr(dot + 1));
}

bool is_event_pattern(std::string_view text) noexcept {
  if (text == "*") return true;
  if (text.ends_with(".*")) return is_event_word(text.substr(0, text.size() - 2));
  return is_event_name(text);
}

}  // namespace core
