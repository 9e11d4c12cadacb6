// A shard's reads of tenants, keys, resources and rows.
#pragma once

#include <string>

#include "core/service/ports.h"
#include "storage/environment.h"
#include "storage/page_cache.h"
#include "storage/records.h"
#include "storage/resource_table.h"
#include "storage/row_scan.h"

namespace storage {

inline constexpr std::uint32_t kFirstPageLimit = 100;  // The default limit: such pages are cached.

// Owner: one shard. Reads of one turn are from one snapshot or, after another cache of the shard
// was refilled, from a newer one.
class CatalogView final : public core::CatalogReader {
 public:
  CatalogView(Snapshot& snapshot, const PageCache::Bounds& bounds);

  void begin_turn() noexcept override { snapshot_.begin_turn(); }
  void release() noexcept override { snapshot_.drop(); }

  std::optional<core::Tenant> tenant(core::TenantId id) override;
  std::optional<core::Tenant> tenant_of_slug(std::string_view slug) override;
  std::optional<core::ApiKey> key(core::KeyId id) override;
  Counts counts() override;
  core::Page<core::Tenant> tenants(const core::PageQuery& query) override;
  core::Page<core::ApiKey> keys(const core::PageQuery& query) override;
  std::optional<core::Webhook> webhook(core::WebhookId id) override;
  core::Page<core::Webhook> webhooks(const core::PageQuery& query) override;
  std::uint64_t count_webhooks(core::TenantId tenant) override;
  const core::Resource* resource(std::string_view path) override;
  std::vector<const core::Resource*> resources() override;
  std::optional<core::Resource> resource_row(core::ResourceId id) override;
  std::vector<core::IndexBuild> index_builds() override;
  std::optional<RowView> row(const core::RowsOf& rows, core::RowId id) override;
  RowPage rows(const core::RowsOf& rows, core::RowId after_id, std::uint32_t limit) override;
  FoundRows find_rows(const core::RowsOf& rows, const core::RowQuery& query) override;
  std::uint64_t count_rows(const core::RowsOf& rows) override;

 private:
  PageCache::Entry read_rows(Records& records, const core::RowsOf& rows,
                             const core::PageQuery& query) const;
  Records records_on(const Txn& txn) noexcept;
  ResourceTable* current_resources();

  Snapshot& snapshot_;
  PageCache first_pages_;
  PageCache::Entry page_;  // The last page that is not in the cache.
  std::string row_;        // The last row that is not sent as it is stored.
  ResourceTable resources_;
  std::uint32_t resources_version_ = 0;
};

}  // namespace storage
