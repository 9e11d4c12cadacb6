#include "storage/usage_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace storage {
namespace {

class KernelFile final : public UsageFile {
 public:
  explicit KernelFile(int fd) noexcept : fd_(fd) {}
  ~KernelFile() override { ::close(fd_); }
  KernelFile(const KernelFile&) = delete;
  KernelFile& operator=(const KernelFile&) = delete;

  core::Status write(std::uint64_t offset, core::Bytes data) noexcept override {
    return write_two(offset, data, {});
  }

  core::Status write_two(std::uint64_t offset, core::Bytes first,
                         core::Bytes second) noexcept override {
    while (!first.empty() || !second.empty()) {
      const std::array<iovec, 2> pieces{{{const_cast<std::byte*>(first.data()), first.size()},
                                         {const_cast<std::byte*>(second.data()), second.size()}}};
      const ssize_t done = ::pwritev(fd_, pieces.data(), 2, static_cast<off_t>(offset));
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return std::unexpected(core::errno_error("write usage segment"));
      if (done == 0) return std::unexpected(core::Error{"write usage segment", ENOSPC});
      const auto bytes = static_cast<std::size_t>(done);
      const std::size_t of_first = bytes < first.size() ? bytes : first.size();
      first = first.subspan(of_first);
      second = second.subspan(bytes - of_first);
      offset += bytes;
    }
    return {};
  }

  core::Result<std::size_t> read(std::uint64_t offset,
                                 core::MutableBytes out) const noexcept override {
    std::size_t got = 0;
    while (got < out.size()) {
      const ssize_t done =
          ::pread(fd_, out.data() + got, out.size() - got, static_cast<off_t>(offset + got));
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return std::unexpected(core::errno_error("read usage segment"));
      if (done == 0) break;
      got += static_cast<std::size_t>(done);
    }
    return got;
  }

  core::Status sync_data() noexcept override {
    if (::fdatasync(fd_) != 0) return std::unexpected(core::errno_error("sync usage segment"));
    return {};
  }

  core::Status allocate(std::uint64_t bytes) noexcept override {
    if (::fallocate(fd_, 0, 0, static_cast<off_t>(bytes)) != 0) {
      return std::unexpected(core::errno_error("set room aside for usage segment"));
    }
    return {};
  }

  core::Status truncate(std::uint64_t bytes) noexcept override {
    if (::ftruncate(fd_, static_cast<off_t>(bytes)) != 0) {
      return std::unexpected(core::errno_error("truncate usage segment"));
    }
    return {};
  }

  core::Result<std::uint64_t> size() const noexcept override {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) return std::unexpected(core::errno_error("stat usage segment"));
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  const int fd_;
};

core::Result<std::unique_ptr<UsageFile>> open_file(const std::string& path, int flags) noexcept {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(core::errno_error("open usage segment"));
  return std::make_unique<KernelFile>(fd);
}

class KernelDisk final : public UsageDisk {
 public:
  core::Status make_dir(const std::string& path) noexcept override {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
      return std::unexpected(core::errno_error("make usage directory"));
    }
    return {};
  }

  core::Result<std::vector<std::string>> list(const std::string& dir) const noexcept override {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(dir.c_str()), ::closedir);
    if (!stream) return std::unexpected(core::errno_error("list usage directory"));
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    if (errno != 0) return std::unexpected(core::errno_error("list usage directory"));
    return names;
  }

  core::Result<std::unique_ptr<UsageFile>> create(const std::string& path) noexcept override {
    return open_file(path, O_RDWR | O_CREAT | O_EXCL);
  }
  core::Result<std::unique_ptr<UsageFile>> open_to_repair(
      const std::string& path) noexcept override {
    return open_file(path, O_RDWR);
  }
  core::Result<std::unique_ptr<UsageFile>> open_to_read(
      const std::string& path) const noexcept override {
    return open_file(path, O_RDONLY);
  }

  core::Status remove(const std::string& path) noexcept override {
    if (::unlink(path.c_str()) != 0) {
      return std::unexpected(core::errno_error("remove usage file"));
    }
    return {};
  }

  core::Status sync_dir(const std::string& dir) noexcept override {
    const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return std::unexpected(core::errno_error("open usage directory"));
    const int failed = ::fsync(fd);
    const core::Error error = core::errno_error("sync usage directory");
    ::close(fd);
    if (failed != 0) return std::unexpected(error);
    return {};
  }
};

}  // namespace

UsageDisk& kernel_disk() noexcept {
  static KernelDisk disk;
  return disk;
}

}  // namespace storage
