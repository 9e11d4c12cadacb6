#include "core/runtime/uring_probe.h"

#include <cerrno>
#include <fstream>

#include "core/runtime/uring_ring.h"

namespace core {
namespace {

constexpr const char* kSeccompRemedy =
    "allow io_uring_setup, io_uring_enter and io_uring_register in the sandbox's profile "
    "(Docker and Podman: --security-opt seccomp=FILE; systemd: SystemCallFilter=@aio)";

// The value of the kernel's switch: 0 open to all, 1 to one group, 2 to nobody. 0 if there is none.
int io_uring_disabled(const std::string& root) {
  int value = 0;
  std::ifstream file(root + "/proc/sys/kernel/io_uring_disabled");
  return file >> value ? value : 0;
}

UringRefusal not_permitted(const Error& error, const std::string& root) {
  switch (io_uring_disabled(root)) {
    case 0:
      return {error,
              "a seccomp filter or security module forbids io_uring (default in containers; "
              "kernel.io_uring_disabled is 0)",
              kSeccompRemedy};
    case 1:
      return {error, "kernel.io_uring_disabled is 1: for CAP_SYS_ADMIN and one group only",
              "sysctl kernel.io_uring_disabled=0, or put the user into the group of "
              "kernel.io_uring_group"};
    default:
      return {error, "kernel.io_uring_disabled is 2: io_uring is off on this machine",
              "sysctl kernel.io_uring_disabled=0"};
  }
}

}  // namespace

std::string UringRefusal::line() const {
  return describe(error) + ": " + cause + ": " + remedy;
}

std::optional<UringRefusal> probe_uring() {
  UringOptions options;
  options.submissions = 8;
  options.completions = 16;
  options.buffers.count = 8;
  const auto ring = UringRing::open(options);
  if (ring) return std::nullopt;
  return explain_uring_refusal(ring.error());
}

UringRefusal explain_uring_refusal(const Error& error, const std::string& root) {
  switch (error.code) {
    case EPERM:
    case EACCES:
      return not_permitted(error, root);
    case ENOSYS:
      return {error,
              "the kernel is built without io_uring, or a seccomp filter hides it (see also "
              "kernel.io_uring_disabled)",
              std::string("use Linux 6.1 or newer with CONFIG_IO_URING, or ") + kSeccompRemedy};
    case EINVAL:
      return {error, "the kernel is older than Linux 6.1", "use Linux 6.1 or newer"};
    case ENOMEM:
      return {error,
              "no memory for the ring within the limits of this process (memory limits: cgroup "
              "memory.max, RLIMIT_MEMLOCK), or a seccomp filter or kernel.io_uring_disabled",
              "raise the memory limit (ulimit -l, LimitMEMLOCK=, MemoryMax=) or use fewer shards"};
    case EMFILE:
    case ENFILE:
      return {error, "no file descriptor is free", "raise the limit (ulimit -n, LimitNOFILE=)"};
    default:
      return {error,
              "the kernel refused io_uring (not seccomp's or kernel.io_uring_disabled's code)",
              "run `tollgate doctor`"};
  }
}

}  // namespace core
