// What the probe says where io_uring is refused: each case in a thread of its own, under a seccomp
// filter of its own.
#include "core/runtime/uring_probe.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace core {
namespace {

// From here on the thread's calls of these numbers fail with `error`.
void refuse(const std::vector<int>& calls, int error) {
  const auto errors = static_cast<unsigned>(error);
  std::vector<sock_filter> program;
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (const int call : calls) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errors));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()),
                          .filter = program.data()};
  ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

std::optional<UringRefusal> probe_under(const std::vector<int>& calls, int error) {
  std::optional<UringRefusal> refusal;
  std::thread([&] {
    refuse(calls, error);
    refusal = probe_uring();
  }).join();
  return refusal;
}

const std::vector<int> kAllCalls{SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register};

void expect_one_line_that_names_the_remedy(const UringRefusal& refusal) {
  const std::string line = refusal.line();
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(line.find("seccomp"), std::string::npos) << line;
  EXPECT_NE(line.find("kernel.io_uring_disabled"), std::string::npos) << line;
  EXPECT_NE(line.find("(" + std::to_string(refusal.error.code) + ")"), std::string::npos) << line;
  EXPECT_FALSE(refusal.remedy.empty());
}

TEST(UringProbe, FindsNothingWhereIoUringWorks) {
  const auto refusal = probe_uring();
  EXPECT_FALSE(refusal.has_value()) << refusal->line();
}

TEST(UringProbe, NamesAFilterThatForbidsAllOfIt) {
  for (const int error : {EPERM, EACCES, ENOSYS}) {
    const auto refusal = probe_under(kAllCalls, error);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->error.code, error);
    EXPECT_STREQ(refusal->error.what, "io_uring_setup");
    expect_one_line_that_names_the_remedy(*refusal);
  }
}

TEST(UringProbe, NamesTheMemoryLimitsWhereMemoryIsRefused) {
  const auto refusal = probe_under(kAllCalls, ENOMEM);
  ASSERT_TRUE(refusal.has_value());
  expect_one_line_that_names_the_remedy(*refusal);
  EXPECT_NE(refusal->line().find("memory limit"), std::string::npos);
}

TEST(UringProbe, NoticesThatRegistrationAloneIsRefused) {
  const auto refusal = probe_under({SYS_io_uring_register}, EPERM);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->error.code, EPERM);
  EXPECT_NE(std::string(refusal->error.what).find("register"), std::string::npos);
  expect_one_line_that_names_the_remedy(*refusal);
}

TEST(UringProbe, NoticesThatEnteringAloneIsRefused) {
  const auto refusal = probe_under({SYS_io_uring_enter}, EPERM);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_STREQ(refusal->error.what, "io_uring_enter");
  expect_one_line_that_names_the_remedy(*refusal);
}

TEST(UringProbe, LeavesNoDescriptorBehind) {
  const auto open_descriptors = [] {
    const std::filesystem::directory_iterator folder("/proc/self/fd");
    return std::distance(begin(folder), end(folder));
  };
  const auto before = open_descriptors();
  EXPECT_TRUE(probe_under(kAllCalls, EPERM).has_value());
  EXPECT_TRUE(probe_under({SYS_io_uring_register}, EPERM).has_value());
  EXPECT_TRUE(probe_under({SYS_io_uring_enter}, EPERM).has_value());
  EXPECT_FALSE(probe_uring().has_value());
  EXPECT_EQ(open_descriptors(), before);
}

TEST(UringRefusal, TellsTheKernelsSwitchFromAFilter) {
  char name[] = "/tmp/tollgate-probe-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  const std::string root = name;
  const Error error{"io_uring_setup", EPERM};
  EXPECT_NE(explain_uring_refusal(error, root).cause.find("seccomp"), std::string::npos);
  std::filesystem::create_directories(root + "/proc/sys/kernel");
  for (const char* value : {"1", "2"}) {
    std::ofstream(root + "/proc/sys/kernel/io_uring_disabled") << value << "\n";
    const UringRefusal refusal = explain_uring_refusal(error, root);
    EXPECT_EQ(refusal.cause.find("seccomp"), std::string::npos);
    EXPECT_NE(refusal.cause.find(std::string("kernel.io_uring_disabled is ") + value),
              std::string::npos);
    EXPECT_NE(refusal.remedy.find("sysctl kernel.io_uring_disabled=0"), std::string::npos);
  }
  std::filesystem::remove_all(root);
}

TEST(UringRefusal, HasALineForEveryOtherCause) {
  for (const int code : {EINVAL, EMFILE, ENFILE, EIO}) {
    const UringRefusal refusal = explain_uring_refusal({"io_uring_setup", code});
    EXPECT_FALSE(refusal.cause.empty());
    EXPECT_FALSE(refusal.remedy.empty());
    EXPECT_EQ(refusal.line().find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace core
