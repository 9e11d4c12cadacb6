// The disk as the usage log sees it: a seam, so that tests refuse writes and drop unsynced ones.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace storage {

// One open segment file.
//
// Owner: reads from any thread at once; all else from one thread.
class UsageFile {
 public:
  virtual ~UsageFile() = default;

  // Writes all of `data` at `offset`.
  virtual core::Status write(std::uint64_t offset, core::Bytes data) noexcept = 0;

  // The same for two pieces in a row, with one system call.
  virtual core::Status write_two(std::uint64_t offset, core::Bytes first,
                                 core::Bytes second) noexcept = 0;

  // Reads up to out.size() bytes; fewer only at the end of the file.
  virtual core::Result<std::size_t> read(std::uint64_t offset,
                                         core::MutableBytes out) const noexcept = 0;

  // What was written is on disk when this returns. After a failure nothing is known about any byte
  // written since the last success: the file must not be written again.
  virtual core::Status sync_data() noexcept = 0;

  // Sets `bytes` of blocks aside and makes the file that long; what was not written reads as zeros.
  virtual core::Status allocate(std::uint64_t bytes) noexcept = 0;

  virtual core::Status truncate(std::uint64_t bytes) noexcept = 0;
  virtual core::Result<std::uint64_t> size() const noexcept = 0;
};

// Where segment files lie.
//
// Shared: open_to_read() and list() from any thread; all else from one thread.
class UsageDisk {
 public:
  virtual ~UsageDisk() = default;

  virtual core::Status make_dir(const std::string& path) noexcept = 0;

  // File names in a directory, in no order.
  virtual core::Result<std::vector<std::string>> list(const std::string& dir) const noexcept = 0;

  // A new file, which must not exist yet, mode 0600.
  virtual core::Result<std::unique_ptr<UsageFile>> create(const std::string& path) noexcept = 0;

  // An existing file, to read and to repair.
  virtual core::Result<std::unique_ptr<UsageFile>> open_to_repair(
      const std::string& path) noexcept = 0;
  virtual core::Result<std::unique_ptr<UsageFile>> open_to_read(
      const std::string& path) const noexcept = 0;

  virtual core::Status remove(const std::string& path) noexcept = 0;

  // Names made or removed in `dir` are on disk when this returns.
  virtual core::Status sync_dir(const std::string& dir) noexcept = 0;
};

// The kernel's files.
UsageDisk& kernel_disk() noexcept;

}  // namespace storage
