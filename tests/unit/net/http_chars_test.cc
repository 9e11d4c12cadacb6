#include "net/http_chars.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/guarded_bytes.h"

namespace net {
namespace {

template <typename Matcher>
class FindFirst : public testing::Test {};

using Matchers = testing::Types<ControlBytes, TargetEndBytes, PathMarkBytes>;
TYPED_TEST_SUITE(FindFirst, Matchers);

TYPED_TEST(FindFirst, FindsEachByteAtEachPlaceAsTheLoopDoes) {
  GuardedBytes guarded(64);
  for (std::size_t size = 0; size <= 40; ++size) {
    for (std::size_t place = 0; place < size; place += 3) {
      for (unsigned byte = 0; byte < 256; ++byte) {
        std::string text(size, 'a');
        text[place] = static_cast<char>(byte);
        const std::string_view bytes =
            byte % 2 == 0 ? guarded.place_at_end(text) : guarded.place_at_begin(text);
        for (const std::size_t from : {std::size_t{0}, place, place + 1, size}) {
          ASSERT_EQ(find_first<TypeParam>(bytes, from), find_first_portably<TypeParam>(bytes, from))
              << "byte " << byte << " at " << place << " of " << size << " from " << from;
        }
      }
    }
  }
}

TYPED_TEST(FindFirst, FindsTheFirstOfMany) {
  const std::string text(50, '\x01');
  const std::string marks(50, '?');
  for (std::size_t from = 0; from <= 50; ++from) {
    EXPECT_EQ(find_first<TypeParam>(text, from), find_first_portably<TypeParam>(text, from));
    EXPECT_EQ(find_first<TypeParam>(marks, from), find_first_portably<TypeParam>(marks, from));
  }
}

TEST(ControlBytes, AreAllBelowSpaceButTabAndDel) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
    EXPECT_EQ(ControlBytes::matches(static_cast<unsigned char>(byte)), control) << byte;
  }
}

TEST(TokenChars, AreThoseOfRfc9110) {
  const std::string_view tchars =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    EXPECT_EQ(is_token_char(c), tchars.find(c) != tchars.npos) << byte;
  }
}

TEST(HexValue, ReadsDigitsOfBothCases) {
  for (unsigned value = 0; value < 16; ++value) {
    EXPECT_EQ(hex_value("0123456789abcdef"[value]), value);
    EXPECT_EQ(hex_value("0123456789ABCDEF"[value]), value);
  }
}

TEST(TokenSpells, TellsAWordFromAllThatDifferInOneByte) {
  for (const std::string word : {"host", "expect", "if-match", "x-api-key", "content-length",
                                 "idempotency-key", "transfer-encoding"}) {
    for (std::size_t place = 0; place < word.size(); ++place) {
      for (unsigned byte = 0; byte < 256; ++byte) {
        std::string token = word;
        token[place] = static_cast<char>(byte);
        if (!is_token(token)) continue;
        EXPECT_EQ(token_spells(token.data(), word), equals_ignoring_case(token, word)) << token;
      }
    }
  }
}

TEST(TrimBlanks, TakesSpaceAndTabFromBothEnds) {
  EXPECT_EQ(trim_blanks(" \t a b\t "), "a b");
  EXPECT_EQ(trim_blanks(" \t "), "");
  EXPECT_EQ(trim_blanks(""), "");
}

}  // namespace
}  // namespace net
