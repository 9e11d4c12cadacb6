// A ring of usage records in a mapped file: one shard puts records in, the usage writer takes them
// out. What was published is the kernel's: it survives the process.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"

namespace storage {

inline constexpr std::size_t kUsageRingHeaderBytes = 4096;
inline constexpr std::size_t kUsageRingBytesMin = std::size_t{64} << 10;
inline constexpr std::size_t kUsageRingBytesMax = std::size_t{1} << 30;

// Positions count bytes since the ring was made: they only grow, and the record that ends at a
// position has that position as its sequence number.
//
// Shared:    the producer moves tail, the consumer moves head; everyone may read both.
// Bound:     tail - head <= capacity; the producer checks (usage_sink.h).
// Wrap:      the file is mapped twice in a row, so that `capacity` bytes are contiguous from any
//            position: no record and no batch is ever split.
// Proven by: tests/unit/storage/usage_ring_test.cc, against a naive model and under TSan.
class UsageRing {
 public:
  // Makes DIR/<id>.ring with blocks set aside (a hole would be a SIGBUS on a full disk) and pages
  // faulted in. Requires: capacity is a power of two within the bounds above.
  static core::Result<std::unique_ptr<UsageRing>> create(const std::string& dir,
                                                         std::size_t capacity,
                                                         core::Random& random);

  // Maps a ring that an earlier process left. Fails with EBADMSG if its header is damaged, with
  // another error if it is of a newer format or the system refuses.
  static core::Result<std::unique_ptr<UsageRing>> open(const std::string& path);

  ~UsageRing();
  UsageRing(const UsageRing&) = delete;
  UsageRing& operator=(const UsageRing&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::uint64_t id() const noexcept { return id_; }
  std::uint64_t epoch() const noexcept { return epoch_; }
  std::size_t capacity() const noexcept { return capacity_; }

  // The bytes at a position; `capacity` of them may be addressed.
  std::byte* at(std::uint64_t position) const noexcept {
    return data_ + (position & (capacity_ - 1));
  }

  // Up to here records are published. Acquire: their bytes are there. Sequentially consistent, as
  // is the store, because a producer looks at the doorbell after it (usage_doorbell.h).
  std::uint64_t tail() const noexcept { return word(kTailAt).load(std::memory_order_seq_cst); }
  void set_tail(std::uint64_t position) noexcept {
    word(kTailAt).store(position, std::memory_order_seq_cst);
  }

  // Up to here records are on disk elsewhere, and their room may be used again.
  std::uint64_t head() const noexcept { return word(kHeadAt).load(std::memory_order_acquire); }
  void set_head(std::uint64_t position) noexcept {
    word(kHeadAt).store(position, std::memory_order_release);
  }

 private:
  // One cache line each, away from each other and from the header's constants.
  static constexpr std::size_t kTailAt = 128;
  static constexpr std::size_t kHeadAt = 256;

  UsageRing() = default;
  core::Status map(int fd, std::size_t capacity) noexcept;
  void prefault() noexcept;
  std::atomic_ref<std::uint64_t> word(std::size_t offset) const noexcept {
    return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(base_ + offset));
  }

  std::string path_;
  std::byte* base_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t capacity_ = 0;
  std::uint64_t id_ = 0;
  std::uint64_t epoch_ = 0;
};

}  // namespace storage
