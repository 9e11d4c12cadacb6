// Whether this process may use io_uring as UringRing does, and if not, what the user can do about
// it.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"

namespace core {

// What one line of an error message or of `doctor` needs.
struct UringRefusal {
  Error error;         // The call that was refused, and its errno.
  std::string cause;   // "a seccomp filter forbids it, as the default one of Docker does"
  std::string remedy;  // "allow io_uring_setup, ..."

  // "io_uring_setup: Operation not permitted (1): CAUSE: REMEDY", without a line end.
  std::string line() const;
};

// Opens a small ring on the calling thread, with all that a real one needs, and closes it. Call it
// after privileges are dropped. No value: io_uring works.
std::optional<UringRefusal> probe_uring();

// Explains a failure of UringRing::open(). `root` is "/" but in tests: the kernel's switch is read
// from proc/sys/kernel/io_uring_disabled below it.
UringRefusal explain_uring_refusal(const Error& error, const std::string& root = "/");

}  // namespace core
