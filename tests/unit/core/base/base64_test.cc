#include "core/base/base64.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace core {
namespace {

// RFC 4648 10.
constexpr std::pair<std::string_view, std::string_view> kVectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

std::optional<std::string> decoded(std::string_view text, std::size_t room = 64) {
  std::array<std::byte, 64> out;
  const auto bytes = decode_base64(text, MutableBytes(out).first(room));
  if (!bytes) return std::nullopt;
  return std::string(as_text(Bytes(out).first(*bytes)));
}

TEST(Base64, MatchesTheVectorsOfTheStandardBothWays) {
  for (const auto& [plain, text] : kVectors) {
    EXPECT_EQ(to_base64(as_bytes(plain)), text);
    EXPECT_EQ(decoded(text), plain);
  }
}

TEST(Base64, GivesEveryByteBack) {
  for (unsigned first = 0; first < 256; ++first) {
    for (const std::size_t bytes : {1U, 2U, 3U, 4U}) {
      std::string plain(bytes, static_cast<char>(first));
      plain.back() = static_cast<char>(255 - first);
      EXPECT_EQ(decoded(to_base64(as_bytes(plain))), plain);
    }
  }
}

TEST(Base64, IsNoOtherTextThanTheOneThatItMakes) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "=", "====", "Zm9v=", "Zm9vYg==Zm9v", "Zm9v ",
                           "Zm9v\n", "Zm 9", "Zm-9", "Zm_9", "Z=g=", "Zh==", "Zm9=", "Zm9vYmF"}) {
    EXPECT_EQ(decoded(text), std::nullopt) << text;
  }
}

TEST(Base64, IsNotDecodedIntoTooLittleRoom) {
  EXPECT_EQ(decoded("Zm9vYmE=", 5), "fooba");
  EXPECT_EQ(decoded("Zm9vYmE=", 4), std::nullopt);
  EXPECT_EQ(decoded("Zg==", 0), std::nullopt);
}

}  // namespace
}  // namespace core
