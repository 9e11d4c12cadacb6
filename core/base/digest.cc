#include "core/base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/base/check.h"

namespace core {
namespace {

// EVP_sha256() is looked up anew by every initialisation, which costs more than the hashing of a
// key. A fetched algorithm isn't. It lives as long as the process.
const EVP_MD* fetched_sha256() noexcept {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  CHECK(algorithm != nullptr);
  return algorithm;
}

unsigned char* raw(std::byte* bytes) noexcept {
  return reinterpret_cast<unsigned char*>(bytes);
}

}  // namespace

struct Hasher::Context {
  EVP_MD_CTX* evp = nullptr;
  const EVP_MD* sha256 = nullptr;
};

Hasher::Hasher() : context_(std::make_unique<Context>()) {
  context_->evp = EVP_MD_CTX_new();
  context_->sha256 = fetched_sha256();
  CHECK(context_->evp != nullptr);
}

Hasher::~Hasher() {
  EVP_MD_CTX_free(context_->evp);
}

Digest Hasher::sha256(Bytes input) noexcept {
  Digest digest;
  CHECK(EVP_DigestInit_ex2(context_->evp, context_->sha256, nullptr) == 1);
  CHECK(EVP_DigestUpdate(context_->evp, input.data(), input.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context_->evp, raw(digest.bytes.data()), nullptr) == 1);
  return digest;
}

Digest hmac_sha256(Bytes key, Bytes message) noexcept {
  Digest digest;
  std::size_t written = 0;
  // A null key means "as before" to OpenSSL, so an empty one must still have an address.
  const void* key_at = key.empty() ? static_cast<const void*>("") : key.data();
  const auto* message_at = reinterpret_cast<const unsigned char*>(message.data());
  CHECK(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA2-256", nullptr, key_at, key.size(), message_at,
                  message.size(), raw(digest.bytes.data()), digest.bytes.size(),
                  &written) != nullptr);
  CHECK(written == digest.bytes.size());
  return digest;
}

bool ct_equal(Bytes a, Bytes b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool ct_equal(const Digest& a, const Digest& b) noexcept {
  return CRYPTO_memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) == 0;
}

void wipe(void* at, std::size_t bytes) noexcept {
  OPENSSL_cleanse(at, bytes);
}

std::string to_hex(Bytes bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(bytes.size() * 2, '\0');
  char* out = text.data();
  for (const std::byte byte : bytes) {
    *out++ = kDigits[std::to_integer<unsigned>(byte >> 4)];
    *out++ = kDigits[std::to_integer<unsigned>(byte & std::byte{15})];
  }
  return text;
}

std::string to_base64url(Bytes bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text((bytes.size() * 4 + 2) / 3, '\0');
  char* out = text.data();
  std::uint32_t bits = 0;
  int held = 0;  // Bits of `bits` that are not written yet: 0, 2 or 4 between bytes.
  for (const std::byte byte : bytes) {
    bits = bits << 8 | std::to_integer<std::uint32_t>(byte);
    for (held += 8; held >= 6; held -= 6) *out++ = kAlphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) *out++ = kAlphabet[bits << (6 - held) & 63];
  return text;
}

}  // namespace core
