#include "tools/cli/line_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace tollgate {
namespace {

constexpr std::size_t kMax = LineReader::kLineBytesMax;

struct Read {
  std::string text;
  std::uint64_t number;
  bool too_long;
  bool operator==(const Read&) const = default;
};

std::vector<Read> read(std::string text) {
  const auto size = text.size();
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  std::fwrite(text.data(), 1, size, file.get());
  std::rewind(file.get());
  LineReader reader(file.get());
  std::vector<Read> lines;
  while (const auto line = reader.next()) {
    lines.push_back({std::string(line->text), line->number, line->too_long});
  }
  EXPECT_EQ(reader.bytes_read(), size);
  return lines;
}

TEST(LineReader, GivesEachLineWithItsNumber) {
  EXPECT_TRUE(read("").empty());
  EXPECT_EQ(read("a\n\nbc\n"),
            (std::vector<Read>{{"a", 1, false}, {"", 2, false}, {"bc", 3, false}}));
  EXPECT_EQ(read("\n"), (std::vector<Read>{{"", 1, false}}));
}

TEST(LineReader, GivesALastLineThatHasNoEnd) {
  EXPECT_EQ(read("a\nbc"), (std::vector<Read>{{"a", 1, false}, {"bc", 2, false}}));
}

TEST(LineReader, TakesTheEndsOfLinesOfOtherSystems) {
  EXPECT_EQ(read("a\r\nb\r\n"), (std::vector<Read>{{"a", 1, false}, {"b", 2, false}}));
}

TEST(LineReader, MarksLinesThatAreTooLongAndGoesOnBehindThem) {
  const std::string longest(kMax, 'x');
  EXPECT_EQ(read(longest + "\nb\n"), (std::vector<Read>{{longest, 1, false}, {"b", 2, false}}));
  for (const std::size_t size : {kMax + 1, 2 * kMax - 1, 2 * kMax, 2 * kMax + 1, 7 * kMax + 3}) {
    const std::string line(size, 'x');
    EXPECT_EQ(read("a\n" + line + "\nb\n"),
              (std::vector<Read>{{"a", 1, false}, {"", 2, true}, {"b", 3, false}}))
        << size;
    EXPECT_EQ(read("a\n" + line), (std::vector<Read>{{"a", 1, false}, {"", 2, true}})) << size;
  }
}

TEST(LineReader, JoinsLinesThatLieAcrossItsReads) {
  std::string text;
  std::vector<Read> expected;
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    expected.push_back({std::string(i % 173, static_cast<char>('a' + i % 26)), i, false});
    text += expected.back().text + "\n";
  }
  EXPECT_EQ(read(text), expected);
}

}  // namespace
}  // namespace tollgate
