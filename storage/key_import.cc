#include "storage/key_import.h"

#include <algorithm>
#include <utility>

#include "storage/audit_trail.h"
#include "storage/key_changes.h"

namespace storage {

namespace {

using core::OutcomeCode;

// The tenant that the digest's key belongs to; 0 if there is none.
core::TenantId owner_of(const core::Digest& digest, ChangeContext& context) {
  const auto entries = context.records.digest_entries(digest);
  const auto at = std::ranges::find_if(
      entries, [&](const DigestEntry& entry) { return is_entry_of(entry, digest); });
  return at == entries.end() ? 0 : at->record.tenant_id;
}

// Notes what became of one key.
void report(const core::ImportedKey& imported, core::TenantId owner, core::Outcome&& outcome,
            core::ImportReport& report) {
  if (outcome.code == OutcomeCode::kDone) {
    if (report.created++ == 0) report.first_id = std::get<core::ApiKey>(outcome.row).id;
    return;
  }
  const bool exists = outcome.code == OutcomeCode::kConflict;
  if (exists && owner == imported.key.tenant_id) {
    ++report.existing;
  } else if (exists) {
    report.refused.push_back({imported.index, "sha256", "is that of another tenant's key"});
  } else {
    report.refused.push_back(
        {imported.index, std::move(outcome.field), std::move(outcome.message)});
  }
}

}  // namespace

ChangeResult apply(const core::ImportKeys& command, ChangeContext& context) {
  core::ImportReport made;
  for (core::ImportedKey imported : command.keys) {
    context.records.forget_damage();
    if (!imported.tenant_slug.empty()) {
      imported.key.tenant_id = context.records.slug_owner(imported.tenant_slug);
      if (imported.key.tenant_id == 0) {
        made.refused.push_back({imported.index, "tenant", "names no tenant"});
        continue;
      }
    }
    auto outcome = apply(imported.key, context);
    if (!outcome) return std::unexpected(outcome.error());
    if (outcome->code == OutcomeCode::kDone) {
      STORE_TRY(write_audit({.kind = {AuditSubject::kKey, "key.imported"}}, *outcome, context));
    }
    const bool exists = outcome->code == OutcomeCode::kConflict;
    const core::TenantId owner = exists ? owner_of(imported.key.digest, context) : 0;
    report(imported, owner, *std::move(outcome), made);
  }
  return done(std::move(made));
}

}  // namespace storage
