#include "storage/value_layout.h"

#include <gtest/gtest.h>

namespace {

using storage::join_texts;
using storage::split_texts;
using storage::TextReader;

TEST(TextReader, TakesTextsInOrder) {
  TextReader reader("abcde");
  EXPECT_EQ(reader.take(2), "ab");
  EXPECT_EQ(reader.take(0), "");
  EXPECT_FALSE(reader.done());
  EXPECT_EQ(reader.take(3), "cde");
  EXPECT_TRUE(reader.done());
}

TEST(TextReader, TakesNothingMoreAfterALengthBeyondTheEnd) {
  TextReader reader("abc");
  EXPECT_EQ(reader.take(4), "");
  EXPECT_EQ(reader.take(1), "");
  EXPECT_FALSE(reader.done());
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
