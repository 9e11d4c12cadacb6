#include "core/base/line_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "tests/support/temp_folder.h"

namespace core {
namespace {

TEST(LineFile, AppendsToWhatIsThere) {
  TempFolder folder;
  LineFile::open(folder.file("log")).value()->write("one\n");
  LineFile::open(folder.file("log")).value()->write("two\nthree\n");
  EXPECT_EQ(folder.read("log"), "one\ntwo\nthree\n");
}

TEST(LineFile, IsReadableByNoStranger) {
  TempFolder folder;
  const auto file = LineFile::open(folder.file("log")).value();
  struct stat status {};
  ASSERT_EQ(stat(folder.file("log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0137, 0U);
}

TEST(LineFile, FollowsItsNameAfterARotation) {
  TempFolder folder;
  const auto file = LineFile::open(folder.file("log")).value();
  file->write("old\n");
  std::filesystem::rename(folder.file("log"), folder.file("log.1"));
  file->write("still old\n");
  ASSERT_TRUE(file->reopen().has_value());
  file->write("new\n");
  EXPECT_EQ(folder.read("log.1"), "old\nstill old\n");
  EXPECT_EQ(folder.read("log"), "new\n");
}

TEST(LineFile, KeepsTheOldFileWhereTheNewCannotBeOpened) {
  TempFolder folder;
  std::filesystem::create_directory(folder.file("sub"));
  const auto file = LineFile::open(folder.file("sub/log")).value();
  std::filesystem::rename(folder.file("sub"), folder.file("moved"));
  const Status reopened = file->reopen();
  ASSERT_FALSE(reopened.has_value());
  EXPECT_EQ(reopened.error().code, ENOENT);
  EXPECT_EQ(file->write("kept\n"), 0U);
  EXPECT_EQ(folder.read("moved/log"), "kept\n");
}

TEST(LineFile, SaysWhyItCannotBeOpened) {
  TempFolder folder;
  const auto file = LineFile::open(folder.file("missing/log"));
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, ENOENT);
}

TEST(LineFile, CountsTheLinesThatAFullDiskTakes) {
  const auto file = LineFile::open("/dev/full").value();
  EXPECT_EQ(file->write("one\ntwo\nthree\n"), 3U);
  EXPECT_EQ(file->write("four\n"), 1U);
}

// A pipe that is full cuts a line; once it is read the next line must begin on its own.
TEST(LineFile, EndsALineThatWasCutBeforeTheNext) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
  const auto file = LineFile::borrow(ends[1]);
  const std::string line(99'999, 'x');
  EXPECT_EQ(file->write(line + "\n" + "second\n"), 2U);
  EXPECT_EQ(file->write("third\n"), 1U);
  std::string piped(1 << 20, '\0');
  const ssize_t cut = read(ends[0], piped.data(), piped.size());
  ASSERT_GT(cut, 0);
  ASSERT_LT(cut, 99'999);
  EXPECT_EQ(file->write("fourth\n"), 0U);
  const ssize_t rest = read(ends[0], piped.data(), piped.size());
  ASSERT_GT(rest, 0);
  EXPECT_EQ(piped.substr(0, static_cast<std::size_t>(rest)), "\nfourth\n");
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace core
