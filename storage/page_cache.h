// First pages of tenants' rows, ready to be copied out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/resource_row.h"
#include "storage/catalog_codec.h"

namespace storage {

// Keeps one page per place, the place chosen by the rows' tenant and resource.
//
// Owner: one shard. Bound: `entries` pages of `bytes` in all; a page of more than 1/8 of that is
// not
//        kept. To make room, places are emptied one after the other, round and round.
class PageCache {
 public:
  struct Bounds {
    std::size_t entries = 0;  // A power of two.
    std::size_t bytes = 0;
  };

  struct Entry {
    RowSpace space;             // Of no tenant: empty.
    std::uint64_t version = 0;  // Of the rows and the resource's definition.
    std::uint32_t count = 0;
    core::RowId next_after_id = 0;
    std::string json;
  };

  explicit PageCache(const Bounds& bounds);

  // The rows' page if it is of that version; else null. Valid until the next put().
  const Entry* find(const RowSpace& space, std::uint64_t version) const noexcept {
    const Entry& entry = entries_[place_of(space)];
    return entry.space == space && entry.version == version ? &entry : nullptr;
  }

  void put(Entry&& page);

  std::size_t bytes() const noexcept { return bytes_; }

 private:
  // Data of tenants that follow each other lie side by side.
  std::size_t place_of(const RowSpace& space) const noexcept {
    return (space.tenant + (space.resource - core::kDataResource) * 0x9E3779B1ULL) &
           (entries_.size() - 1);
  }
  void clear(Entry& entry) noexcept;

  std::vector<Entry> entries_;
  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::size_t hand_ = 0;  // The place that is emptied next.
};

}  // namespace storage
