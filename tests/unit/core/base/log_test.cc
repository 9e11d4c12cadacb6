#include "core/base/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "core/base/time.h"
#include "tests/support/pipe_reader.h"
#include "tests/support/temp_folder.h"

namespace core {
namespace {

// Each line of the text without its time, which must be there.
std::vector<std::string> messages_of(const std::string& text) {
  std::vector<std::string> messages;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    EXPECT_TRUE(parse_rfc3339(line.substr(0, kRfc3339Bytes)).has_value()) << line;
    messages.push_back(line.substr(std::min<std::size_t>(kRfc3339Bytes + 1, line.size())));
  }
  return messages;
}

TEST(ServerLog, WritesItsLevelAndMessageInOrder) {
  TempFolder folder;
  {
    const auto log = ServerLog::open({.file = folder.file("log")}).value();
    log->debug("not shown {}", 0);
    log->info("listening on {}", "http://127.0.0.1:8000");
    log->warn("{} of {} descriptors in use", 9, 10);
    log->error("sync failed");
    EXPECT_EQ(log->dropped(), 0U);
  }
  EXPECT_EQ(messages_of(folder.read("log")),
            (std::vector<std::string>{"info  listening on http://127.0.0.1:8000",
                                      "warn  9 of 10 descriptors in use", "error sync failed"}));
}

TEST(ServerLog, WritesOnlyFromItsLowestLevelUpwards) {
  for (const LogLevel lowest :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError, LogLevel::kOff}) {
    TempFolder folder;
    {
      const auto log = ServerLog::open({.file = folder.file("log"), .lowest = lowest}).value();
      log->debug("x");
      log->info("x");
      log->warn("x");
      log->error("x");
      EXPECT_EQ(log->enabled(LogLevel::kError), lowest != LogLevel::kOff);
    }
    EXPECT_EQ(messages_of(folder.read("log")).size(), 4 - static_cast<std::size_t>(lowest));
  }
}

TEST(ServerLog, KeepsAHostileMessageOnOneLine) {
  TempFolder folder;
  {
    const auto log = ServerLog::open({.file = folder.file("log")}).value();
    log->warn("key {}", "a\n2026-01-02T03:04:05.000006Z error forged\r");
    log->warn("{}", std::string_view("\0\x1b[2J\x7f\xff", 7));
    log->warn("{}", "\xC2\x9B\x32J caf\xC3\xA9");
  }
  EXPECT_EQ(
      messages_of(folder.read("log")),
      (std::vector<std::string>{R"(warn  key a\x0a2026-01-02T03:04:05.000006Z error forged\x0d)",
                                R"(warn  \x00\x1b[2J\x7f\xff)", "warn  \\xc2\\x9b2J caf\xC3\xA9"}));
}

TEST(ServerLog, KeepsRandomBytesOnOneLine) {
  std::mt19937_64 random(4);
  TempFolder folder;
  {
    const auto log = ServerLog::open({.file = folder.file("log")}).value();
    for (int i = 0; i < 1000; ++i) {
      std::string bytes;
      for (auto n = random() % 100; n > 0; --n) bytes.push_back(static_cast<char>(random()));
      log->info("{}", bytes);
    }
  }
  EXPECT_EQ(messages_of(folder.read("log")).size(), 1000U);
}

TEST(ServerLog, FollowsItsFileAfterARotation) {
  TempFolder folder;
  {
    const auto log = ServerLog::open({.file = folder.file("log")}).value();
    std::filesystem::rename(folder.file("log"), folder.file("log.1"));
    ASSERT_TRUE(log->reopen().has_value());
    log->info("new");
  }
  EXPECT_EQ(messages_of(folder.read("log")), (std::vector<std::string>{"info  new"}));
  EXPECT_EQ(folder.read("log.1"), "");
}

TEST(ServerLog, SaysWhyItCannotBeOpened) {
  TempFolder folder;
  EXPECT_FALSE(ServerLog::open({.file = folder.file("missing/log")}).has_value());
}

// Nobody reads the pipe, so that the writing thread blocks in it: no caller may.
TEST(ServerLog, DropsTheOldestLinesAndCountsThemInsteadOfWaiting) {
  constexpr std::size_t kLines = 20'000;
  TempFolder folder;
  PipeReader pipe(folder.file("log"));
  auto log = ServerLog::open({.file = folder.file("log")}).value();
  for (std::size_t i = 0; i < kLines; ++i) log->warn("line {} {}", i, std::string(100, 'x'));
  const std::uint64_t dropped = log->dropped();
  EXPECT_GT(dropped, 0U);
  auto read = std::async(std::launch::async, [&] { return pipe.read_to_end(); });
  log.reset();
  const auto messages = messages_of(read.get());
  EXPECT_EQ(messages.size() + dropped, kLines);
  EXPECT_TRUE(messages.back().starts_with("warn  line 19999 ")) << "the newest must be kept";
}

TEST(ServerLog, CountsLinesThatADiskTookAway) {
  TempFolder folder;
  const auto log = ServerLog::open({.file = "/dev/full"}).value();
  log->warn("lost");
  while (log->dropped() == 0) std::this_thread::yield();
  EXPECT_EQ(log->dropped(), 1U);
}

TEST(ServerLog, TakesLinesFromSeveralThreadsAtOnce) {
  TempFolder folder;
  {
    const auto log = ServerLog::open({.file = folder.file("log")}).value();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log, t] {
        for (int i = 0; i < 500; ++i) log->info("thread {} line {}", t, i);
      });
    }
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(log->reopen().has_value());
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(log->dropped(), 0U);
  }
  EXPECT_EQ(messages_of(folder.read("log")).size(), 2000U);
}

class CollectingLog final : public Log {
 public:
  CollectingLog() : Log(LogLevel::kWarn) {}
  std::string text;

 private:
  void write(LogLevel level, std::string_view message) override {
    text.append(name_of(level)).append(":").append(message).append(";");
  }
};

TEST(Log, GivesAnImplementationOnlyWhatIsEnabled) {
  CollectingLog log;
  log.info("a");
  log.warn("b {}", 1);
  log.error("c");
  EXPECT_EQ(log.text, "warn:b 1;error:c;");
}

TEST(Log, HasANullThatIsNeverEnabled) {
  NullLog log;
  log.error("x");
  EXPECT_FALSE(log.enabled(LogLevel::kError));
}

TEST(LogLevel, ReadsEveryNameItWrites) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError, LogLevel::kOff}) {
    EXPECT_EQ(parse_log_level(name_of(level)), level);
  }
  EXPECT_EQ(parse_log_level("warning"), std::nullopt);
  EXPECT_EQ(parse_log_level(""), std::nullopt);
  EXPECT_EQ(parse_log_level("INFO"), std::nullopt);
}

}  // namespace
}  // namespace core
