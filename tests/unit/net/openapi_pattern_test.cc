#include "net/openapi_pattern.h"

#include <gtest/gtest.h>

#include "core/base/regex.h"

namespace net {
namespace {

TEST(EcmaPattern, AnchorsWhatBothReadAlike) {
  EXPECT_EQ(ecma_pattern("[A-Z]{2,3}-[0-9]+"), "^(?:[A-Z]{2,3}-[0-9]+)$");
  EXPECT_EQ(ecma_pattern(R"(a|b\.c\d*?(?:x|y))"), R"(^(?:a|b\.c\d*?(?:x|y))$)");
  EXPECT_EQ(ecma_pattern(R"([^\]\-a])"), R"(^(?:[^\]\-a])$)");
}

TEST(EcmaPattern, SaysOtherwiseWhatEcmaReadsOtherwise) {
  EXPECT_EQ(ecma_pattern("."), "^(?:[^\\n])$");
  EXPECT_EQ(ecma_pattern(R"(\s)"), R"(^(?:[\t\n\f\r ])$)");
  EXPECT_EQ(ecma_pattern(R"([\sx])"), R"(^(?:[\t\n\f\r x])$)");
  EXPECT_EQ(ecma_pattern(R"(\@\_)"), "^(?:@_)$");  // With u no more than syntax may be escaped.
}

TEST(EcmaPattern, IsNothingForWhatEcmaDoesNotHave) {
  for (const std::string_view regex :
       {"(?i)a", "(?P<n>a)", R"(\pL)", R"(\Aa\z)", "[[:alpha:]]", "[]a]", "a{", "a}", "a]",
        R"(\x{1F600})", R"(\Q.\E)", R"(\C)"}) {
    EXPECT_FALSE(ecma_pattern(regex)) << regex;
  }
}

TEST(PatternSample, MatchesThePattern) {
  for (const std::string_view regex : {"[A-Z]{2,3}-[0-9]+", "^a|b$", R"((foo|bar)\.(?:x\d{4})+?)",
                                       R"(\w+@\w+)", "a{3,}b?c*d", "", R"([\d]x)", ".{5}"}) {
    const auto sample = pattern_sample(regex);
    ASSERT_TRUE(sample) << regex;
    const auto compiled = core::Regex::compile(regex.empty() ? "(?:)" : regex);
    ASSERT_TRUE(compiled) << regex;
    EXPECT_TRUE((*compiled)->matches_all(*sample)) << regex << ": " << *sample;
  }
}

TEST(PatternSample, IsNothingForWhatItDoesNotWalk) {
  for (const std::string_view regex :
       {"[^a]", "(?i)a", R"(\pL)", "(a", "a)", "a{2000}{3}", "a{1000}b{1000}c{1000}d{1000}e"}) {
    EXPECT_FALSE(pattern_sample(regex)) << regex;
  }
}

}  // namespace
}  // namespace net
