#include "core/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace core {
namespace {

// RFC 3629 3, the encoding by definition; nothing for surrogates.
std::string encode(std::uint32_t point) {
  std::string text;
  const auto tail = [&](int shift) {
    text.push_back(static_cast<char>(0x80 | (point >> shift & 0x3F)));
  };
  if (point < 0x80) {
    text.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    text.push_back(static_cast<char>(0xC0 | point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    text.push_back(static_cast<char>(0xE0 | point >> 12));
    tail(6);
    tail(0);
  } else {
    text.push_back(static_cast<char>(0xF0 | point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
  return text;
}

TEST(Utf8, KnowsEveryCodePointAndNoSurrogate) {
  for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
    const std::string text = encode(point);
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    ASSERT_EQ(utf8_sequence_length(text + "x"), surrogate ? 0 : text.size()) << point;
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      ASSERT_EQ(utf8_sequence_length(text.substr(0, cut)), 0U) << point;
      ASSERT_EQ(utf8_sequence_length(text.substr(0, cut) + "x"), 0U) << point;
    }
  }
}

TEST(Utf8, AcceptsNoMoreThreeByteFormsThanThereAreCodePoints) {
  int accepted = 0;
  for (int bytes = 0; bytes < 1 << 24; ++bytes) {
    const char text[] = {static_cast<char>(bytes >> 16), static_cast<char>(bytes >> 8),
                         static_cast<char>(bytes)};
    accepted += utf8_sequence_length({text, 3}) == 3;
  }
  EXPECT_EQ(accepted, 0x10000 - 0x800 - 0x800);  // Less the shorter forms and the surrogates.
}

TEST(Utf8, RefusesFourByteFormsAboveTheLastCodePoint) {
  EXPECT_EQ(utf8_sequence_length("\xF4\x8F\xBF\xBF"), 4U);
  EXPECT_EQ(utf8_sequence_length("\xF4\x90\x80\x80"), 0U);
  EXPECT_EQ(utf8_sequence_length("\xF0\x8F\xBF\xBF"), 0U);
  EXPECT_EQ(utf8_sequence_length("\xF5\x80\x80\x80"), 0U);
}

TEST(Utf8, TellsWhetherAWholeTextIsWellFormed) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a\u00e9\U0001F600"));
  EXPECT_FALSE(is_utf8("a\xFF"));
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(is_utf8("a\xC3"));
}

TEST(Utf8, CountsCodePoints) {
  EXPECT_EQ(utf8_count(""), 0U);
  EXPECT_EQ(utf8_count("abc"), 3U);
  EXPECT_EQ(utf8_count("\u00e9\u20ac\U0001F600"), 3U);
}

TEST(Utf8, FindsControlCharacters) {
  EXPECT_FALSE(has_control(""));
  EXPECT_FALSE(has_control("a \u00e9~"));
  for (const char c : {'\0', '\t', '\n', '\r', '\x1F', '\x7F'}) {
    EXPECT_TRUE(has_control(std::string("a") + c));
  }
}

}  // namespace
}  // namespace core
