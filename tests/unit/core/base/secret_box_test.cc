#include "core/base/secret_box.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/fake_ports.h"

namespace core {
namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// Gives the same bytes each time.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::string bytes) : bytes_(std::move(bytes)) {}
  void fill(MutableBytes out) noexcept override {
    std::ranges::copy(as_bytes(bytes_).first(out.size()), out.begin());
  }

 private:
  const std::string bytes_;
};

std::optional<std::string> opened(const SecretBox& box, std::string_view sealed,
                                  std::string_view purpose) {
  std::string secret(SecretBox::opened_bytes(sealed), '?');
  const MutableBytes out(reinterpret_cast<std::byte*>(secret.data()), secret.size());
  if (box.open(sealed, purpose, out)) return secret;
  // Nothing of a secret that is not to be had is left behind.
  EXPECT_TRUE(std::ranges::all_of(secret, [](char c) { return c == '\0' || c == '?'; }));
  return std::nullopt;
}

// The Galois/Counter Mode of Operation (McGrew, Viega), test case 16.
TEST(SecretBox, MatchesTheVectorOfAes256Gcm) {
  const SecretBox box(
      as_bytes(from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")));
  const std::string nonce = from_hex("cafebabefacedbaddecaf888");
  const std::string plain = from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const std::string purpose = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  FixedRandom random(nonce);
  const std::string sealed = box.seal(plain, purpose, random);
  EXPECT_EQ(sealed, "\1" + nonce +
                        from_hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                 "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                                 "76fc6ece0f4e1768cddf8853bb2d551b"));
  EXPECT_EQ(opened(box, sealed, purpose), plain);
}

TEST(SecretBox, OpensSecretsOfEveryLength) {
  const SecretBox box = test::secret_box();
  test::CountingRandom random;
  for (std::size_t bytes = 0; bytes < 70; ++bytes) {
    const std::string secret(bytes, 's');
    const std::string sealed = box.seal(secret, "use", random);
    EXPECT_EQ(sealed.size(), bytes + SecretBox::kOverheadBytes);
    EXPECT_EQ(opened(box, sealed, "use"), secret);
  }
}

TEST(SecretBox, SealsTheSameSecretDifferentlyEachTime) {
  const SecretBox box = test::secret_box();
  test::CountingRandom random;
  EXPECT_NE(box.seal("secret", "use", random), box.seal("secret", "use", random));
}

TEST(SecretBox, OpensForItsPurposeAndByItsKeyOnly) {
  const SecretBox box = test::secret_box();
  test::CountingRandom random;
  const std::string sealed = box.seal("secret", "use", random);
  for (const char* purpose : {"", "us", "used", "Use"}) {
    EXPECT_EQ(opened(box, sealed, purpose), std::nullopt);
  }
  const std::string other_key(SecretBox::kKeyBytes, '\2');
  EXPECT_EQ(opened(SecretBox(as_bytes(other_key)), sealed, "use"), std::nullopt);
}

TEST(SecretBox, OpensNothingThatWasChangedOrCut) {
  const SecretBox box = test::secret_box();
  test::CountingRandom random;
  const std::string sealed = box.seal("secret", "use", random);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string flipped = sealed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(opened(box, flipped, "use"), std::nullopt) << bit;
  }
  for (std::size_t bytes = 0; bytes < sealed.size(); ++bytes) {
    EXPECT_EQ(opened(box, sealed.substr(0, bytes), "use"), std::nullopt) << bytes;
  }
}

}  // namespace
}  // namespace core
