// Operating errors (disk full, peer reset) as values. Outcomes of the domain are plain enums
// instead.
#pragma once

#include <expected>
#include <string>

namespace core {

// What failed and why: 16 bytes, no allocation. Text is made once, at the edge, by describe().
struct [[nodiscard]] Error {
  const char* what = "";  // A string literal: the operation, as in "open usage segment".
  int code = 0;  // An errno value, or a code of the library that `what` names; 0 if neither.
};

template <typename T>
using Result = std::expected<T, Error>;

using Status = std::expected<void, Error>;

// "open usage segment: No space left on device (28)".
std::string describe(const Error& error);

// An Error from the calling thread's errno.
Error errno_error(const char* what) noexcept;

// Spells out that a failure is ignored on purpose; `reason` is for the reader.
template <typename T>
void ignore(const std::expected<T, Error>& result, const char* reason) {
  static_cast<void>(result);
  static_cast<void>(reason);
}

}  // namespace core
