#include "storage/audit_purge.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace storage {

namespace {

struct DueEntry {
  core::AuditId id = 0;
  std::optional<core::TenantId> tenant;  // None: the entry can't be read. 0: it is about none.
};

// Damaged ones are not reported: until they are due they would be each second.
core::Result<std::vector<DueEntry>> due_entries(const Records& records, core::WallMicros before,
                                                std::size_t max) {
  std::vector<DueEntry> entries;
  std::size_t due = 0;
  auto cursor = records.txn().cursor(records.tables().audit_log);
  if (!cursor) return std::unexpected(cursor.error());
  auto found = cursor->first();
  for (; found && *found && due < max; found = cursor->next()) {
    DueEntry entry{.id = cursor->integer_key(), .tenant = std::nullopt};
    const auto payload = unseal(cursor->key(), cursor->value());
    if (const auto stored = payload ? decode_audit(*payload) : std::nullopt) {
      if (stored->head.created_at >= before) break;
      entry.tenant = stored->head.tenant_id;
    }
    entries.push_back(entry);
    if (entry.tenant) due = entries.size();
  }
  if (!found) return std::unexpected(found.error());
  entries.resize(std::min(due, max));
  return entries;
}

// The tenant under which the entry has a place; 0: none has one. A look at each tenant that has
// entries.
core::Result<core::TenantId> find_place(const Records& records, core::AuditId id) {
  auto cursor = records.txn().cursor(records.tables().audit_by_tenant);
  if (!cursor) return std::unexpected(cursor.error());
  core::TenantId tenant = 1;
  auto found = cursor->seek(TenantScopedKey(tenant, id).bytes());
  while (found && *found && cursor->key().size() == TenantScopedKey::kBytes) {
    const core::TenantId at = TenantScopedKey::tenant(cursor->key());
    if (at == tenant && TenantScopedKey::id(cursor->key()) == id) return tenant;
    tenant = at > tenant ? at : tenant + 1;
    found = cursor->seek(TenantScopedKey(tenant, id).bytes());
  }
  if (!found) return std::unexpected(found.error());
  return 0;
}

}  // namespace

core::Status purge_audit_log(core::WallMicros before, ChangeContext& context, std::uint32_t& left,
                             core::PurgeTally& tally) {
  if (before <= 0 || left == 0) return {};
  const auto due = due_entries(context.records, before, left);
  if (!due) return std::unexpected(due.error());
  for (const DueEntry& entry : *due) {
    if (left == 0) break;
    const auto tenant = entry.tenant ? core::Result<core::TenantId>(*entry.tenant)
                                     : find_place(context.records, entry.id);
    if (!tenant) return std::unexpected(tenant.error());
    STORE_TRY(context.writer.erase_audit(entry.id, *tenant));
    ++tally.audit_entries;
    // Looking for a place may take long: enough for one command.
    left = entry.tenant ? left - 1 : 0;
  }
  return {};
}

}  // namespace storage
