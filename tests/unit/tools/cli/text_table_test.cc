#include "tools/cli/text_table.h"

#include <gtest/gtest.h>

#include <numeric>

#include "core/base/utf8.h"

namespace tollgate {
namespace {

using Widths = std::vector<std::size_t>;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = text.find('\n', from);
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

TEST(Cut, KeepsWhatFitsAndEndsTheRestWithAnEllipsis) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abcd", 3), "ab…");
  EXPECT_EQ(cut("äöüß", 3), "äö…");
  EXPECT_EQ(cut("abc", 1), "…");
  EXPECT_EQ(cut("abc", 0), "");
  EXPECT_EQ(cut("", 0), "");
}

TEST(FitColumns, LeavesThemAloneWhereTheyFitOrTheLineHasNoEnd) {
  EXPECT_EQ(fit_columns({3, 10, 5}, 22), (Widths{3, 10, 5}));
  EXPECT_EQ(fit_columns({3, 100, 5}, 0), (Widths{3, 100, 5}));
}

TEST(FitColumns, TakesFromTheWidestFirst) {
  EXPECT_EQ(fit_columns({3, 30, 10}, 37), (Widths{3, 20, 10}));
  EXPECT_EQ(fit_columns({3, 30, 10}, 20), (Widths{3, 6, 7}));
}

TEST(FitColumns, LeavesTheLastOnesOutRatherThanCutShortOnes) {
  EXPECT_EQ(fit_columns({6, 6, 6}, 21), (Widths{6, 6, 0}));
  EXPECT_EQ(fit_columns({6, 6, 6}, 3), (Widths{6, 0, 0}));
  EXPECT_EQ(fit_columns({}, 3), Widths{});
}

TEST(FitColumns, NeverGivesALineThatIsLongerThanItMayBe) {
  for (std::size_t width = 6; width < 120; ++width) {
    const auto widths = fit_columns({4, 40, 17, 6, 25}, width);
    std::size_t line = 0;
    for (const std::size_t each : widths) line += each == 0 ? 0 : each + 2;
    EXPECT_LE(line, width + 2) << width;
  }
}

TEST(TextTable, PutsNumbersToTheRightUnderTheirTitle) {
  TextTable table({"id", "rate_limit", "name"}, {});
  EXPECT_EQ(table.add({{{"7", true}, {"1000", true}, {"a"}}, {{"1234", true}, {"-"}, {"b c"}}}),
            "  ID  RATE LIMIT  NAME\n"
            "   7        1000  a\n"
            "1234  -           b c\n");
}

TEST(TextTable, HasItsTitlesOnceAndGrowsWithItsPages) {
  TextTable table({"id", "name"}, {});
  EXPECT_EQ(table.add({{{"9", true}, {"a"}}}), "ID  NAME\n 9  a\n");
  EXPECT_EQ(table.add({{{"1000", true}, {"b"}}}), "1000  b\n");
  EXPECT_EQ(table.add({{{"1", true}, {"c"}}}), "   1  c\n");
}

TEST(TextTable, WithoutRowsIsItsTitles) {
  TextTable table({"id", "name"}, {});
  EXPECT_EQ(table.add({}), "ID  NAME\n");
}

TEST(TextTable, KeepsToTheWidthOfTheTerminal) {
  TextTable table({"id", "name", "display"}, {.width = 30});
  for (const std::string& line :
       lines_of(table.add({{{"1"}, {std::string(50, 'n')}, {"äääääääääääääää"}}}))) {
    EXPECT_LE(core::utf8_count(line), 30U) << line;
  }
}

TEST(TextTable, ColoursTheTitlesOnly) {
  TextTable table({"id"}, {.colours = true});
  EXPECT_EQ(table.add({{{"1"}}}), "\x1b[1mID\x1b[0m\n1\n");
}

}  // namespace
}  // namespace tollgate
