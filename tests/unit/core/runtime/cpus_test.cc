#include "core/runtime/cpus.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace core {
namespace {

// A tree of files as the kernel shows them.
class FakeRoot {
 public:
  FakeRoot() {
    char name[] = "/tmp/tollgate-cpus-XXXXXX";
    EXPECT_NE(mkdtemp(name), nullptr);
    path_ = name;
  }
  ~FakeRoot() { std::filesystem::remove_all(path_); }
  void put(const std::string& file, const std::string& text) const {
    const std::filesystem::path at = path_ + "/" + file;
    std::filesystem::create_directories(at.parent_path());
    std::ofstream(at) << text;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(CpuQuota, IsNoneWithoutControlGroupsOrLimits) {
  const FakeRoot root;
  EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt);
  root.put("proc/self/cgroup", "0::/app\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt);
  root.put("sys/fs/cgroup/app/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt);
}

TEST(CpuQuota, OfVersion2IsTheLeastOfTheGroupAndItsAncestors) {
  const FakeRoot root;
  root.put("proc/self/cgroup", "0::/slice/app\n");
  root.put("sys/fs/cgroup/slice/app/cpu.max", "400000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), 4.0);
  root.put("sys/fs/cgroup/slice/cpu.max", "75000 50000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), 1.5);
}

TEST(CpuQuota, OfVersion1IsReadWhereverTheControllerIsMounted) {
  const FakeRoot root;
  root.put("proc/self/cgroup", "9:memory:/x\n4:cpu,cpuacct:/docker/1\n1:cpuset:/y\n");
  root.put("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "-1\n");
  root.put("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt);
  root.put("sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us", "250000\n");
  root.put("sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), 2.5);
}

TEST(CpuQuota, InAContainerThatSeesTheHostsPathIsThatOfTheTop) {
  const FakeRoot root;
  root.put("proc/self/cgroup", "4:cpuacct,cpu:/docker/abc\n");
  root.put("sys/fs/cgroup/cpuacct,cpu/cpu.cfs_quota_us", "50000\n");
  root.put("sys/fs/cgroup/cpuacct,cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), 0.5);
}

TEST(CpuQuota, MalformedFilesSayNothing) {
  const FakeRoot root;
  root.put("proc/self/cgroup", "nonsense\n:\n0::/app\n");
  for (const char* text : {"", "max", "0 100000", "100000", "100000 0", "-5 100000", "a b"}) {
    root.put("sys/fs/cgroup/app/cpu.max", text);
    EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt) << text;
  }
}

TEST(UsableCpus, RoundsAQuotaDownButNotToNone) {
  EXPECT_EQ(usable_cpus(4, std::nullopt), 4);
  EXPECT_EQ(usable_cpus(4, 2.9), 2);
  EXPECT_EQ(usable_cpus(4, 0.25), 1);
  EXPECT_EQ(usable_cpus(4, 64.0), 4);
  EXPECT_EQ(usable_cpus(4, 1e300), 4);
}

TEST(CpuListText, ReadsNumbersAndRanges) {
  EXPECT_EQ(parse_cpu_list("0").value(), (CpuList{0}));
  EXPECT_EQ(parse_cpu_list("0-3,6").value(), (CpuList{0, 1, 2, 3, 6}));
  EXPECT_EQ(parse_cpu_list("6,0-2,1-3,6").value(), (CpuList{0, 1, 2, 3, 6}));
  EXPECT_EQ(parse_cpu_list("5-5").value(), (CpuList{5}));
  EXPECT_EQ(parse_cpu_list("4095").value(), (CpuList{4095}));
}

TEST(CpuListText, RefusesEverythingElse) {
  for (const char* text : {"", ",", "0,", ",0", "a", "0-", "-1", "3-1", "0 1", " 0", "0-3-5",
                           "4096", "0-4096", "99999999999", "0;1", "1.5", "0x1", "+1"}) {
    EXPECT_FALSE(parse_cpu_list(text).has_value()) << text;
  }
}

TEST(Cpus, PinsTheCallingThreadToEachCpuOfItsMask) {
  const auto cpus = affinity_cpus();
  ASSERT_TRUE(cpus.has_value());
  ASSERT_FALSE(cpus->empty());
  for (const int cpu : *cpus) {
    std::thread([cpu] {
      ASSERT_TRUE(pin_this_thread(cpu).has_value());
      EXPECT_EQ(sched_getcpu(), cpu);
      EXPECT_EQ(affinity_cpus().value(), CpuList{cpu});
    }).join();
  }
}

TEST(Cpus, PinningToACpuThatIsNotThereIsAnError) {
  std::thread([] {
    const Status status = pin_this_thread(4095);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, EINVAL);
  }).join();
}

TEST(Cpus, NamesTheCallingThreadAndCutsTheNameOff) {
  std::thread([] {
    char name[16];
    name_this_thread("tg-shard-0");
    ASSERT_EQ(pthread_getname_np(pthread_self(), name, sizeof name), 0);
    EXPECT_STREQ(name, "tg-shard-0");
    name_this_thread("tg-a-name-that-is-too-long");
    ASSERT_EQ(pthread_getname_np(pthread_self(), name, sizeof name), 0);
    EXPECT_STREQ(name, "tg-a-name-that-");
  }).join();
}

}  // namespace
}  // namespace core
