#include "core/base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstddef>

#include "core/base/check.h"

namespace core {

void KernelRandom::fill(MutableBytes out) noexcept {
  while (!out.empty()) {
    const ssize_t filled = getrandom(out.data(), out.size(), 0);
    // More than 256 bytes may be cut short by a signal.
    if (filled < 0 && errno == EINTR) continue;
    CHECK(filled > 0);
    out = out.subspan(static_cast<std::size_t>(filled));
  }
}

}  // namespace core
