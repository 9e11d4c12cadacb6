#include "storage/limiter_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "core/base/hash.h"
#include "storage/mapped_file.h"

namespace storage {
namespace {

constexpr std::array<char, 8> kMagic = {'T', 'G', 'L', 'I', 'M', 'T', 'B', 'L'};
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kSlotsAtAt = 12;
constexpr std::size_t kSlotBytesAt = 16;
constexpr std::size_t kChecksumAt = 24;
constexpr std::size_t kHeaderBytes = 32;

constexpr std::size_t kCopyBytes = 1 << 20;
constexpr std::size_t kBucketAt = offsetof(LimiterSlot, bucket);

// Closes its descriptor; what matters about that is known from fsync before.
class OpenFile {
 public:
  explicit OpenFile(int fd) noexcept : fd_(fd) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

core::Status write_all(int fd, core::Bytes bytes, std::uint64_t at) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::unexpected(core::errno_error("write limiter table"));
    at += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

core::Status sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const OpenFile dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.fd() < 0 || fsync(dir.fd()) != 0) {
    return std::unexpected(core::errno_error("sync the limiter table's folder"));
  }
  return {};
}

// All that lies before the slots.
std::vector<std::byte> make_front(const LimiterBirth& birth) {
  std::vector<std::byte> front(kLimiterSlotsAt);
  std::byte* header = front.data();
  std::memcpy(header, kMagic.data(), kMagic.size());
  core::store(header + kVersionAt, kLimiterFileVersion);
  core::store(header + kSlotsAtAt, static_cast<std::uint32_t>(kLimiterSlotsAt));
  core::store(header + kSlotBytesAt, static_cast<std::uint32_t>(sizeof(LimiterSlot)));
  core::store(header + kChecksumAt, core::xxhash64({header, kChecksumAt}));
  LimiterClock::start({header + kLimiterClockAt, LimiterClock::kBytes}, birth.boot, birth.now,
                      birth.limiter_now);
  TwinRecord state({header + kLimiterStateAt, TwinRecord::kBytes});
  const core::Bytes payload{reinterpret_cast<const std::byte*>(&birth.state), sizeof birth.state};
  state.write(payload);
  state.write(payload);
  return front;
}

core::Status copy_slots(int fd, core::Bytes file, std::uint64_t shift_units) {
  std::vector<std::byte> buffer;
  buffer.reserve(kCopyBytes);
  for (std::size_t at = kLimiterSlotsAt; at < file.size(); at += kCopyBytes) {
    const core::Bytes part = file.subspan(at, std::min(kCopyBytes, file.size() - at));
    buffer.assign(part.begin(), part.end());
    for (std::size_t slot = 0; slot + sizeof(LimiterSlot) <= buffer.size();
         slot += sizeof(LimiterSlot)) {
      std::byte* word = buffer.data() + slot + kBucketAt;
      core::store(word, core::bucket_rebased(core::load<std::uint64_t>(word), shift_units));
    }
    if (const core::Status done = write_all(fd, buffer, at); !done) return done;
  }
  return {};
}

core::Status fill_file(int fd, const LimiterBirth& birth, core::Bytes file,
                       std::uint64_t shift_units) {
  const std::uint64_t size = std::max<std::uint64_t>(file.size(), kLimiterFileBytesMin);
  if (const core::Status done = allocate_blocks(fd, 0, size); !done) return done;
  if (const core::Status done = write_all(fd, make_front(birth), 0); !done) return done;
  if (const core::Status done = copy_slots(fd, file, shift_units); !done) return done;
  if (fsync(fd) != 0) return std::unexpected(core::errno_error("sync limiter table"));
  return {};
}

}  // namespace

std::uint64_t grown_size(std::uint64_t size, std::uint64_t needed) noexcept {
  while (size < needed) size += std::clamp(size, kLimiterFileBytesMin, kLimiterGrowthBytesMax);
  return size;
}

core::Status check_limiter_header(core::Bytes file) noexcept {
  const auto fault = [](const char* what) { return std::unexpected(core::Error{what, 0}); };
  if (file.size() < kLimiterFileBytesMin) return fault("limiter table: too short");
  const std::byte* header = file.data();
  if (std::memcmp(header, kMagic.data(), kMagic.size()) != 0) {
    return fault("limiter table: not a limiter table");
  }
  if (core::load<std::uint32_t>(header + kVersionAt) > kLimiterFileVersion) {
    return fault("limiter table: written by a newer version");
  }
  static_assert(kChecksumAt + sizeof(std::uint64_t) == kHeaderBytes);
  if (core::load<std::uint64_t>(header + kChecksumAt) != core::xxhash64({header, kChecksumAt})) {
    return fault("limiter table: its header is damaged");
  }
  if (core::load<std::uint32_t>(header + kVersionAt) != kLimiterFileVersion ||
      core::load<std::uint32_t>(header + kSlotsAtAt) != kLimiterSlotsAt ||
      core::load<std::uint32_t>(header + kSlotBytesAt) != sizeof(LimiterSlot)) {
    return fault("limiter table: of an unknown layout");
  }
  return {};
}

core::Status write_limiter_file(const std::string& path, const LimiterBirth& birth,
                                core::Bytes file, std::uint64_t shift_units) {
  const std::string unfinished = path + ".new";
  {
    const OpenFile out(
        ::open(unfinished.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (out.fd() < 0) return std::unexpected(core::errno_error("create limiter table"));
    if (const core::Status done = fill_file(out.fd(), birth, file, shift_units); !done) {
      ::unlink(unfinished.c_str());  // Gives the space back; the name may stay, it is overwritten.
      return done;
    }
  }
  if (::rename(unfinished.c_str(), path.c_str()) != 0) {
    return std::unexpected(core::errno_error("name limiter table"));
  }
  return sync_folder_of(path);
}

}  // namespace storage
