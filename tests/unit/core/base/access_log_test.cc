#include "core/base/access_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "core/base/json.h"
#include "tests/support/pipe_reader.h"
#include "tests/support/temp_folder.h"

namespace core {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(AccessLog, WritesEveryLineByTheEnd) {
  TempFolder folder;
  {
    const auto log = AccessLog::open({.file = folder.file("access"), .lanes = 2}).value();
    EXPECT_TRUE(log->append(0, "{\"a\":1}"));
    EXPECT_TRUE(log->append(1, "{\"b\":2}"));
  }
  auto lines = lines_of(folder.read("access"));
  std::ranges::sort(lines);
  EXPECT_EQ(lines, (std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"}));
}

TEST(AccessLog, HasWrittenWhatWasAppendedWhenFlushReturns) {
  TempFolder folder;
  const auto log = AccessLog::open({.file = folder.file("access")}).value();
  for (int i = 0; i < 20; ++i) {
    log->append(0, std::to_string(i));
    log->flush();
    EXPECT_TRUE(folder.read("access").ends_with(std::to_string(i) + "\n"));
  }
  EXPECT_EQ(log->dropped(), 0U);
}

TEST(AccessLog, PutsLinesFromBeforeARotationIntoTheOldFile) {
  TempFolder folder;
  const auto log = AccessLog::open({.file = folder.file("access")}).value();
  log->append(0, "old");
  std::filesystem::rename(folder.file("access"), folder.file("access.1"));
  ASSERT_TRUE(log->reopen().has_value());
  log->append(0, "new");
  log->flush();
  EXPECT_EQ(folder.read("access.1"), "old\n");
  EXPECT_EQ(folder.read("access"), "new\n");
}

TEST(AccessLog, ReportsARotationThatFailedAndWritesOn) {
  TempFolder folder;
  std::filesystem::create_directory(folder.file("sub"));
  const auto log = AccessLog::open({.file = folder.file("sub/access")}).value();
  std::filesystem::rename(folder.file("sub"), folder.file("moved"));
  EXPECT_FALSE(log->reopen().has_value());
  log->append(0, "kept");
  log->flush();
  EXPECT_EQ(folder.read("moved/access"), "kept\n");
}

TEST(AccessLog, SaysWhyItCannotBeOpened) {
  TempFolder folder;
  EXPECT_FALSE(AccessLog::open({.file = folder.file("missing/access")}).has_value());
}

TEST(AccessLog, CountsLinesThatADiskTookAway) {
  const auto log = AccessLog::open({.file = "/dev/full"}).value();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(log->append(0, "{}"));
  log->flush();
  EXPECT_EQ(log->dropped(), 10U);
}

// Nobody reads the pipe, so that the writer blocks in it: append() must not.
TEST(AccessLog, DropsAndCountsInsteadOfWaitingForASlowDisk) {
  TempFolder folder;
  PipeReader pipe(folder.file("access"));
  auto log = AccessLog::open({.file = folder.file("access"), .lane_bytes = 4096}).value();
  std::uint64_t refused = 0;
  std::uint64_t appended = 0;
  const std::string line(99, 'x');
  // The pipe holds 64 KiB, the lane 4 KiB, the writer one lane: soon after, lines must be refused.
  while (refused < 1000) {
    ASSERT_LT(appended, 100'000'000U);
    log->append(0, line) ? ++appended : ++refused;
  }
  EXPECT_EQ(log->dropped(), refused);
  auto read = std::async(std::launch::async, [&] { return pipe.read_to_end(); });
  log.reset();
  EXPECT_EQ(lines_of(read.get()).size(), appended);
}

TEST(AccessLog, KeepsTheOrderOfEachLaneWhileShardsAppendAndFilesRotate) {
  constexpr std::size_t kLanes = 3;
  constexpr int kLines = 20'000;
  TempFolder folder;
  auto log = AccessLog::open({.file = folder.file("access"), .lanes = kLanes, .lane_bytes = 16384})
                 .value();
  std::vector<std::thread> shards;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    shards.emplace_back([&log, lane] {
      for (int i = 0; i < kLines; ++i) {
        while (!log->append(lane, std::to_string(lane) + " " + std::to_string(i))) {
          std::this_thread::yield();
        }
      }
    });
  }
  std::string all;
  for (int rotation = 0; rotation < 20; ++rotation) {
    const std::string old = "access." + std::to_string(rotation);
    std::filesystem::rename(folder.file("access"), folder.file(old));
    ASSERT_TRUE(log->reopen().has_value());
    all += folder.read(old);
  }
  for (std::thread& shard : shards) shard.join();
  log.reset();
  all += folder.read("access");

  std::vector<int> next(kLanes, 0);
  for (const std::string& line : lines_of(all)) {
    std::istringstream in(line);
    std::size_t lane = 0;
    int number = 0;
    ASSERT_TRUE(in >> lane >> number) << line;
    ASSERT_EQ(number, next.at(lane)++) << "lane " << lane;
  }
  EXPECT_EQ(next, std::vector<int>(kLanes, kLines));
}

TEST(AccessLog, StaysOneJsonObjectALineWhateverBytesComeIn) {
  constexpr std::uint64_t kSeed = 99;
  std::mt19937_64 random(kSeed);
  TempFolder folder;
  std::vector<std::string> hostile = {"/a\"}\n{\"forged\":true",
                                      "\r\n",
                                      std::string("\0\0", 2),
                                      "\\",
                                      "\\u0000",
                                      "\xff\xfe",
                                      "\xE2\x80\xA8",
                                      "\xC2\x85",
                                      "\x1b[2J",
                                      "\"",
                                      "\\\"",
                                      "\xED\xA0\x80",
                                      "\xF0\x9F"};
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes;
    for (auto n = random() % 60; n > 0; --n) bytes.push_back(static_cast<char>(random()));
    hostile.push_back(bytes);
  }
  {
    const auto log = AccessLog::open({.file = folder.file("access")}).value();
    std::string line;
    for (const std::string& bytes : hostile) {
      line.clear();
      JsonWriter(line).begin_object().key("path").string(bytes).key(bytes).null().end_object();
      ASSERT_TRUE(log->append(0, line));
    }
  }
  const auto lines = lines_of(folder.read("access"));
  ASSERT_EQ(lines.size(), hostile.size());
  JsonParser parser(4096);
  for (const std::string& line : lines) {
    const auto value = parser.parse(line);
    ASSERT_TRUE(value.has_value()) << "seed " << kSeed << ": " << line;
    EXPECT_EQ(value->size(), 2U);
    EXPECT_FALSE(value->find("forged").has_value());
  }
}

}  // namespace
}  // namespace core
