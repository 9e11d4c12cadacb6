#include "core/base/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace core {
namespace {

std::string hex(const Digest& digest) {
  return to_hex(digest.bytes);
}

// FIPS 180-4 examples, and the lengths around the padding's border.
TEST(Sha256, MatchesTheVectorsOfTheStandard) {
  Hasher hasher;
  EXPECT_EQ(hex(hasher.sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(hasher.sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(hasher.sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(hasher.sha256("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
                              "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu")),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(hex(hasher.sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, GivesTheSameWhateverTheHasherDidBefore) {
  Hasher used;
  used.sha256(std::string(5000, 'x'));
  EXPECT_EQ(hex(used.sha256("abc")), hex(Hasher().sha256("abc")));
}

struct HmacVector {
  std::string key;
  std::string message;
  std::string mac;
};

// RFC 4231, test cases 1 to 4, 6 and 7 (5 is about truncation).
TEST(HmacSha256, MatchesRfc4231) {
  std::string counting;
  for (char c = 1; c <= 25; ++c) counting.push_back(c);
  const HmacVector vectors[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counting, std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const HmacVector& vector : vectors) {
    EXPECT_EQ(hex(hmac_sha256(vector.key, vector.message)), vector.mac);
  }
}

TEST(HmacSha256, TakesAnEmptyKeyAndAnEmptyMessage) {
  EXPECT_EQ(hex(hmac_sha256(Bytes{}, Bytes{})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(ConstantTimeEqual, SeesADifferenceInAnyByteAndInLength) {
  Hasher hasher;
  const Digest digest = hasher.sha256("key");
  EXPECT_TRUE(ct_equal(digest, hasher.sha256("key")));
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    Digest other = digest;
    other.bytes[i] ^= std::byte{1};
    EXPECT_FALSE(ct_equal(digest, other)) << i;
    EXPECT_FALSE(ct_equal(Bytes(digest.bytes), Bytes(other.bytes))) << i;
  }
  EXPECT_FALSE(ct_equal(as_bytes("abc"), as_bytes("abcd")));
  EXPECT_TRUE(ct_equal(Bytes{}, Bytes{}));
}

// RFC 4648 10, without the padding.
TEST(Base64Url, MatchesTheVectorsOfTheStandard) {
  EXPECT_EQ(to_base64url(as_bytes("")), "");
  EXPECT_EQ(to_base64url(as_bytes("f")), "Zg");
  EXPECT_EQ(to_base64url(as_bytes("fo")), "Zm8");
  EXPECT_EQ(to_base64url(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(to_base64url(as_bytes("foob")), "Zm9vYg");
  EXPECT_EQ(to_base64url(as_bytes("fooba")), "Zm9vYmE");
  EXPECT_EQ(to_base64url(as_bytes("foobar")), "Zm9vYmFy");
}

TEST(Base64Url, UsesTheAlphabetThatIsSafeInUrls) {
  EXPECT_EQ(to_base64url(as_bytes("\xfb\xff\xfe")), "-__-");
  EXPECT_EQ(to_base64url(as_bytes(std::string(32, '\xff'))),
            "__________________________________________8");
}

TEST(Hex, IsLowerCaseAndKeepsLeadingZeros) {
  EXPECT_EQ(to_hex(as_bytes(std::string_view("\x00\x0f\xf0\xff", 4))), "000ff0ff");
  EXPECT_EQ(to_hex(Bytes{}), "");
}

TEST(Wipe, LeavesZeros) {
  std::string secret = "whsec_secret";
  wipe(secret.data(), secret.size());
  EXPECT_EQ(secret, std::string(12, '\0'));
}

TEST(Digest, PrefixIsItsFirstEightBytes) {
  Hasher hasher;
  EXPECT_EQ(hasher.sha256("abc").prefix(), 0xeacf018fbf1678baU);
}

}  // namespace
}  // namespace core
