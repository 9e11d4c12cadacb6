#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace core {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "tollgate: broken invariant: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace core
