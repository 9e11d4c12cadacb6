// Which CPUs the process may use, and putting threads on them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace core {

// CPU numbers as in /proc/cpuinfo, ascending, each once.
using CpuList = std::vector<int>;

// The CPUs of the calling thread's affinity mask. Called before threads are pinned, they are those
// of the process.
Result<CpuList> affinity_cpus();

// What the control groups of this process and their ancestors allow, in CPUs (1.5: 150 ms of run
// time each 100 ms); none if there is no limit. Reads version 2 (cpu.max) and version 1
// (cpu.cfs_quota_us). `root` is "/" but in tests.
std::optional<double> cgroup_cpu_quota(const std::string& root = "/");

// How many shards keep the CPUs that we may use busy: `affinity` of them, or less under a quota. A
// quota is rounded down, but to 1 at least: a shard that is throttled stalls all its connections
// for up to 100 ms, and the other threads need some time too.
int usable_cpus(int affinity, std::optional<double> quota);

// Reads "0-3,6". An empty list, a number above 4095, a range that runs backwards or anything else
// that is not this format is an error whose `what` names it. The order of the text does not matter.
Result<CpuList> parse_cpu_list(std::string_view text);

// Puts the calling thread on one CPU.
Status pin_this_thread(int cpu);

// Names the calling thread, as top -H shows it; cut off after 15 bytes.
void name_this_thread(std::string_view name);

}  // namespace core
