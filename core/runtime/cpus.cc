#include "core/runtime/cpus.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>

namespace core {
namespace {

constexpr int kCpuMax = 4095;

// The kernel's mask may be wider than cpu_set_t's 1024; a set for kCpuMax fits every kernel.
struct WideCpuSet {
  std::array<cpu_set_t, (kCpuMax + 1) / CPU_SETSIZE> sets{};
};

// "50000 100000" or "max 100000" of cpu.max; none if unlimited or unreadable.
std::optional<double> read_v2_quota(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  double quota = 0;
  double period = 0;
  if (!(file >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

// -1 in cpu.cfs_quota_us says unlimited.
std::optional<double> read_v1_quota(const std::string& folder) {
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us");
  std::ifstream period_file(folder + "/cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  if (!(quota_file >> quota) || !(period_file >> period) || quota <= 0 || period <= 0) {
    return std::nullopt;
  }
  return quota / period;
}

using QuotaReader = std::optional<double> (*)(const std::string& folder);

// The least of the group's quota and its ancestors'. Inside a container the path may be the host's,
// which isn't there, with the container's own group mounted at the top: walking up finds it.
std::optional<double> least_quota(const std::string& mount, std::string group, QuotaReader read) {
  std::optional<double> least;
  for (;;) {
    if (const auto quota = read(mount + group)) least = std::min(least.value_or(*quota), *quota);
    const std::size_t slash = group.rfind('/');
    if (group.empty() || slash == std::string::npos) return least;
    group.resize(slash);
  }
}

bool names_cpu_controller(std::string_view controllers) {
  while (!controllers.empty()) {
    const std::size_t comma = controllers.find(',');
    if (controllers.substr(0, comma) == "cpu") return true;
    if (comma == std::string_view::npos) break;
    controllers.remove_prefix(comma + 1);
  }
  return false;
}

// Takes a CPU number off the front of `text`; -1 if there is none.
int take_cpu(std::string_view& text) {
  int cpu = -1;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), cpu);
  if (code != std::errc{} || cpu < 0 || cpu > kCpuMax) return -1;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return cpu;
}

}  // namespace

Result<CpuList> affinity_cpus() {
  WideCpuSet mask;
  if (sched_getaffinity(0, sizeof mask, mask.sets.data()) != 0) {
    return std::unexpected(errno_error("sched_getaffinity"));
  }
  CpuList cpus;
  for (int cpu = 0; cpu <= kCpuMax; ++cpu) {
    if (CPU_ISSET_S(cpu, sizeof mask, mask.sets.data())) cpus.push_back(cpu);
  }
  return cpus;
}

// Lines of /proc/self/cgroup are "0::/path" (version 2) and "4:cpu,cpuacct:/path" (version 1).
std::optional<double> cgroup_cpu_quota(const std::string& root) {
  std::optional<double> least;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    if (first == std::string::npos) continue;
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    const std::string top = root + "/sys/fs/cgroup";
    std::optional<double> quota;
    if (controllers.empty()) {
      quota = least_quota(top, group, read_v2_quota);
    } else if (names_cpu_controller(controllers)) {
      quota = least_quota(top + "/" + controllers, group, read_v1_quota);
      if (!quota) quota = least_quota(top + "/cpu", group, read_v1_quota);
    }
    if (quota) least = std::min(least.value_or(*quota), *quota);
  }
  return least;
}

int usable_cpus(int affinity, std::optional<double> quota) {
  const int limit = quota ? static_cast<int>(std::floor(std::min(*quota, 1e6))) : affinity;
  return std::max(1, std::min(affinity, limit));
}

Result<CpuList> parse_cpu_list(std::string_view text) {
  CpuList cpus;
  for (;;) {
    const int first = take_cpu(text);
    if (first < 0) return std::unexpected(Error{"CPU list: a number from 0 to 4095 is missing"});
    int last = first;
    if (text.starts_with('-')) {
      text.remove_prefix(1);
      last = take_cpu(text);
      if (last < 0) return std::unexpected(Error{"CPU list: a range has no end from 0 to 4095"});
      if (last < first) return std::unexpected(Error{"CPU list: a range runs backwards"});
    }
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    if (text.empty()) break;
    if (!text.starts_with(',')) {
      return std::unexpected(Error{"CPU list: only digits, '-' and ',' may be in it"});
    }
    text.remove_prefix(1);
  }
  std::ranges::sort(cpus);
  const auto twice = std::ranges::unique(cpus);
  cpus.erase(twice.begin(), twice.end());
  return cpus;
}

Status pin_this_thread(int cpu) {
  WideCpuSet mask;
  CPU_SET_S(static_cast<std::size_t>(cpu), sizeof mask, mask.sets.data());
  if (sched_setaffinity(0, sizeof mask, mask.sets.data()) != 0) {
    return std::unexpected(errno_error("pin a thread to a CPU"));
  }
  return {};
}

void name_this_thread(std::string_view name) {
  const std::string cut(name.substr(0, 15));
  pthread_setname_np(pthread_self(), cut.c_str());
}

}  // namespace core
