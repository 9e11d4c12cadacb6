// A table of entries that costs no memory until an entry is used: zero pages of the kernel.
#pragma once

#include <sys/mman.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "core/base/check.h"

namespace storage {

// Entries begin as zero bytes, in pages of their own; each is found by the low bits of a hash.
// Owner: one thread.
template <typename Entry>
class ZeroedTable {
 public:
  static_assert(std::is_trivially_copyable_v<Entry> && alignof(Entry) <= 4096);

  // Requires: a power of two. No address space left is a broken invariant.
  explicit ZeroedTable(std::size_t entries) : mask_(entries - 1) {
    CHECK(std::has_single_bit(entries));
    void* const pages = ::mmap(nullptr, entries * sizeof(Entry), PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(pages != MAP_FAILED);
    entries_ = static_cast<Entry*>(pages);
  }
  ~ZeroedTable() { CHECK(::munmap(entries_, (mask_ + 1) * sizeof(Entry)) == 0); }
  ZeroedTable(const ZeroedTable&) = delete;
  ZeroedTable& operator=(const ZeroedTable&) = delete;

  Entry& operator[](std::uint64_t hash) noexcept { return entries_[hash & mask_]; }

 private:
  const std::size_t mask_;
  Entry* entries_ = nullptr;
};

}  // namespace storage
