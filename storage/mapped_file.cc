#include "storage/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/check.h"

namespace storage {
namespace {

constexpr std::uint64_t kPageBytes = 4096;

core::Result<std::byte*> map_file(int fd, std::uint64_t address_bytes) noexcept {
  // Longer than the file on purpose: pages behind its end come to life when it grows.
  void* base =
      mmap(nullptr, address_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (base == MAP_FAILED) return std::unexpected(core::errno_error("map limiter table"));
  return static_cast<std::byte*>(base);
}

}  // namespace

core::Status allocate_blocks(int fd, std::uint64_t from, std::uint64_t to) noexcept {
  if (from == to) return {};
  int error = EINTR;
  while (error == EINTR) {
    error = posix_fallocate(fd, static_cast<off_t>(from), static_cast<off_t>(to - from));
  }
  if (error != 0) return std::unexpected(core::Error{"allocate limiter table", error});
  return {};
}

core::Result<std::unique_ptr<MappedFile>> MappedFile::open(const std::string& path,
                                                           std::uint64_t address_bytes) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return std::unexpected(core::errno_error("open limiter table"));
  const auto fail = [fd](const core::Error& error) {
    ::close(fd);
    return std::unexpected(error);
  };
  struct stat status = {};
  if (fstat(fd, &status) != 0) return fail(core::errno_error("stat limiter table"));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > address_bytes) return fail({"map limiter table: larger than its space", EFBIG});
  if (const core::Status whole = allocate_blocks(fd, 0, size); !whole) return fail(whole.error());
  const core::Result<std::byte*> base = map_file(fd, address_bytes);
  if (!base) return fail(base.error());
  return std::unique_ptr<MappedFile>(new MappedFile(fd, *base, size, address_bytes));
}

MappedFile::~MappedFile() {
  munmap(base_, address_bytes_);
  ::close(fd_);
}

core::Status MappedFile::extend(std::uint64_t bytes) noexcept {
  const std::uint64_t size = size_.load(std::memory_order_relaxed);
  if (bytes <= size) return {};
  if (bytes > address_bytes_) {
    return std::unexpected(core::Error{"grow limiter table: its address space is used up", EFBIG});
  }
  if (const core::Status grown = allocate_blocks(fd_, size, bytes); !grown) return grown;
  size_.store(bytes, std::memory_order_release);
  return {};
}

core::Status MappedFile::sync(std::uint64_t bytes) noexcept {
  CHECK(bytes <= size());
  if (msync(base_, bytes, MS_SYNC) != 0) {
    return std::unexpected(core::errno_error("sync limiter table"));
  }
  return {};
}

void MappedFile::bring_in(std::uint64_t from, std::uint64_t to) noexcept {
  CHECK(from <= to && to <= size());
  const std::uint64_t page = from / kPageBytes * kPageBytes;
  if (madvise(base_ + page, to - page, MADV_POPULATE_READ) == 0) return;
  // Advice only: what stays on the disk is read when it is touched.
  static_cast<void>(madvise(base_ + page, to - page, MADV_WILLNEED));
}

}  // namespace storage
