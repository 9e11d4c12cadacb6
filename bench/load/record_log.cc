#include "bench/load/record_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <utility>

namespace bench {

core::Result<RecordLog> RecordLog::create(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return std::unexpected(core::errno_error("create the record file"));
  return RecordLog(file);
}

RecordLog::RecordLog(RecordLog&& other) noexcept
    : file_(std::exchange(other.file_, -1)), lines_(std::move(other.lines_)) {}

RecordLog::~RecordLog() {
  if (file_ >= 0) ::close(file_);
}

void RecordLog::sent(std::string_view path, std::int64_t key_line) {
  if (key_line < 0) {
    fmt::format_to(std::back_inserter(lines_), "sent {} -\n", path);
  } else {
    fmt::format_to(std::back_inserter(lines_), "sent {} {}\n", path, key_line);
  }
}

void RecordLog::answered(std::string_view path, int status) {
  fmt::format_to(std::back_inserter(lines_), "answered {} {}\n", path, status);
}

void RecordLog::lost(std::string_view path, Failure why) {
  fmt::format_to(std::back_inserter(lines_), "lost {} {}\n", path, name_of(why));
}

core::Status RecordLog::flush() {
  std::string_view left = lines_;
  core::Status status;
  while (!left.empty() && status) {
    const ssize_t written = ::write(file_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      status = std::unexpected(core::errno_error("write the record file"));
    }
  }
  lines_.clear();
  return status;
}

}  // namespace bench
