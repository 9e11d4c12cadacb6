#include "core/base/result.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace core {

std::string describe(const Error& error) {
  if (error.code == 0) return error.what;
  return fmt::format("{}: {} ({})", error.what, std::generic_category().message(error.code),
                     error.code);
}

Error errno_error(const char* what) noexcept { return Error{what, errno}; }

}  // namespace core
