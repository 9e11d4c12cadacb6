// The operational log: what an operator should know, one line each. Secrets (keys, tokens, webhook
// secrets, request bodies) are never passed to it, not even at debug level. Requests have a log of
// their own (core/base/access_log.h).
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"

namespace core {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError, kOff };

// "debug", "info", "warn", "error", "off".
std::string_view name_of(LogLevel level) noexcept;
std::optional<LogLevel> parse_log_level(std::string_view name) noexcept;

// Where lines go; a seam, so that a test or a simulated run can collect them. Components take a
// Log& in their constructor.
//
// Shared: the methods below may be called from any thread if the implementation says so, as
//         ServerLog does.
class Log {
 public:
  virtual ~Log() = default;

  bool enabled(LogLevel level) const noexcept { return level >= lowest_; }

  // fmt's format strings, checked by the compiler. Arguments may hold hostile bytes.
  template <typename... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    line(LogLevel::kDebug, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    line(LogLevel::kInfo, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    line(LogLevel::kWarn, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    line(LogLevel::kError, format, std::forward<Args>(args)...);
  }

 protected:
  explicit Log(LogLevel lowest) noexcept : lowest_(lowest) {}

  // One message, without a line break of its own. Called for enabled levels only.
  virtual void write(LogLevel level, std::string_view message) = 0;

 private:
  template <typename... Args>
  void line(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
    if (!enabled(level)) return;
    fmt::memory_buffer text;
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
    write(level, {text.data(), text.size()});
  }

  LogLevel lowest_;
};

// Discards everything, without formatting it.
class NullLog final : public Log {
 public:
  NullLog() noexcept : Log(LogLevel::kOff) {}

 private:
  void write(LogLevel, std::string_view) override {}
};

// The server's log: "2026-01-02T03:04:05.000006Z warn  the message". Control characters, and bytes
// that are not UTF-8, are written as \xNN, so that a message is always one line and can't forge
// another.
//
// Shared: all members may be called from any thread at once. Lines are put in a queue, and a thread
//         of its own writes them: no caller ever waits for the disk or the terminal.
// Bound:  kQueueLines; beyond it the oldest waiting lines are dropped and counted.
// Proven by: tests/unit/core/base/log_test.cc.
class ServerLog final : public Log {
 public:
  static constexpr std::size_t kQueueLines = 4096;

  struct Options {
    std::string file;  // Appended to, made with mode 0640. Empty: stderr.
    LogLevel lowest = LogLevel::kInfo;
  };

  // Starts the thread, which inherits the caller's signal mask.
  static Result<std::unique_ptr<ServerLog>> open(const Options& options);

  // Writes what is queued.
  ~ServerLog() override;

  // Opens the file anew by its name, after a rotation (SIGHUP). If that fails the old file stays.
  // Lines that are still queued go to the new file.
  Status reopen();

  // Lines lost, to a full queue or a write that failed.
  std::uint64_t dropped() const;

 private:
  class Queue;

  ServerLog(LogLevel lowest, std::unique_ptr<Queue> queue) noexcept;
  void write(LogLevel level, std::string_view message) override;

  std::unique_ptr<Queue> queue_;
};

}  // namespace core
