#include "storage/catalog_view.h"

#include <limits>

#include "core/base/check.h"
#include "storage/webhook_codec.h"

namespace storage {

namespace {

constexpr std::uint32_t kLimitMax = 1000;
constexpr std::uint64_t kLastId = std::numeric_limits<std::uint64_t>::max();

// Reads a table whose keys are ids from query.after_id on. `decode` makes a row of a checked value
// or nothing.
template <typename Row, typename Head, typename Decode>
core::Page<Row> scan_ids(Records& records, const char* name, Table table,
                         const core::PageQuery& query, Decode decode) {
  core::Page<Row> page;
  if (query.after_id == kLastId) return page;
  auto cursor = records.txn().cursor(table);
  if (!cursor) {
    records.report_failure(name, {}, cursor.error());
    return page;
  }
  const std::uint64_t begin = query.after_id + 1;
  auto found = cursor->seek(integer_key(begin));
  std::uint64_t passed = query.after_id;
  for (std::uint32_t scanned = 0; found && *found; found = cursor->next(), ++scanned) {
    if (page.rows.size() == query.limit || scanned == kListScanMax) {
      page.next_after_id = passed;
      return page;
    }
    passed = cursor->integer_key();
    const bool skipped = !query.include_deleted &&
                         cursor->value().size() >= sizeof(Head) + kChecksumBytes &&
                         peek_deleted_at<Head>(cursor->value()) != 0;
    if (skipped) continue;
    const auto payload = records.checked(name, cursor->key(), cursor->value());
    if (!payload) continue;
    if (auto row = decode(passed, *payload)) {
      page.rows.push_back(std::move(*row));
    } else {
      records.report_malformed(name, cursor->key());
    }
  }
  if (!found) records.report_failure(name, {}, found.error());
  return page;
}

bool is_of_tenant(core::Bytes key, core::TenantId tenant) noexcept {
  return key.size() == TenantScopedKey::kBytes && TenantScopedKey::tenant(key) == tenant;
}

// The same for the rows of query.tenant_id, by an index of ids under their tenants. `find` reads
// the row of an id, or nothing.
template <typename Row, typename Find>
core::Page<Row> scan_tenant(Records& records, const char* name, Table index,
                            const core::PageQuery& query, Find find) {
  core::Page<Row> page;
  if (query.after_id == kLastId) return page;
  auto cursor = records.txn().cursor(index);
  if (!cursor) {
    records.report_failure(name, {}, cursor.error());
    return page;
  }
  auto found = cursor->seek(TenantScopedKey(query.tenant_id, query.after_id + 1).bytes());
  std::uint64_t passed = query.after_id;
  for (std::uint32_t scanned = 0; found && *found && is_of_tenant(cursor->key(), query.tenant_id);
       found = cursor->next(), ++scanned) {
    if (page.rows.size() == query.limit || scanned == kListScanMax) {
      page.next_after_id = passed;
      return page;
    }
    passed = TenantScopedKey::id(cursor->key());
    auto row = find(passed);
    if (!row || (row->deleted_at != 0 && !query.include_deleted)) continue;
    page.rows.push_back(*std::move(row));
  }
  if (!found) records.report_failure(name, {}, found.error());
  return page;
}

}  // namespace

CatalogView::CatalogView(Snapshot& snapshot, const PageCache::Bounds& bounds)
    : snapshot_(snapshot), first_pages_(bounds) {}

Records CatalogView::records_on(const Txn& txn) noexcept {
  return {txn, snapshot_.environment().tables(), snapshot_.environment().damage()};
}

std::optional<core::Tenant> CatalogView::tenant(core::TenantId id) {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return std::nullopt;
  return records_on(*txn).tenant(id);
}

std::optional<core::Tenant> CatalogView::tenant_of_slug(std::string_view slug) {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return std::nullopt;
  Records records = records_on(*txn);
  const core::TenantId id = records.slug_owner(slug);
  return id == 0 ? std::nullopt : records.tenant(id);
}

std::optional<core::ApiKey> CatalogView::key(core::KeyId id) {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return std::nullopt;
  return records_on(*txn).key(id);
}

core::CatalogReader::Counts CatalogView::counts() {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return {};
  const Counters counters = records_on(*txn).counters();
  return {.tenants = counters.tenants, .keys = counters.keys};
}

core::Page<core::Tenant> CatalogView::tenants(const core::PageQuery& query) {
  CHECK(query.limit >= 1 && query.limit <= kLimitMax);
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return {};
  Records records = records_on(*txn);
  return scan_ids<core::Tenant, TenantHead>(records, "tenants", records.tables().tenants, query,
                                            decode_tenant);
}

core::Page<core::ApiKey> CatalogView::keys(const core::PageQuery& query) {
  CHECK(query.limit >= 1 && query.limit <= kLimitMax);
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return {};
  Records records = records_on(*txn);
  if (query.tenant_id != 0) {
    return scan_tenant<core::ApiKey>(records, "keys_by_tenant", records.tables().keys_by_tenant,
                                     query, [&](core::KeyId id) { return records.key(id); });
  }
  return scan_ids<core::ApiKey, KeyHead>(records, "keys", records.tables().keys, query, decode_key);
}

std::optional<core::Webhook> CatalogView::webhook(core::WebhookId id) {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return std::nullopt;
  return records_on(*txn).webhook(id);
}

core::Page<core::Webhook> CatalogView::webhooks(const core::PageQuery& query) {
  CHECK(query.limit >= 1 && query.limit <= kLimitMax);
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return {};
  Records records = records_on(*txn);
  if (query.tenant_id != 0) {
    return scan_tenant<core::Webhook>(records, "webhooks_by_tenant",
                                      records.tables().webhooks_by_tenant, query,
                                      [&](core::WebhookId id) { return records.webhook(id); });
  }
  return scan_ids<core::Webhook, WebhookHead>(records, "webhooks", records.tables().webhooks, query,
                                              decode_webhook);
}

std::uint64_t CatalogView::count_webhooks(core::TenantId tenant) {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return 0;
  Records records = records_on(*txn);
  return tenant == 0 ? records.counters().webhooks : records.webhook_count(tenant);
}

// The definitions as of now; null: the store can't be read.
ResourceTable* CatalogView::current_resources() {
  const std::uint32_t version = snapshot_.environment().versions().resources();
  if (version == resources_version_) return &resources_;
  const Txn* txn = snapshot_.renewed();  // After the version: see store.h.
  if (txn == nullptr) return nullptr;
  resources_.forget();
  Records records = records_on(*txn);
  resources_.load(records);
  if (!records.damaged()) resources_version_ = version;
  return &resources_;
}

const core::Resource* CatalogView::resource(std::string_view path) {
  ResourceTable* const table = current_resources();
  return table == nullptr ? nullptr : table->find(path);
}

std::vector<const core::Resource*> CatalogView::resources() {
  std::vector<const core::Resource*> all;
  if (ResourceTable* const table = current_resources()) {
    for (const auto& [id, resource] : table->all()) all.push_back(resource.get());
  }
  return all;
}

std::optional<core::Resource> CatalogView::resource_row(core::ResourceId id) {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return std::nullopt;
  return records_on(*txn).resource(id);
}

std::vector<core::IndexBuild> CatalogView::index_builds() {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return {};
  Records records = records_on(*txn);
  std::vector<core::IndexBuild> builds = records.index_builds();
  if (builds.empty()) return builds;
  const auto tenants = static_cast<double>(records.counters().next_tenant_id);
  for (core::IndexBuild& build : builds) {
    const auto ids = static_cast<double>(records.row_meta({build.tenant, build.resource}).next_id);
    const auto tenants_done = static_cast<double>(build.tenant - 1);
    build.progress = (tenants_done + static_cast<double>(build.row) / ids) / (tenants - 1);
    build.progress = std::clamp(build.progress, 0.0, 1.0);
  }
  return builds;
}

std::optional<core::CatalogReader::RowView> CatalogView::row(const core::RowsOf& rows,
                                                             core::RowId id) {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return std::nullopt;
  const auto stored = records_on(*txn).row({rows.tenant, rows.resource.id}, id);
  if (!stored) return std::nullopt;
  const std::uint64_t version = etag_version(rows.resource, stored->head.version);
  if (stored->head.fields == rows.resource.schema.fields.size()) {
    return RowView{stored->json, version};
  }
  row_.clear();
  append_row(row_, *stored, rows.resource.schema);
  return RowView{row_, version};
}

core::CatalogReader::RowPage CatalogView::rows(const core::RowsOf& rows, core::RowId after_id,
                                               std::uint32_t limit) {
  CHECK(limit >= 1 && limit <= kLimitMax);
  const auto show = [](const PageCache::Entry& page) {
    return RowPage{.json = page.json, .count = page.count, .next_after_id = page.next_after_id};
  };
  const bool cacheable = after_id == 0 && limit == kFirstPageLimit;
  const VersionBoard& versions = snapshot_.environment().versions();
  const std::uint64_t version =
      std::uint64_t{resources_version_} << 32 | versions.data(rows.tenant);
  const RowSpace space{rows.tenant, rows.resource.id};
  if (cacheable) {
    if (const PageCache::Entry* page = first_pages_.find(space, version)) return show(*page);
  }
  // For the cache the version must be older than the snapshot: see store.h.
  const Txn* txn = cacheable ? snapshot_.renewed() : snapshot_.current();
  if (txn == nullptr) return {};
  Records records = records_on(*txn);
  page_ = read_rows(records, rows, {.after_id = after_id, .limit = limit});
  if (cacheable && !records.damaged()) {
    page_.version = version;
    first_pages_.put(PageCache::Entry(page_));
  }
  return show(page_);
}

PageCache::Entry CatalogView::read_rows(Records& records, const core::RowsOf& rows,
                                        const core::PageQuery& query) const {
  const RowSpace space{rows.tenant, rows.resource.id};
  PageCache::Entry page;
  page.space = space;
  if (query.after_id == kLastId) return page;
  auto cursor = records.txn().cursor(records.tables().rows);
  if (!cursor) {
    records.report_failure("rows", {}, cursor.error());
    return page;
  }
  auto found = cursor->seek(RowKey(space, query.after_id + 1).bytes());
  core::RowId passed = query.after_id;
  for (; found && *found && RowKey::space(cursor->key()) == space; found = cursor->next()) {
    if (page.count == query.limit) {
      page.next_after_id = passed;
      return page;
    }
    const auto payload = records.checked("rows", cursor->key(), cursor->value());
    const auto row = payload ? decode_row(*payload) : std::nullopt;
    if (payload && !row) records.report_malformed("rows", cursor->key());
    if (row && page.count > 0 && page.json.size() + row->json.size() >= kRowPageBytesMax) {
      page.next_after_id = passed;
      return page;
    }
    passed = RowKey::id(cursor->key());
    if (!row) continue;
    if (page.count > 0) page.json.push_back(',');
    append_row(page.json, *row, rows.resource.schema);
    ++page.count;
  }
  if (!found) records.report_failure("rows", {}, found.error());
  return page;
}

core::CatalogReader::FoundRows CatalogView::find_rows(const core::RowsOf& rows,
                                                      const core::RowQuery& query) {
  CHECK(query.limit >= 1 && query.limit <= kLimitMax);
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return {};
  Records records = records_on(*txn);
  return RowScan(records, rows, query).run();
}

std::uint64_t CatalogView::count_rows(const core::RowsOf& rows) {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return 0;
  return records_on(*txn).row_meta({rows.tenant, rows.resource.id}).count;
}

}  // namespace storage
