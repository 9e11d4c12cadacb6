#include "tools/tollgate/secrets_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "core/base/digest.h"

namespace tollgate {
namespace {

using Key = std::array<std::byte, core::SecretBox::kKeyBytes>;
using Step = std::expected<void, std::string>;

std::unexpected<std::string> failed(const char* what, const std::string& path) {
  const std::string why = std::generic_category().message(errno);
  return std::unexpected(fmt::format("can't {} {}: {}", what, path, why));
}

// Closes a descriptor at the end of its block.
struct Closing {
  int fd;
  ~Closing() {
    if (fd >= 0) ::close(fd);
  }
};

Step read_key(const std::string& path, Key& key) {
  const Closing file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return failed("read the secrets' key", path);
  struct stat info {};
  if (::fstat(file.fd, &info) != 0) return failed("read the secrets' key", path);
  if ((info.st_mode & 077) != 0) {
    return std::unexpected(
        fmt::format("the secrets' key {} can be read by others: run chmod 600 {}", path, path));
  }
  const ssize_t bytes = ::read(file.fd, key.data(), key.size());
  if (bytes < 0) return failed("read the secrets' key", path);
  if (info.st_size != static_cast<off_t>(key.size()) || bytes != info.st_size) {
    return std::unexpected(
        fmt::format("the secrets' key {} does not have {} bytes: bring it back from a backup", path,
                    key.size()));
  }
  return {};
}

Step write_key(const std::string& path, const Key& key) {
  const Closing file{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)};
  const bool is_written =
      file.fd >= 0 && ::write(file.fd, key.data(), key.size()) == static_cast<ssize_t>(key.size());
  if (!is_written || ::fsync(file.fd) != 0) return failed("write the secrets' key to", path);
  return {};
}

// A key that is there is whole and on disk, whenever the power goes: nothing is sealed before.
Step make_key(const std::string& dir, const std::string& path, const Key& key) {
  const std::string unfinished = path + ".new";
  if (auto step = write_key(unfinished, key); !step) return step;
  const Closing folder{::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (std::rename(unfinished.c_str(), path.c_str()) != 0 || folder.fd < 0 ||
      ::fsync(folder.fd) != 0) {
    return failed("write the secrets' key to", path);
  }
  return {};
}

}  // namespace

std::expected<std::unique_ptr<core::SecretBox>, std::string> open_secret_box(
    const std::string& data_dir, core::Random& random) {
  const std::string path = data_dir + "/secrets.key";
  Key key;
  Step step;
  if (::access(path.c_str(), F_OK) == 0) {
    step = read_key(path, key);
  } else {
    random.fill(key);
    step = make_key(data_dir, path, key);
  }
  std::unique_ptr<core::SecretBox> box;
  if (step) box = std::make_unique<core::SecretBox>(key);
  core::wipe(key.data(), key.size());
  if (!step) return std::unexpected(step.error());
  return box;
}

}  // namespace tollgate
