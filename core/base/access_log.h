// The access log: one JSON object a line for each request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace core {

// Takes finished lines from the shards and appends them to a file. A line never waits: it is copied
// into the lane of its shard, a ring of bytes, or dropped and counted if the lane is full. No lock,
// no allocation; a system call once per half a lane at most, to wake the writer. A thread of its
// own drains the lanes, at least each kDrainMs. Lines of one lane keep their order, lines of
// different lanes don't: each carries its own time.
//
// Lines are made with core::JsonWriter, which keeps hostile bytes from breaking the line. Keys,
// tokens and query strings do not belong in them.
//
// Shared: append() by the one thread that owns the lane; the rest by any thread.
// Bound:  lane_bytes a lane. A disk that fails or is full costs lines, never a request.
// Proven by: tests/unit/core/base/access_log_test.cc, also under TSan.
class AccessLog {
 public:
  static constexpr int kDrainMs = 50;

  struct Options {
    std::string file;                      // Appended to, made with mode 0640. "-": stdout.
    std::size_t lanes = 1;                 // One a shard.
    std::size_t lane_bytes = 1024 * 1024;  // A power of two; 1 MiB holds about 4000 lines.
  };

  // Starts the thread, which inherits the caller's signal mask.
  static Result<std::unique_ptr<AccessLog>> open(const Options& options);

  // Writes what is in the lanes. Every append() has returned before.
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  // `line` comes without a line break and must not contain one. False: dropped, and counted.
  bool append(std::size_t lane, std::string_view line) noexcept;

  // Opens the file anew by its name, after a rotation (SIGHUP); lines appended before the call are
  // in the old file. If that fails the old file stays.
  Status reopen();

  // Returns when every line appended before the call is written.
  void flush();

  // Lines lost since the start, to a full lane or a write that failed.
  std::uint64_t dropped() const noexcept;

 private:
  class Writer;

  explicit AccessLog(std::unique_ptr<Writer> writer) noexcept;

  std::unique_ptr<Writer> writer_;
};

}  // namespace core
