#include "core/base/secret_box.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "core/base/check.h"
#include "core/base/digest.h"

namespace core {
namespace {

constexpr char kLayout = 1;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* raw(const void* at) noexcept {
  return static_cast<const unsigned char*>(at);
}
unsigned char* raw(void* at) noexcept {
  return static_cast<unsigned char*>(at);
}

int length(std::size_t bytes) noexcept {
  CHECK(bytes < std::size_t{1} << 30);
  return static_cast<int>(bytes);
}

}  // namespace

SecretBox::SecretBox(Bytes key) noexcept {
  CHECK(key.size() == kKeyBytes);
  std::ranges::copy(key, key_.begin());
}

SecretBox::~SecretBox() {
  wipe(key_.data(), key_.size());
}

std::string SecretBox::seal(std::string_view secret, std::string_view purpose,
                            Random& random) const {
  std::string sealed(kOverheadBytes + secret.size(), '\0');
  sealed[0] = kLayout;
  char* const nonce = sealed.data() + 1;
  char* const text = nonce + kNonceBytes;
  random.fill(MutableBytes(reinterpret_cast<std::byte*>(nonce), kNonceBytes));

  const Context context(EVP_CIPHER_CTX_new());
  int written = 0;
  CHECK(EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), raw(key_.data()), raw(nonce),
                            nullptr) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), nullptr, &written, raw(purpose.data()),
                          length(purpose.size())) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), raw(text), &written, raw(secret.data()),
                          length(secret.size())) == 1);
  CHECK(EVP_EncryptFinal_ex(context.get(), raw(text) + written, &written) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes,
                            text + secret.size()) == 1);
  return sealed;
}

std::size_t SecretBox::opened_bytes(std::string_view sealed) noexcept {
  return sealed.size() < kOverheadBytes ? 0 : sealed.size() - kOverheadBytes;
}

bool SecretBox::open(std::string_view sealed, std::string_view purpose,
                     MutableBytes out) const noexcept {
  if (sealed.size() < kOverheadBytes || sealed[0] != kLayout) return false;
  CHECK(out.size() == opened_bytes(sealed));
  const char* const nonce = sealed.data() + 1;
  const char* const text = nonce + kNonceBytes;
  std::array<char, kTagBytes> tag;  // OpenSSL takes it by a pointer that is not const.
  std::copy_n(text + out.size(), tag.size(), tag.begin());

  const Context context(EVP_CIPHER_CTX_new());
  int written = 0;
  CHECK(EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), raw(key_.data()), raw(nonce),
                            nullptr) == 1);
  CHECK(EVP_DecryptUpdate(context.get(), nullptr, &written, raw(purpose.data()),
                          length(purpose.size())) == 1);
  CHECK(EVP_DecryptUpdate(context.get(), raw(out.data()), &written, raw(text),
                          length(out.size())) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  const bool is_authentic =
      EVP_DecryptFinal_ex(context.get(), raw(out.data()) + written, &written) == 1;
  if (!is_authentic) wipe(out.data(), out.size());  // GCM gives text before it has checked it.
  return is_authentic;
}

}  // namespace core
