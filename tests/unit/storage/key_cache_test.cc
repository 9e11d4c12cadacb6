#include "storage/key_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace storage {
namespace {

// A digest by its first bytes: the low bits choose the set, bits 36 to 51 are the tag.
core::Digest digest_of(std::uint64_t set, std::uint64_t tag, std::uint8_t rest = 0) {
  core::Digest digest;
  core::store<std::uint64_t>(digest.bytes.data(), set | tag << 36);
  digest.bytes.back() = std::byte{rest};
  return digest;
}

void remember(KeyCache& cache, const core::Digest& digest, core::KeyId id) {
  KeyCache::Entry entry{.digest = digest, .version = 7, .record = {}};
  entry.record.key_id = id;
  cache.put(cache.place(digest), entry);
}

// 0: it isn't there.
core::KeyId found(KeyCache& cache, const core::Digest& digest) {
  const KeyCache::Entry* const entry = cache.find(digest);
  return entry == nullptr ? 0 : entry->record.key_id;
}

TEST(KeyCache, FindsWhatWasPutAndNothingElse) {
  KeyCache cache(1024);
  EXPECT_EQ(found(cache, digest_of(3, 5)), 0u);
  remember(cache, digest_of(3, 5), 1);
  EXPECT_EQ(found(cache, digest_of(3, 5)), 1u);
  EXPECT_EQ(cache.find(digest_of(3, 5))->version, 7u);
  EXPECT_EQ(found(cache, digest_of(3, 5, 1)), 0u);  // Another key with the same tag.
  EXPECT_EQ(found(cache, digest_of(3, 6)), 0u);
  EXPECT_EQ(found(cache, digest_of(4, 5)), 0u);
}

TEST(KeyCache, HoldsKeysOfOneTagSideBySide) {
  KeyCache cache(1024);
  for (std::uint8_t i = 0; i < 32; ++i) remember(cache, digest_of(9, 77, i), i + 1U);
  for (std::uint8_t i = 0; i < 32; ++i) EXPECT_EQ(found(cache, digest_of(9, 77, i)), i + 1U);
}

TEST(KeyCache, ReplacesTheEntryOfTheSameDigest) {
  KeyCache cache(2);
  remember(cache, digest_of(0, 1), 1);
  remember(cache, digest_of(0, 2), 2);
  for (core::KeyId id = 3; id < 10; ++id) remember(cache, digest_of(0, 1), id);
  EXPECT_EQ(found(cache, digest_of(0, 1)), 9u);
  EXPECT_EQ(found(cache, digest_of(0, 2)), 2u);
}

// The search for tags works on four at a time; neighbours that differ by one are its hard case.
TEST(KeyCache, TellsEveryTagFromItsNeighbours) {
  for (const std::uint64_t tag : {0x0001U, 0x0002U, 0x00FFU, 0x0100U, 0x7FFFU, 0x8000U, 0xFFFEU}) {
    KeyCache cache(32);
    for (std::uint64_t i = 0; i < 31; ++i) remember(cache, digest_of(0, tag + i % 2, 1), i + 1);
    EXPECT_EQ(found(cache, digest_of(0, tag, 1)), 31u) << tag;
    EXPECT_EQ(found(cache, digest_of(0, tag + 1, 1)), 30u) << tag;
    EXPECT_EQ(found(cache, digest_of(0, tag - 1, 1)), 0u) << tag;
  }
}

TEST(KeyCache, ATagOfZeroBitsIsNotAFreePlace) {
  KeyCache cache(32);
  for (std::uint8_t i = 0; i < 32; ++i) remember(cache, digest_of(0, 0, i), i + 1U);
  for (std::uint8_t i = 0; i < 32; ++i) EXPECT_EQ(found(cache, digest_of(0, 0, i)), i + 1U);
  EXPECT_EQ(found(cache, digest_of(0, 0, 99)), 0u);
}

TEST(KeyCache, AFullSetGivesUpOnePlaceAfterTheOther) {
  KeyCache cache(4);
  for (std::uint64_t i = 1; i <= 4; ++i) remember(cache, digest_of(0, i), i);
  for (std::uint64_t i = 5; i <= 8; ++i) {
    remember(cache, digest_of(0, i), i);
    std::size_t held = 0;
    for (std::uint64_t any = 1; any <= i; ++any) held += found(cache, digest_of(0, any)) == any;
    EXPECT_EQ(held, 4u);
    EXPECT_EQ(found(cache, digest_of(0, i)), i);
  }
  for (std::uint64_t i = 1; i <= 4; ++i) EXPECT_EQ(found(cache, digest_of(0, i)), 0u);
}

// As many keys as entries: what the decision on its size promises.
TEST(KeyCache, KeepsNineInTenOfAsManyKeysAsItHasEntries) {
  constexpr std::size_t kEntries = 1 << 14;
  KeyCache cache(kEntries);
  core::Hasher hasher;
  const auto digest = [&](std::uint64_t i) { return hasher.sha256("key " + std::to_string(i)); };
  for (std::uint64_t i = 1; i <= kEntries; ++i) remember(cache, digest(i), i);
  std::size_t kept = 0;
  for (std::uint64_t i = 1; i <= kEntries; ++i) kept += found(cache, digest(i)) == i;
  EXPECT_GT(kept, kEntries * 9 / 10);
}

}  // namespace
}  // namespace storage
