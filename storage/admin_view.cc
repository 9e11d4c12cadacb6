#include "storage/admin_view.h"

#include <utility>

#include "core/base/check.h"
#include "storage/id_walk.h"
#include "storage/row_scan.h"

namespace storage {

namespace {

constexpr std::uint32_t kLimitMax = 1000;

// What the walk needs no look at the rows for is not asked again here.
bool fits(const StoredAudit& entry, const core::AuditQuery& query) noexcept {
  const auto is = [](std::string_view wanted, std::string_view found) {
    return wanted.empty() || wanted == found;
  };
  return (query.row_id == 0 || entry.head.row_id == query.row_id) && is(query.actor, entry.actor) &&
         is(query.action, entry.action) && is(query.resource, entry.resource) &&
         entry.head.created_at >= query.from && (query.to == 0 || entry.head.created_at < query.to);
}

}  // namespace

Records AdminView::records_on(const Txn& txn) noexcept {
  return {txn, snapshot_.environment().tables(), snapshot_.environment().damage()};
}

std::optional<core::AdminToken> AdminView::find_token(const core::Digest& digest) {
  const Txn* txn = snapshot_.renewed();
  if (txn == nullptr) return std::nullopt;
  Records records = records_on(*txn);
  const core::AdminTokenId id = records.token_under(digest.prefix());
  if (id == 0) return std::nullopt;
  auto token = records.admin_token(id);
  if (!token || token->deleted_at != 0 || !core::ct_equal(token->digest, digest)) {
    return std::nullopt;
  }
  return token;
}

std::optional<core::AdminToken> AdminView::token(core::AdminTokenId id) {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return std::nullopt;
  return records_on(*txn).admin_token(id);
}

core::Page<core::AdminToken> AdminView::tokens(const core::PageQuery& query) {
  CHECK(query.limit >= 1 && query.limit <= kLimitMax);
  core::Page<core::AdminToken> page;
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return page;
  Records records = records_on(*txn);
  IdWalk walk(records, {.name = "admin_tokens", .table = records.tables().admin_tokens});
  walk.seek(query.after_id);
  for (std::uint32_t scanned = 0; walk.has_id(); walk.next(), ++scanned) {
    if (page.rows.size() == query.limit || scanned == kListScanMax) {
      page.next_after_id = walk.passed();
      break;
    }
    auto token = records.admin_token(walk.id());
    if (!token || (token->deleted_at != 0 && !query.include_deleted)) continue;
    page.rows.push_back(*std::move(token));
  }
  return page;
}

std::uint64_t AdminView::count_tokens() {
  const Txn* txn = snapshot_.current();
  return txn == nullptr ? 0 : records_on(*txn).counters().admin_tokens;
}

std::optional<core::AuditEntry> AdminView::audit_entry(core::AuditId id) {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return std::nullopt;
  const auto stored = records_on(*txn).audit(id);
  if (!stored) return std::nullopt;
  return to_entry(id, *stored);
}

core::Page<core::AuditEntry> AdminView::audit_entries(const core::AuditQuery& query) {
  CHECK(query.limit >= 1 && query.limit <= kLimitMax);
  core::Page<core::AuditEntry> page;
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return page;
  Records records = records_on(*txn);
  const CatalogTables& tables = records.tables();
  const bool is_of_tenant = query.tenant_id != 0;
  IdWalk walk(records, {.name = is_of_tenant ? "audit_by_tenant" : "audit_log",
                        .table = is_of_tenant ? tables.audit_by_tenant : tables.audit_log,
                        .tenant = query.tenant_id,
                        .descending = query.newest_first});
  walk.seek(query.after_id);
  std::size_t bytes = 0;
  for (std::uint32_t scanned = 0; walk.has_id(); walk.next(), ++scanned) {
    if (page.rows.size() == query.limit || scanned == kListScanMax || bytes >= kRowPageBytesMax) {
      page.next_after_id = walk.passed();
      break;
    }
    const auto stored = records.audit(walk.id());
    if (!stored || !fits(*stored, query)) continue;
    bytes += stored->before.size() + stored->after.size();
    page.rows.push_back(to_entry(walk.id(), *stored));
  }
  return page;
}

std::uint64_t AdminView::count_audit_entries() {
  const Txn* txn = snapshot_.current();
  if (txn == nullptr) return 0;
  const auto count = txn->count(snapshot_.environment().tables().audit_log);
  return count ? *count : 0;
}

}  // namespace storage
