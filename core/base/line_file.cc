#include "core/base/line_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace core {
namespace {

int open_for_append(const std::string& path) noexcept {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

// The number of bytes written before the first failure.
std::size_t write_all(int fd, std::string_view bytes) noexcept {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t written = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
  }
  return done;
}

}  // namespace

Result<std::unique_ptr<LineFile>> LineFile::open(const std::string& path) {
  const int fd = open_for_append(path);
  if (fd < 0) return std::unexpected(errno_error("open log file"));
  return std::unique_ptr<LineFile>(new LineFile(fd, path));
}

std::unique_ptr<LineFile> LineFile::borrow(int fd) {
  return std::unique_ptr<LineFile>(new LineFile(fd, {}));
}

LineFile::LineFile(int fd, std::string path) noexcept : fd_(fd), path_(std::move(path)) {}

LineFile::~LineFile() {
  if (!path_.empty()) ::close(fd_);
}

std::uint64_t LineFile::write(std::string_view lines) noexcept {
  if (cut_) cut_ = write_all(fd_, "\n") != 1;
  const std::size_t done = cut_ ? 0 : write_all(fd_, lines);
  if (done > 0) cut_ = lines[done - 1] != '\n';
  const std::string_view lost = lines.substr(done);
  return static_cast<std::uint64_t>(std::ranges::count(lost, '\n'));
}

Status LineFile::reopen() noexcept {
  if (path_.empty()) return {};
  const int fd = open_for_append(path_);
  if (fd < 0) return std::unexpected(errno_error("reopen log file"));
  ::close(std::exchange(fd_, fd));
  cut_ = false;
  return {};
}

}  // namespace core
