// A shard's memory of the keys it has judged: digest -> record, in sets of 32.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/digest.h"
#include "core/domain/api_key.h"
#include "storage/zeroed_table.h"

namespace storage {

// Owner: one shard.
// Cost:  a hit is two cache misses when cold, one after the other: the set's tags, which are one
//        line, and the entry, whose two lines arrive together. With as many keys in use as there
//        are entries, 6 % of them find no room (the overflow of a Poisson distribution of mean 32).
class KeyCache {
 public:
  // What a look-up compares is in the first cache line, what it takes in the second.
  struct Entry {
    core::Digest digest;
    std::uint32_t version;  // The caller's: of what the record was read under.
    alignas(64) core::AuthRecord record;
  };
  static_assert(sizeof(Entry) == 128);

  // A place in a set, found by place().
  struct Place {
    std::size_t set;
    std::size_t way;
  };

  // Fewer than 32 entries are one set of so many. Requires: a power of two. No address space left
  // is a broken invariant.
  explicit KeyCache(std::size_t entries);

  // The entry of this digest, compared in constant time, or null. Valid until the next put().
  const Entry* find(const core::Digest& digest) noexcept;

  // Where the digest's entry is or may go: a free place, or else one that is given up. Fetches the
  // entry's lines, so that they are there when put() writes them.
  Place place(const core::Digest& digest) noexcept;
  void put(Place place, const Entry& entry) noexcept;

 private:
  static constexpr std::size_t kWays = 32;
  static constexpr std::size_t kTagsPerWord = 4;

  // 16 bits of each way's digest, never 0; 0 where the way is free. Four ways in a word, the first
  // in its low bits.
  struct alignas(64) Tags {
    std::array<std::uint64_t, kWays / kTagsPerWord> words;
  };
  struct Set {
    std::array<Entry, kWays> ways;
  };

  static std::uint64_t tag_of(const core::Digest& digest) noexcept;

  // The first way with this tag whose entry passes, or kWays.
  template <typename Passes>
  static std::size_t first_way(const Tags& tags, std::uint64_t tag, Passes&& passes) noexcept;

  const std::size_t ways_;
  ZeroedTable<Tags> tags_;
  ZeroedTable<Set> sets_;
  std::size_t next_victim_ = 0;
};

}  // namespace storage
