// Versions by which cached values are judged: the store's writer moves them on, readers compare.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/base/digest.h"
#include "core/domain/tenant.h"

namespace storage {

// Shared:    loads from any thread, bumps from the store's writer only.
// Order:     after a commit the count of commits is moved on, then the versions that it touches
//            (all release). A reader that sees a version (acquire) and then a count of commits that
//            is the one its snapshot was taken under has that commit in its snapshot.
// Bound:     4096 versions each for keys and data: a change of one key makes the cached values of
//            one in 4096 others be read again. A version returns to an old number after 2^32
//            changes between two uses of one cached value: at 10 000 a second, 5 days of changes of
//            that one version alone.
class VersionBoard {
 public:
  static constexpr std::size_t kVersions = 4096;

  std::uint32_t key(const core::Digest& digest) const noexcept {
    return keys_[key_index(digest)].load(std::memory_order_acquire);
  }
  std::uint32_t tenants() const noexcept { return tenants_.load(std::memory_order_acquire); }
  std::uint32_t resources() const noexcept { return resources_.load(std::memory_order_acquire); }
  std::uint32_t data(core::TenantId tenant) const noexcept {
    return data_[tenant % kVersions].load(std::memory_order_acquire);
  }

  // Commits of this process. As long as it stands still, a snapshot is the newest.
  std::uint64_t commits() const noexcept { return commits_.load(std::memory_order_acquire); }

  // Before the versions that the commit touches.
  void count_commit() noexcept { commits_.fetch_add(1, std::memory_order_release); }

  void bump_key(const core::Digest& digest) noexcept { bump(keys_[key_index(digest)]); }
  void bump_tenants() noexcept { bump(tenants_); }
  void bump_resources() noexcept { bump(resources_); }
  void bump_data(core::TenantId tenant) noexcept { bump(data_[tenant % kVersions]); }

  // For when it is not known what changed.
  void bump_all() noexcept {
    count_commit();
    for (auto& version : keys_) bump(version);
    for (auto& version : data_) bump(version);
    bump_tenants();
    bump_resources();
  }

 private:
  // The high bits: the low ones choose the place in a reader's cache.
  static std::size_t key_index(const core::Digest& digest) noexcept {
    return digest.prefix() >> 52;
  }
  static void bump(std::atomic<std::uint32_t>& version) noexcept {
    version.fetch_add(1, std::memory_order_release);
  }

  // By the first bytes of the digest; one for all tenants, one for all definitions of resources; by
  // the tenant's id.
  alignas(64) std::array<std::atomic<std::uint32_t>, kVersions> keys_{};
  alignas(64) std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint32_t> tenants_{0};
  std::atomic<std::uint32_t> resources_{1};
  alignas(64) std::array<std::atomic<std::uint32_t>, kVersions> data_{};
};
static_assert(VersionBoard::kVersions == 1 << 12);

}  // namespace storage
