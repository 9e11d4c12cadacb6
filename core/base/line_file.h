// A file that lines are appended to and that may be rotated under it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace core {

// Appends whole lines with O_APPEND, so that several processes may share the file.
//
// Shared: one thread at a time. The process ignores SIGPIPE, if it may be a pipe.
class LineFile {
 public:
  // Made with mode 0640 if it isn't there.
  static Result<std::unique_ptr<LineFile>> open(const std::string& path);

  // A descriptor that stays the caller's: standard output or error.
  static std::unique_ptr<LineFile> borrow(int fd);

  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  // Writes `lines`, which end with a line break. Where that fails, on a full disk or a closed pipe,
  // the rest is lost, and the number of lines lost is returned; a line that was cut is ended before
  // the next is written, so that one failure never spoils a later line.
  std::uint64_t write(std::string_view lines) noexcept;

  // Opens the path anew. If that fails the old file stays. Nothing for a borrowed descriptor.
  Status reopen() noexcept;

 private:
  LineFile(int fd, std::string path) noexcept;

  int fd_;
  std::string path_;  // Empty: borrowed.
  bool cut_ = false;  // The last byte written isn't a line break.
};

}  // namespace core
