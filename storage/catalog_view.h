// A shard's reads of tenants, keys and rows.
#pragma once

#include <string>

#include "core/service/ports.h"
#include "storage/environment.h"
#include "storage/page_cache.h"
#include "storage/records.h"

namespace storage {

// A page of a list reads at most this many records, deleted ones included: 2 ms. It then ends early
// and says where to go on.
inline constexpr std::uint32_t kListScanMax = 10'000;

inline constexpr std::size_t kRowPageBytesMax = std::size_t{4} << 20;
inline constexpr std::uint32_t kFirstPageLimit = 100;  // The default limit: such pages are cached.

// Owner: one shard. Reads of one turn are from one snapshot or, after another cache of the shard
// was refilled, from a newer one.
class CatalogView final : public core::CatalogReader {
 public:
  CatalogView(Snapshot& snapshot, const PageCache::Bounds& bounds);

  void begin_turn() noexcept override { snapshot_.begin_turn(); }
  void release() noexcept override { snapshot_.drop(); }

  std::optional<core::Tenant> tenant(core::TenantId id) override;
  std::optional<core::ApiKey> key(core::KeyId id) override;
  Counts counts() override;
  core::Page<core::Tenant> tenants(const core::PageQuery& query) override;
  core::Page<core::ApiKey> keys(const core::PageQuery& query) override;
  std::string_view row_json(core::TenantId tenant, core::RowId id) override;
  RowPage rows(core::TenantId tenant, core::RowId after_id, std::uint32_t limit) override;

 private:
  struct RowRange {
    core::TenantId tenant = 0;
    core::RowId after_id = 0;
    std::uint32_t limit = 0;
  };
  core::Page<core::ApiKey> keys_of_tenant(Records& records, const core::PageQuery& query);
  PageCache::Entry read_rows(Records& records, const RowRange& range) const;
  Records records_on(const Txn& txn) noexcept;

  Snapshot& snapshot_;
  PageCache first_pages_;
  PageCache::Entry page_;  // The last page that is not in the cache.
};

}  // namespace storage
