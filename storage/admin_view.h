// A shard's reads of admin tokens and of the audit log.
#pragma once

#include "core/service/admin_ports.h"
#include "storage/environment.h"
#include "storage/records.h"

namespace storage {

// Nothing is cached: a token is looked up in the newest snapshot for each request that presents
// one, so that nothing has to be invalidated.
//
// Owner: one shard, like the snapshot, which must outlive it.
class AdminView final : public core::AdminReader {
 public:
  explicit AdminView(Snapshot& snapshot) noexcept : snapshot_(snapshot) {}

  std::optional<core::AdminToken> find_token(const core::Digest& digest) override;
  std::optional<core::AdminToken> token(core::AdminTokenId id) override;
  core::Page<core::AdminToken> tokens(const core::PageQuery& query) override;
  std::uint64_t count_tokens() override;
  std::optional<core::AuditEntry> audit_entry(core::AuditId id) override;
  core::Page<core::AuditEntry> audit_entries(const core::AuditQuery& query) override;
  std::uint64_t count_audit_entries() override;

 private:
  Records records_on(const Txn& txn) noexcept;

  Snapshot& snapshot_;
};

}  // namespace storage
