// Broken invariants stop the process. CHECK is on in every build; DCHECK only where NDEBUG is
// unset, for places where a benchmark showed what CHECK costs.
#pragma once

namespace core {

// Prints one line naming the broken condition to stderr, then aborts. Allocates nothing.
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace core

#define CHECK(condition)                             \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::core::check_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define DCHECK(condition) static_cast<void>(0)
#else
#define DCHECK(condition) CHECK(condition)
#endif
