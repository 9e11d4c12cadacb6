#include "bench/load/record_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>

namespace bench {
namespace {

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(RecordLog, WritesOneLineAnEventWhenFlushed) {
  const std::string path = testing::TempDir() + "record." + std::to_string(::getpid());
  {
    auto log = RecordLog::create(path);
    ASSERT_TRUE(log.has_value());
    log->sent("/a7", 5);
    log->sent("/a8", -1);
    EXPECT_EQ(contents(path), "");
    ASSERT_TRUE(log->flush().has_value());
    EXPECT_EQ(contents(path), "sent /a7 5\nsent /a8 -\n");
    log->answered("/a7", 200);
    log->lost("/a8", Failure::kReset);
    ASSERT_TRUE(log->flush().has_value());
  }
  EXPECT_EQ(contents(path), "sent /a7 5\nsent /a8 -\nanswered /a7 200\nlost /a8 reset\n");
  ::unlink(path.c_str());
}

TEST(RecordLog, SaysWhenItCannotWrite) {
  EXPECT_FALSE(RecordLog::create("/nonexistent/record").has_value());
  auto full = RecordLog::create("/dev/full");
  ASSERT_TRUE(full.has_value());
  full->sent("/a7", 1);
  const auto status = full->flush();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ENOSPC);
}

}  // namespace
}  // namespace bench
