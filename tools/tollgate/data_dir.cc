#include "tools/tollgate/data_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tollgate {
namespace {

std::string cause() {
  return std::generic_category().message(errno);
}

// The process that holds the lock wrote its id there.
std::string holder_of(int fd) {
  char text[32] = "";
  const ssize_t bytes = ::pread(fd, text, sizeof text - 1, 0);
  return bytes > 0 ? std::string(text, static_cast<std::size_t>(bytes)) : "unknown";
}

}  // namespace

std::expected<DataDir, std::string> DataDir::open(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    std::filesystem::create_directories(path, error);
    if (error) {
      return std::unexpected(
          fmt::format("can't make the data directory {}: {}", path, error.message()));
    }
    ::chmod(path.c_str(), 0700);
  }
  const std::string lock_path = path + "/lock";
  const int fd = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return std::unexpected(fmt::format(
        "can't write to the data directory {}: {}: check its owner and mode", path, cause()));
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    std::string message = fmt::format(
        "the data directory {} is held by another server (process {}): stop it, or "
        "choose another --data",
        path, holder_of(fd));
    ::close(fd);
    return std::unexpected(std::move(message));
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
    std::string message = fmt::format("can't write to the data directory {}: {}", path, cause());
    ::close(fd);
    return std::unexpected(std::move(message));
  }
  return DataDir(path, fd);
}

DataDir::~DataDir() {
  if (lock_ >= 0) ::close(lock_);
}

DataDir::DataDir(DataDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

}  // namespace tollgate
