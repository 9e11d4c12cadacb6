// Writes of the catalog's records: each keeps the tables that index the record in step.
#pragma once

#include <string_view>

#include "storage/admin_codec.h"
#include "storage/age_key.h"
#include "storage/catalog_codec.h"
#include "storage/catalog_tables.h"
#include "storage/first_answer.h"

namespace storage {

// A failed write leaves the transaction unfit for all but abort().
//
// Owner: a stack frame; the transaction and tables must outlive it.
class RecordWriter {
 public:
  RecordWriter(WriteTxn& txn, const CatalogTables& tables) noexcept : txn_(txn), tables_(tables) {}

  // The row alone.
  core::Status put_tenant(const core::Tenant& tenant);
  core::Status put_key(const core::ApiKey& key);

  // The row alone; of a key also its place under its tenant, and its networks.
  core::Status erase_tenant(core::TenantId tenant);
  core::Status erase_key(core::TenantId tenant, core::KeyId key);
  core::Status erase_resource(core::ResourceId resource);

  // A row whose key is greater than all in its table: fills pages whole.
  core::Status append_tenant(const core::Tenant& tenant);
  core::Status append_key(const core::ApiKey& key);

  core::Status put_slug(std::string_view slug, core::TenantId owner);
  core::Status erase_slug(std::string_view slug);

  core::Status put_tenant_state(core::TenantId tenant, bool is_active);
  core::Status erase_tenant_state(core::TenantId tenant);

  core::Status put_key_of_tenant(core::TenantId tenant, core::KeyId key);

  // Everything that shares the digest's first 8 bytes; an empty list erases it.
  core::Status put_digest_entries(const core::Digest& digest, std::span<const DigestEntry> entries);

  // The key's allowed_ips, as authentication reads them; an empty list erases the record.
  core::Status put_key_networks(core::KeyId key, std::span<const core::IpNetwork> networks);

  core::Status put_resource(const core::Resource& resource);

  // The row alone; then what its name and its digest lead to.
  core::Status put_admin_token(const core::AdminToken& token);
  core::Status erase_admin_token(core::AdminTokenId token);
  core::Status put_admin_token_entries(const core::AdminToken& token);
  core::Status erase_admin_token_entries(const core::AdminToken& token);

  // An entry of the audit log, behind all that there are, and its place under its tenant, if it is
  // about one.
  core::Status append_audit(const core::AuditEntry& entry);
  core::Status erase_audit(core::AuditId id, core::TenantId tenant);

  // Where the row lies follows from its deleted_at: among the rows or among the deleted. The other
  // place and the indexes are the caller's to keep in step.
  core::Status put_row(const core::ResourceRow& row, const core::Resource& resource);
  core::Status append_row(const core::ResourceRow& row, const core::Resource& resource);
  core::Status erase_row(const RowSpace& space, core::RowId id);
  core::Status erase_deleted_row(const RowSpace& space, core::RowId id);
  core::Status put_row_meta(const RowSpace& space, const RowMeta& meta);
  core::Status erase_row_meta(const RowSpace& space);

  // Keys are those of row_index.h.
  core::Status put_index_entry(core::Bytes key);
  core::Status erase_index_entry(core::Bytes key);

  core::Status put_index_build(const core::IndexBuild& build);
  core::Status erase_index_build(core::ResourceId resource, std::size_t field);

  core::Status put_answer(const core::Digest& key, const FirstAnswer& answer);
  core::Status erase_answer(core::Bytes key);

  core::Status put_age(const AgeKey& key);
  core::Status erase_age(core::Bytes key);
  core::Status put_webhook(const core::Webhook& webhook);
  core::Status append_webhook(const core::Webhook& webhook);
  core::Status put_webhook_of_tenant(core::TenantId tenant, core::WebhookId webhook);
  core::Status put_webhook_count(core::TenantId tenant, std::uint64_t count);
  // The row and its place under its tenant.
  core::Status erase_webhook(core::TenantId tenant, core::WebhookId webhook);
  core::Status erase_webhook_count(core::TenantId tenant);

  core::Status put_counters(const Counters& counters);

 private:
  core::Status put_of_tenant(Table table, const TenantScopedKey& key);

  WriteTxn& txn_;
  const CatalogTables& tables_;
};

// The sealed value of a digest's entries, for writers that append.
std::string encode_digest_entries(std::uint64_t prefix, std::span<const DigestEntry> entries);

// What the digest table holds under a digest.
DigestEntry digest_entry(const core::Digest& digest, const core::AuthRecord& record) noexcept;

// The same for a key's present secret.
DigestEntry digest_entry(const core::ApiKey& key) noexcept;

}  // namespace storage
