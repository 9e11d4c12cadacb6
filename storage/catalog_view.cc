#include "storage/catalog_view.h"

#include <limits>

#include "core/base/check.h"

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
  if (query.tenant_id != 0) return keys_of_tenant(records, query);
  return scan_ids<core::ApiKey, KeyHead>(records, "keys", records.tables().keys, query, decode_key);
}

core::Page<core::ApiKey> CatalogView::keys_of_tenant(Records& records,
                                                     const core::PageQuery& query) {
  core::Page<core::ApiKey> page;
  if (query.after_id == kLastId) return page;
  auto cursor = records.txn().cursor(records.tables().keys_by_tenant);
  if (!cursor) {
    records.report_failure("keys_by_tenant", {}, cursor.error());
    return page;
  }
  auto found = cursor->seek(TenantScopedKey(query.tenant_id, query.after_id + 1).bytes());
  core::KeyId passed = query.after_id;
  for (std::uint32_t scanned = 0; found && *found && is_of_tenant(cursor->key(), query.tenant_id);
       found = cursor->next(), ++scanned) {
    if (page.rows.size() == query.limit || scanned == kListScanMax) {
      page.next_after_id = passed;
      return page;
    }
    passed = TenantScopedKey::id(cursor->key());
    auto key = records.key(passed);
    if (!key || (key->deleted_at != 0 && !query.include_deleted)) continue;
    page.rows.push_back(std::move(*key));
  }
  if (!found) records.report_failure("keys_by_tenant", {}, found.error());
  return page;
}

std::string_view CatalogView::row_json(core::TenantId tenant, core::RowId id) {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return {};
  const auto row = records_on(*txn).row(tenant, id);
  return row ? row->json : std::string_view{};
}

core::CatalogReader::RowPage CatalogView::rows(core::TenantId tenant, core::RowId after_id,
                                               std::uint32_t limit) {
  CHECK(limit >= 1 && limit <= kLimitMax);
  const auto show = [](const PageCache::Entry& page) {
    return RowPage{.json = page.json, .count = page.count, .next_after_id = page.next_after_id};
  };
  const bool cacheable = after_id == 0 && limit == kFirstPageLimit;
  const std::uint32_t version = snapshot_.environment().versions().data(tenant);
  if (cacheable) {
    if (const PageCache::Entry* page = first_pages_.find(tenant, version)) return show(*page);
  }
  // For the cache the version must be older than the snapshot: see store.h.
  const Txn* txn = cacheable ? snapshot_.renewed() : snapshot_.current();
  if (txn == nullptr) return {};
  Records records = records_on(*txn);
  page_ = read_rows(records, {tenant, after_id, limit});
  if (cacheable && !records.damaged()) {
    page_.version = version;
    first_pages_.put(PageCache::Entry(page_));
  }
  return show(page_);
}

PageCache::Entry CatalogView::read_rows(Records& records, const RowRange& range) const {
  PageCache::Entry page;
  page.tenant = range.tenant;
  if (range.after_id == kLastId) return page;
  auto cursor = records.txn().cursor(records.tables().rows);
  if (!cursor) {
    records.report_failure("rows", {}, cursor.error());
    return page;
  }
  auto found = cursor->seek(TenantScopedKey(range.tenant, range.after_id + 1).bytes());
  core::RowId passed = range.after_id;
  for (; found && *found && is_of_tenant(cursor->key(), range.tenant); found = cursor->next()) {
    if (page.count == range.limit) {
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
    passed = TenantScopedKey::id(cursor->key());
    if (!row) continue;
    if (page.count > 0) page.json.push_back(',');
    page.json += row->json;
    ++page.count;
  }
  if (!found) records.report_failure("rows", {}, found.error());
  return page;
}

}  // namespace storage
