#include "storage/page_cache.h"

#include <bit>
#include <utility>

#include "core/base/check.h"

namespace storage {

PageCache::PageCache(const Bounds& bounds) : entries_(bounds.entries), bytes_max_(bounds.bytes) {
  CHECK(std::has_single_bit(bounds.entries));
}

void PageCache::clear(Entry& entry) noexcept {
  bytes_ -= entry.json.size();
  entry = {};
}

void PageCache::put(Entry&& page) {
  Entry& place = entries_[place_of(page.space)];
  clear(place);
  if (page.json.size() > bytes_max_ / 8) return;
  while (bytes_ + page.json.size() > bytes_max_) {
    clear(entries_[hand_]);
    hand_ = (hand_ + 1) & (entries_.size() - 1);
  }
  bytes_ += page.json.size();
  place = std::move(page);
  place.json.shrink_to_fit();
}

}  // namespace storage
