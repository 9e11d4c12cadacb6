// Checked reads of the catalog's records from one transaction.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "storage/admin_codec.h"
#include "storage/catalog_codec.h"
#include "storage/catalog_tables.h"
#include "storage/damage.h"
#include "storage/first_answer.h"

namespace storage {

// Names of the meta table's keys.
inline constexpr std::string_view kCountersKey = "counters";

// Every function answers a damaged record, and one that LMDB can't read, as absent, after it was
// reported; damaged() then tells that from a true absence.
//
// Owner: a stack frame; the transaction, tables and damage must outlive it. Views are the
//        transaction's.
class Records {
 public:
  Records(const Txn& txn, const CatalogTables& tables, Damage& damage) noexcept
      : txn_(txn), tables_(tables), damage_(damage) {}

  // Deleted ones too.
  std::optional<core::Tenant> tenant(core::TenantId id);
  std::optional<core::ApiKey> key(core::KeyId id);

  // The record that requests with this digest are judged by.
  bool auth_record(const core::Digest& digest, core::AuthRecord& out) noexcept;

  // All entries that share the digest's first 8 bytes.
  std::vector<DigestEntry> digest_entries(const core::Digest& digest);

  // Whether the address is among those of the key's record of allowed_ips; nothing if there is
  // none.
  std::optional<bool> allows(core::KeyId id, const core::Address& address) noexcept;

  core::TenantState tenant_state(core::TenantId id) noexcept;
  core::TenantId slug_owner(std::string_view slug) noexcept;  // 0: the slug is free.

  // Deleted ones too.
  std::optional<core::Resource> resource(core::ResourceId id);

  // Indexes that are being built. Without their progress.
  std::vector<core::IndexBuild> index_builds();

  // Deleted ones too.
  std::optional<core::AdminToken> admin_token(core::AdminTokenId id);
  // Of tokens that are not deleted; 0: none.
  core::AdminTokenId token_named(std::string_view name) noexcept;
  core::AdminTokenId token_under(std::uint64_t digest_prefix) noexcept;

  std::optional<StoredAudit> audit(core::AuditId id) noexcept;

  // Deleted ones too.
  std::optional<core::Webhook> webhook(core::WebhookId id);
  std::uint64_t webhook_count(core::TenantId tenant) noexcept;

  std::optional<StoredRow> row(const RowSpace& space, core::RowId id) noexcept;
  // The same by a cursor of the table rows: of one row after the other, which often lie on one
  // page.
  std::optional<StoredRow> row(Cursor& rows, const RowSpace& space, core::RowId id) noexcept;
  std::optional<StoredRow> deleted_row(const RowSpace& space, core::RowId id) noexcept;
  RowMeta row_meta(const RowSpace& space) noexcept;
  std::optional<FirstAnswer> answer(const core::Digest& key);
  Counters counters() noexcept;

  // The value of a record that a cursor found, checked. `table` is for the report.
  std::optional<core::Bytes> checked(const char* table, core::Bytes key,
                                     core::Bytes stored) noexcept;

  // Reports a checked value whose inside does not fit.
  void report_malformed(const char* table, core::Bytes key) noexcept;
  void report_failure(const char* table, core::Bytes key, const core::Error& error) noexcept;

  bool damaged() const noexcept { return damaged_; }
  void forget_damage() noexcept { damaged_ = false; }

  const Txn& txn() const noexcept { return txn_; }
  const CatalogTables& tables() const noexcept { return tables_; }

 private:
  std::optional<core::Bytes> payload(const char* name, Table table, core::Bytes key) noexcept;
  std::optional<StoredRow> row_in(const char* name, Table table, const RowKey& key) noexcept;
  template <typename Fixed>
  std::optional<Fixed> fixed(const char* name, Table table, core::Bytes key) noexcept;

  const Txn& txn_;
  const CatalogTables& tables_;
  Damage& damage_;
  bool damaged_ = false;
};

}  // namespace storage
