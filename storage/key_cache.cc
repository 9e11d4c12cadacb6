#include "storage/key_cache.h"

#include <algorithm>
#include <bit>

namespace storage {
namespace {

constexpr std::uint64_t kEachTag = 0x0001'0001'0001'0001;
constexpr int kTagBits = 16;

// The high bit of every 16 that are all zero, and perhaps of some that are 1 above such a one.
constexpr std::uint64_t zero_tags(std::uint64_t word) noexcept {
  constexpr std::uint64_t kHighBits = kEachTag << (kTagBits - 1);
  return (word - kEachTag) & ~word & kHighBits;
}

}  // namespace

KeyCache::KeyCache(std::size_t entries)
    : ways_(std::min(entries, kWays)),
      tags_(std::max(entries / kWays, std::size_t{1})),
      sets_(std::max(entries / kWays, std::size_t{1})) {}

// Bits that neither the set nor the version board's index is made of.
std::uint64_t KeyCache::tag_of(const core::Digest& digest) noexcept {
  const std::uint64_t bits = digest.prefix() >> 36 & 0xFFFF;
  return bits == 0 ? 1 : bits;
}

template <typename Passes>
std::size_t KeyCache::first_way(const Tags& tags, std::uint64_t tag, Passes&& passes) noexcept {
  for (std::size_t i = 0; i < tags.words.size(); ++i) {
    for (std::uint64_t found = zero_tags(tags.words[i] ^ (tag * kEachTag)); found != 0;
         found &= found - 1) {
      const auto lane = static_cast<std::size_t>(std::countr_zero(found)) / kTagBits;
      if (passes(i * kTagsPerWord + lane)) return i * kTagsPerWord + lane;
    }
  }
  return kWays;
}

const KeyCache::Entry* KeyCache::find(const core::Digest& digest) noexcept {
  const Set& set = sets_[digest.prefix()];
  const std::size_t way =
      first_way(tags_[digest.prefix()], tag_of(digest), [&](std::size_t candidate) {
        __builtin_prefetch(&set.ways[candidate].record);
        return core::ct_equal(set.ways[candidate].digest, digest);
      });
  return way == kWays ? nullptr : &set.ways[way];
}

KeyCache::Place KeyCache::place(const core::Digest& digest) noexcept {
  const Tags& tags = tags_[digest.prefix()];
  Set& set = sets_[digest.prefix()];
  std::size_t way = first_way(tags, tag_of(digest), [&](std::size_t candidate) {
    return core::ct_equal(set.ways[candidate].digest, digest);
  });
  if (way == kWays) way = first_way(tags, 0, [&](std::size_t free) { return free < ways_; });
  if (way == kWays) way = next_victim_++ % ways_;
  constexpr int kToWrite = 1;
  __builtin_prefetch(&set.ways[way], kToWrite);
  __builtin_prefetch(&set.ways[way].record, kToWrite);
  return {digest.prefix(), way};
}

void KeyCache::put(Place place, const Entry& entry) noexcept {
  std::uint64_t& word = tags_[place.set].words[place.way / kTagsPerWord];
  const auto shift = static_cast<int>(place.way % kTagsPerWord) * kTagBits;
  word &= ~(std::uint64_t{0xFFFF} << shift);
  word |= tag_of(entry.digest) << shift;
  sets_[place.set].ways[place.way] = entry;
}

}  // namespace storage
