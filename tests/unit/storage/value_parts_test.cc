#include "storage/value_parts.h"

#include <gtest/gtest.h>

namespace {

using storage::join_texts;
using storage::split_texts;
using storage::TextReader;

struct Head {
  std::uint8_t layout = storage::kValueLayout;
  std::uint8_t number = 7;
};

TEST(ValueParts, AHeadReadsBackWithWhatFollowsIt) {
  std::string value;
  storage::append_head(value, Head{.number = 9});
  value += "rest";
  Head head;
  std::string_view rest;
  ASSERT_TRUE(storage::read_head(core::as_bytes(value), head, rest));
  EXPECT_EQ(head.number, 9);
  EXPECT_EQ(rest, "rest");
}

TEST(ValueParts, ATooShortValueAndAnotherLayoutAreNoHead) {
  Head head;
  std::string_view rest;
  EXPECT_FALSE(storage::read_head(core::as_bytes("\1"), head, rest));
  EXPECT_FALSE(storage::read_head(core::as_bytes("\2\1rest"), head, rest));
}

TEST(ValueParts, TextsAreTakenInTurnsUntilNothingIsLeft) {
  TextReader texts("onetwo");
  EXPECT_EQ(texts.take(3), "one");
  EXPECT_FALSE(texts.done());
  EXPECT_EQ(texts.take(0), "");
  EXPECT_EQ(texts.take(3), "two");
  EXPECT_TRUE(texts.done());
}

TEST(ValueParts, ALengthBeyondTheEndSpoilsTheRest) {
  TextReader texts("one");
  EXPECT_EQ(texts.take(4), "");
  EXPECT_EQ(texts.take(1), "");
  EXPECT_FALSE(texts.done());
}

TEST(ValueParts, ALengthThatItsFieldCannotHoldIsABrokenInvariant) {
  EXPECT_EQ(storage::checked_length<std::uint8_t>(255), 255);
  EXPECT_DEATH(static_cast<void>(storage::checked_length<std::uint8_t>(256)), "");
}

TEST(JoinedTexts, ComeApartAsTheyWere) {
  const std::vector<std::string> texts = {"", "a", std::string(255, 'b'), "c"};
  std::vector<std::string> split;
  EXPECT_TRUE(split_texts(join_texts(texts), split));
  EXPECT_EQ(split, texts);
}

TEST(JoinedTexts, DoNotComeApartWhenTheLastIsCut) {
  const std::string joined = join_texts({"abc", "de"});
  for (const std::size_t bytes : {1U, 3U, 5U, 6U}) {
    std::vector<std::string> split;
    EXPECT_FALSE(split_texts(joined.substr(0, bytes), split)) << bytes;
  }
}

}  // namespace
