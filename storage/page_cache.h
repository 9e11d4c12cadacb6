// First pages of tenants' rows, ready to be copied out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/data_row.h"
#include "core/domain/tenant.h"

namespace storage {

// Keeps one page per place, the place chosen by the tenant's id.
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
    core::TenantId tenant = 0;  // 0: empty.
    std::uint32_t version = 0;
    std::uint32_t count = 0;
    core::RowId next_after_id = 0;
    std::string json;
  };

  explicit PageCache(const Bounds& bounds);

  // The tenant's page if it is of that version; else null. Valid until the next put().
  const Entry* find(core::TenantId tenant, std::uint32_t version) const noexcept {
    const Entry& entry = entries_[tenant & (entries_.size() - 1)];
    return entry.tenant == tenant && entry.version == version ? &entry : nullptr;
  }

  void put(Entry&& page);

  std::size_t bytes() const noexcept { return bytes_; }

 private:
  void clear(Entry& entry) noexcept;

  std::vector<Entry> entries_;
  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::size_t hand_ = 0;  // The place that is emptied next.
};

}  // namespace storage
