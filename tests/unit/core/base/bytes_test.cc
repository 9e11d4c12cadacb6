#include "core/base/bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace core {
namespace {

TEST(Bytes, AreTheSameBytesAsText) {
  const std::string text("a\0\xff", 3);
  EXPECT_EQ(as_bytes(text).size(), 3U);
  EXPECT_EQ(as_bytes(text)[2], std::byte{0xff});
  EXPECT_EQ(as_text(as_bytes(text)), text);
}

TEST(Bytes, LoadWhatWasStoredAtAnyAddress) {
  std::array<std::byte, 16> bytes{};
  for (std::size_t at = 0; at < 8; ++at) {
    store<std::uint64_t>(bytes.data() + at, 0x0102030405060708);
    EXPECT_EQ(load<std::uint64_t>(bytes.data() + at), 0x0102030405060708U);
    EXPECT_EQ(bytes[at], std::byte{8}) << "the lowest byte comes first";
    store<std::int16_t>(bytes.data() + at, -2);
    EXPECT_EQ(load<std::int16_t>(bytes.data() + at), -2);
  }
}

TEST(Bytes, SortBigEndianNumbersAsNumbers) {
  const auto key = [](std::uint64_t value) {
    std::array<std::byte, 8> bytes{};
    store_be64(bytes.data(), value);
    EXPECT_EQ(load_be64(bytes.data()), value);
    return bytes;
  };
  EXPECT_TRUE(std::ranges::lexicographical_compare(key(255), key(256)));
  EXPECT_TRUE(std::ranges::lexicographical_compare(key(1), key(1ULL << 63)));
  EXPECT_EQ(key(1)[7], std::byte{1});
}

}  // namespace
}  // namespace core
