#include "core/base/regex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace core {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const auto regex = Regex::compile(pattern);
  EXPECT_TRUE(regex.has_value()) << pattern;
  return regex && (*regex)->matches_all(text);
}

std::string fault(std::string_view pattern) {
  const auto regex = Regex::compile(pattern);
  return regex ? "" : regex.error();
}

TEST(Regex, MatchesTheWholeText) {
  EXPECT_TRUE(matches("[a-z]+", "abc"));
  EXPECT_FALSE(matches("[a-z]+", "abc1"));
  EXPECT_FALSE(matches("[a-z]+", "1abc"));
  EXPECT_FALSE(matches("[a-z]+", ""));
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("^a$", "a"));
  EXPECT_FALSE(matches("a|ab", "abc"));
  EXPECT_TRUE(matches("a|ab", "ab"));
  EXPECT_FALSE(matches("a$", "a\n"));
}

TEST(Regex, CountsCodePointsNotBytes) {
  EXPECT_TRUE(matches(".{2}", "é\U0001F600"));
  EXPECT_TRUE(matches("\\p{L}+", "Łódź"));
  EXPECT_FALSE(matches("\\p{Lu}", "ł"));
}

TEST(Regex, TakesTextsWithZeroBytes) {
  EXPECT_FALSE(matches("a", std::string_view("a\0b", 3)));
  EXPECT_TRUE(matches("a.b", std::string_view("a\0b", 3)));
}

TEST(Regex, SaysWhyAPatternIsNone) {
  EXPECT_EQ(fault("(a"), "missing ): (a");
  for (const char* const bad : {"[a", "a**", "*", "a{2,1}", "\\", "(?=a)", "(a)\\1", "(?<!a)b",
                                "a{1001}", "\\p{Nothing}"}) {
    EXPECT_NE(fault(bad), "") << bad;
  }
}

TEST(Regex, RefusesPatternsThatAreTooBig) {
  EXPECT_EQ(fault(std::string(512, 'a')), "");
  EXPECT_EQ(fault(std::string(513, 'a')), "longer than 512 bytes");
  EXPECT_NE(fault("((\\pL{100}){100}){100}"), "");
  EXPECT_NE(fault("(\\pL{1000})"), "");
}

// Hours with a matcher that backtracks; steps are bounded by text times program here.
TEST(Regex, MatchesWithoutBacktracking) {
  EXPECT_FALSE(matches("(a*)*b", std::string(65'536, 'a')));
  EXPECT_FALSE(matches("(a|aa)+$", std::string(65'536, 'a') + "b"));
  EXPECT_FALSE(matches("(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x", std::string(65'536, 'a')));
}

// States that don't fit the memory are thrown away and made again.
TEST(Regex, MatchesRightWhereItsMemoryIsFull) {
  std::string text;
  for (std::uint32_t i = 1, word = 1; i < 65'536; ++i) {
    word = word * 1'664'525 + 1'013'904'223;
    text += (word >> 31) != 0 ? 'a' : 'b';
  }
  text[text.size() - 400] = 'a';
  EXPECT_TRUE(matches("[ab]*a[ab]{399}", text));
  text[text.size() - 400] = 'b';
  EXPECT_FALSE(matches("[ab]*a[ab]{399}", text));
}

TEST(Regex, MatchesInSeveralThreadsAtOnce) {
  const auto regex = *Regex::compile("[ab]*a[ab]{20}");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&regex, t] {
      for (int i = 0; i < 200; ++i) {
        std::string text(64 + static_cast<std::size_t>(i), t % 2 == 0 ? 'a' : 'b');
        EXPECT_EQ(regex->matches_all(text), t % 2 == 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace core
