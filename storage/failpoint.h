// Places at which a crash test lets the process die.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace storage {

// Kills the process (SIGKILL: nothing is flushed, no destructor runs) when the named place is
// passed for the N-th time. Made from "NAME" or "NAME:N"; from an empty text it does nothing.
//
// Shared: pass() from any thread.
class Failpoint {
 public:
  explicit Failpoint(std::string_view text);
  Failpoint(const Failpoint&) = delete;
  Failpoint& operator=(const Failpoint&) = delete;

  void pass(std::string_view name) noexcept;

 private:
  std::string name_;
  std::atomic<std::uint64_t> passes_left_{1};
};

}  // namespace storage
