// Sealing of secrets that must be had again, unlike keys, of which a digest is enough: AES-256-GCM
// (NIST SP 800-38D) under the one key of a data directory.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"

namespace core {

// A sealed secret is: layout:u8=1, nonce:12 bytes, the encrypted text, tag:16 bytes. It opens under
// the same key for the same purpose only: what was sealed for one use can't be passed off as
// another's.
//
// Bound: nonces are random, so one key is good for 2^32 secrets (SP 800-38D 8.3): a thousand a
//        second for 49 days without a pause, where a store holds some thousands.
// Shared: immutable once made; any thread may seal and open.
class SecretBox {
 public:
  static constexpr std::size_t kKeyBytes = 32;
  static constexpr std::size_t kNonceBytes = 12;
  static constexpr std::size_t kTagBytes = 16;
  static constexpr std::size_t kOverheadBytes = 1 + kNonceBytes + kTagBytes;

  // Takes a copy of the key, of kKeyBytes, which is wiped with the box.
  explicit SecretBox(Bytes key) noexcept;
  ~SecretBox();
  SecretBox(const SecretBox&) = delete;
  SecretBox& operator=(const SecretBox&) = delete;

  // kOverheadBytes more than the secret, which stays the caller's to wipe.
  std::string seal(std::string_view secret, std::string_view purpose, Random& random) const;

  // How long the secret in it is; 0 for what is too short to be sealed.
  static std::size_t opened_bytes(std::string_view sealed) noexcept;

  // Writes the secret into `out`, of opened_bytes(sealed). False: another key or purpose, or it was
  // changed since; `out` is wiped then.
  [[nodiscard]] bool open(std::string_view sealed, std::string_view purpose,
                          MutableBytes out) const noexcept;

 private:
  std::array<std::byte, kKeyBytes> key_;
};

}  // namespace core
