// The limiter table's file, mapped once, at an address that stays; it grows under the mapping.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace storage {

// Makes every byte of [from, to) of the file a block on disk, without changing what is in it, and
// the file at least that long. ENOSPC or EFBIG: what was there is as it was.
core::Status allocate_blocks(int fd, std::uint64_t from, std::uint64_t to) noexcept;

// Within size() every byte has a block on disk: a store into a hole of a full disk would be a
// SIGBUS. Beyond it the address space is reserved and must not be touched.
//
// Threads: extend() from one; all else from any.
class MappedFile {
 public:
  // Maps an existing file, with `address_bytes` set aside for its growth. Blocks that the file
  // lacks (copied sparsely) are allocated first. Errors: none such, no space, no address space.
  static core::Result<std::unique_ptr<MappedFile>> open(const std::string& path,
                                                        std::uint64_t address_bytes);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::byte* data() const noexcept { return base_; }
  std::uint64_t size() const noexcept { return size_.load(std::memory_order_acquire); }

  // Grows the file to at least `bytes`; what is new reads as zeros. An error leaves everything
  // usable as it was: no space, or beyond the address space (EFBIG).
  core::Status extend(std::uint64_t bytes) noexcept;

  // What was stored in the first `bytes` before is on disk when this returns.
  core::Status sync(std::uint64_t bytes) noexcept;

  // Reads [from, to) in from the disk and maps it, so that nobody waits for it later. A kernel that
  // can't (before 5.14) reads ahead instead.
  void bring_in(std::uint64_t from, std::uint64_t to) noexcept;

 private:
  MappedFile(int fd, std::byte* base, std::uint64_t size, std::uint64_t address_bytes) noexcept
      : fd_(fd), base_(base), address_bytes_(address_bytes), size_(size) {}

  const int fd_;
  std::byte* const base_;
  const std::uint64_t address_bytes_;
  std::atomic<std::uint64_t> size_;
};

}  // namespace storage
