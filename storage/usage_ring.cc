#include "storage/usage_ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>

#include "core/base/check.h"
#include "core/base/digest.h"
#include "core/base/hash.h"

namespace storage {
namespace {

// NOTE: part of the format.
constexpr std::uint64_t kMagic = 0x676e69722d6774;  // "tg-ring" and a zero, as stored.
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMagicAt = 0;
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kHeaderBytesAt = 12;
constexpr std::size_t kIdAt = 16;
constexpr std::size_t kEpochAt = 24;
constexpr std::size_t kCapacityAt = 32;
constexpr std::size_t kChecksumAt = 40;

// A descriptor for the length of one function: the mapping outlives it.
class ScopedFd {
 public:
  explicit ScopedFd(int fd) noexcept : fd_(fd) {}
  ~ScopedFd() {
    if (fd_ >= 0) ::close(fd_);
  }
  ScopedFd(const ScopedFd&) = delete;
  ScopedFd& operator=(const ScopedFd&) = delete;
  int get() const noexcept { return fd_; }

 private:
  const int fd_;
};

bool is_capacity(std::uint64_t bytes) noexcept {
  return std::has_single_bit(bytes) && bytes >= kUsageRingBytesMin && bytes <= kUsageRingBytesMax;
}

std::uint64_t header_checksum(const std::byte* base) noexcept {
  return core::xxhash64({base, kChecksumAt});
}

}  // namespace

core::Result<std::unique_ptr<UsageRing>> UsageRing::create(const std::string& dir,
                                                           std::size_t capacity,
                                                           core::Random& random) {
  CHECK(is_capacity(capacity));
  std::unique_ptr<UsageRing> ring(new UsageRing);
  std::array<std::byte, 16> nonce{};
  random.fill(nonce);
  ring->id_ = core::load<std::uint64_t>(nonce.data());
  ring->epoch_ = core::load<std::uint64_t>(nonce.data() + 8);
  ring->path_ = dir + "/" + core::to_hex(std::span(nonce).first<8>()) + ".ring";
  const ScopedFd fd(::open(ring->path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (fd.get() < 0) return std::unexpected(core::errno_error("create usage ring"));
  core::Status made;
  if (::fallocate(fd.get(), 0, 0, static_cast<off_t>(kUsageRingHeaderBytes + capacity)) != 0) {
    made = std::unexpected(core::errno_error("set room aside for usage ring"));
  } else {
    made = ring->map(fd.get(), capacity);
  }
  if (!made) {
    ::unlink(ring->path_.c_str());
    return std::unexpected(made.error());
  }
  std::byte* const base = ring->base_;
  core::store(base + kMagicAt, kMagic);
  core::store(base + kVersionAt, kVersion);
  core::store(base + kHeaderBytesAt, static_cast<std::uint32_t>(kUsageRingHeaderBytes));
  core::store(base + kIdAt, ring->id_);
  core::store(base + kEpochAt, ring->epoch_);
  core::store(base + kCapacityAt, static_cast<std::uint64_t>(capacity));
  core::store(base + kChecksumAt, header_checksum(base));
  ring->prefault();
  return ring;
}

core::Result<std::unique_ptr<UsageRing>> UsageRing::open(const std::string& path) {
  const ScopedFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (fd.get() < 0) return std::unexpected(core::errno_error("open usage ring"));
  std::array<std::byte, kChecksumAt + 8> header{};
  const ssize_t got = ::pread(fd.get(), header.data(), header.size(), 0);
  if (got < 0) return std::unexpected(core::errno_error("read usage ring"));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return std::unexpected(core::errno_error("stat usage ring"));
  const auto capacity = core::load<std::uint64_t>(header.data() + kCapacityAt);
  const bool is_ring =
      got == static_cast<ssize_t>(header.size()) &&
      core::load<std::uint64_t>(header.data() + kMagicAt) == kMagic &&
      core::load<std::uint64_t>(header.data() + kChecksumAt) == header_checksum(header.data());
  if (!is_ring) return std::unexpected(core::Error{"usage ring: its header is damaged", EBADMSG});
  if (core::load<std::uint32_t>(header.data() + kVersionAt) != kVersion) {
    return std::unexpected(core::Error{"usage ring: made by a newer version", 0});
  }
  if (!is_capacity(capacity) ||
      static_cast<std::uint64_t>(status.st_size) < kUsageRingHeaderBytes + capacity) {
    return std::unexpected(core::Error{"usage ring: the file is too short", EBADMSG});
  }
  std::unique_ptr<UsageRing> ring(new UsageRing);
  ring->path_ = path;
  ring->id_ = core::load<std::uint64_t>(header.data() + kIdAt);
  ring->epoch_ = core::load<std::uint64_t>(header.data() + kEpochAt);
  if (core::Status mapped = ring->map(fd.get(), capacity); !mapped) {
    return std::unexpected(mapped.error());
  }
  return ring;
}

UsageRing::~UsageRing() {
  if (base_ != nullptr) ::munmap(base_, kUsageRingHeaderBytes + 2 * capacity_);
}

core::Status UsageRing::map(int fd, std::size_t capacity) noexcept {
  if (::sysconf(_SC_PAGESIZE) != static_cast<long>(kUsageRingHeaderBytes)) {
    return std::unexpected(core::Error{"usage ring: pages must be of 4096 bytes", 0});
  }
  const std::size_t span = kUsageRingHeaderBytes + 2 * capacity;
  void* const base = ::mmap(nullptr, span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return std::unexpected(core::errno_error("reserve usage ring"));
  base_ = static_cast<std::byte*>(base);  // From here on the destructor unmaps.
  capacity_ = capacity;
  data_ = base_ + kUsageRingHeaderBytes;
  const int access = PROT_READ | PROT_WRITE;
  const int kind = MAP_SHARED | MAP_FIXED;
  if (::mmap(base_, kUsageRingHeaderBytes + capacity, access, kind, fd, 0) == MAP_FAILED ||
      ::mmap(data_ + capacity, capacity, access, kind, fd, kUsageRingHeaderBytes) == MAP_FAILED) {
    return std::unexpected(core::errno_error("map usage ring"));
  }
  return {};
}

void UsageRing::prefault() noexcept {
  // The second mapping is written by records across the end alone: its first page. A kernel without
  // MADV_POPULATE_WRITE (before 5.14) faults pages in as they are first used.
  ::madvise(base_, kUsageRingHeaderBytes + capacity_, MADV_POPULATE_WRITE);
  ::madvise(data_ + capacity_, kUsageRingHeaderBytes, MADV_POPULATE_WRITE);
}

}  // namespace storage
