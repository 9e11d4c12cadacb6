#include "bench/load/key_picker.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace bench {
namespace {

KeyPicker picker(std::string text, const KeyOrder& order) {
  auto made = KeyPicker::from_text(std::move(text), order);
  EXPECT_TRUE(made.has_value());
  return std::move(made).value();
}

std::string numbered_keys(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::to_string(100'000 + i) + "\n";
  return text;
}

TEST(KeyPicker, FindsEveryKeyByItsLine) {
  const KeyPicker keys = picker("aaa\nbbb\nccc", {});
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys.key(0), "aaa");
  EXPECT_EQ(keys.key(2), "ccc");
}

TEST(KeyPicker, TakesHotKeysInTurn) {
  KeyPicker keys = picker(numbered_keys(10), {KeyChoice::kHot, 3, 1});
  std::vector<std::uint64_t> taken;
  for (int i = 0; i < 7; ++i) taken.push_back(keys.next());
  EXPECT_EQ(taken, (std::vector<std::uint64_t>{0, 1, 2, 0, 1, 2, 0}));
}

TEST(KeyPicker, HasNoMoreHotKeysThanTheFile) {
  KeyPicker keys = picker("a\nb\n", {KeyChoice::kHot, 64, 1});
  EXPECT_EQ(keys.next(), 0U);
  EXPECT_EQ(keys.next(), 1U);
  EXPECT_EQ(keys.next(), 0U);
}

TEST(KeyPicker, ChoosesEveryKeyEquallyOftenWhenUniform) {
  constexpr int kKeys = 100;
  constexpr int kDraws = 1'000'000;
  KeyPicker keys = picker(numbered_keys(kKeys), {KeyChoice::kUniform, 64, 7});
  std::vector<int> hits(kKeys);
  for (int i = 0; i < kDraws; ++i) ++hits[keys.next()];
  const double expected = static_cast<double>(kDraws) / kKeys;
  for (int i = 0; i < kKeys; ++i) {
    // Five standard deviations of a count that is nearly Poisson.
    EXPECT_NEAR(hits[i], expected, 5 * std::sqrt(expected)) << "key " << i;
  }
}

TEST(KeyPicker, RepeatsItsSequenceForTheSameSeedOnly) {
  KeyPicker first = picker(numbered_keys(1000), {KeyChoice::kUniform, 64, 5});
  KeyPicker again = picker(numbered_keys(1000), {KeyChoice::kUniform, 64, 5});
  KeyPicker other = picker(numbered_keys(1000), {KeyChoice::kUniform, 64, 6});
  int same_as_other = 0;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t drawn = first.next();
    EXPECT_EQ(drawn, again.next());
    same_as_other += drawn == other.next() ? 1 : 0;
  }
  EXPECT_LT(same_as_other, 10);
}

TEST(KeyPicker, RefusesFilesItCannotIndex) {
  for (const char* text :
       {"", "\n", "\n\n", "aaa\nbb\n", "aaa\nbbbb\n", "aa\naaaaa\n", "aaa\n\n"}) {
    EXPECT_FALSE(KeyPicker::from_text(text, {}).has_value()) << text;
  }
  EXPECT_FALSE(KeyPicker::from_text("a\n", {KeyChoice::kHot, 0, 1}).has_value());
  EXPECT_FALSE(KeyPicker::from_file("/nonexistent/keys", {}).has_value());
}

}  // namespace
}  // namespace bench
