// What the admin's routes need from storage beside tenants and keys: the tokens that open them, and
// the log of what was changed through them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/digest.h"
#include "core/domain/admin_token.h"
#include "core/domain/audit_entry.h"
#include "core/service/ports.h"

namespace core {

struct AuditQuery {
  AuditId after_id = 0;  // The cursor: the page before ended with this entry. 0: the first page.
  bool newest_first = false;  // Else oldest first.
  std::uint32_t limit = 100;  // 1 to 1000.
  // What the entries must have; 0 or empty: anything.
  TenantId tenant_id = 0;
  std::uint64_t row_id = 0;
  std::string actor = {};
  std::string action = {};
  std::string resource = {};
  WallMicros from = 0;  // Not older.
  WallMicros to = 0;    // Older.
};

// Shard. Reads from the snapshot of the shard's CatalogReader, whose turns are this one's too.
class AdminReader {
 public:
  virtual ~AdminReader() = default;

  // The token with that digest, by the newest state: no request that begins after the answer to a
  // change is judged by what was before. Nothing: unknown or deleted.
  virtual std::optional<AdminToken> find_token(const Digest& digest) = 0;

  virtual std::optional<AdminToken> token(AdminTokenId id) = 0;  // Deleted ones too.

  // By id. `tenant_id` of the query is not looked at.
  virtual Page<AdminToken> tokens(const PageQuery& query) = 0;
  virtual std::uint64_t count_tokens() = 0;  // Not deleted.

  virtual std::optional<AuditEntry> audit_entry(AuditId id) = 0;

  // A page may end early: after 10 000 entries looked at, or 4 MiB of rows.
  virtual Page<AuditEntry> audit_entries(const AuditQuery& query) = 0;
  virtual std::uint64_t count_audit_entries() = 0;
};

}  // namespace core
