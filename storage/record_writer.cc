#include "storage/record_writer.h"

#include <algorithm>

#include "storage/records.h"
#include "storage/webhook_codec.h"

namespace storage {

namespace {

// An erased record that was not there is no failure: what counts is that it is gone.
core::Status gone(const core::Result<bool>& erased) {
  if (!erased) return std::unexpected(erased.error());
  return {};
}

}  // namespace

std::string encode_digest_entries(std::uint64_t prefix, std::span<const DigestEntry> entries) {
  static_assert(std::has_unique_object_representations_v<DigestEntry>);
  std::string value(core::as_text(std::as_bytes(entries)));
  seal(value, integer_key(prefix));
  return value;
}

DigestEntry digest_entry(const core::Digest& digest, const core::AuthRecord& record) noexcept {
  DigestEntry entry{.rest = {}, .record = record};
  std::copy(digest.bytes.begin() + sizeof(std::uint64_t), digest.bytes.end(), entry.rest.begin());
  return entry;
}

DigestEntry digest_entry(const core::ApiKey& key) noexcept {
  return digest_entry(key.digest, make_auth_record(key));
}

core::Status RecordWriter::put_tenant(const core::Tenant& tenant) {
  const core::Bytes key = integer_key(tenant.id);
  return txn_.put(tables_.tenants, key, core::as_bytes(encode(tenant, key)));
}

core::Status RecordWriter::append_tenant(const core::Tenant& tenant) {
  const core::Bytes key = integer_key(tenant.id);
  return txn_.append(tables_.tenants, key, core::as_bytes(encode(tenant, key)));
}

core::Status RecordWriter::put_key(const core::ApiKey& api_key) {
  const core::Bytes key = integer_key(api_key.id);
  return txn_.put(tables_.keys, key, core::as_bytes(encode(api_key, key)));
}

core::Status RecordWriter::append_key(const core::ApiKey& api_key) {
  const core::Bytes key = integer_key(api_key.id);
  return txn_.append(tables_.keys, key, core::as_bytes(encode(api_key, key)));
}

core::Status RecordWriter::put_slug(std::string_view slug, core::TenantId owner) {
  const core::Bytes key = core::as_bytes(slug);
  return txn_.put(tables_.tenants_by_slug, key, core::as_bytes(encode_fixed(owner, key)));
}

core::Status RecordWriter::erase_tenant(core::TenantId tenant) {
  return gone(txn_.erase(tables_.tenants, integer_key(tenant)));
}

core::Status RecordWriter::erase_key(core::TenantId tenant, core::KeyId key) {
  if (auto erased = gone(txn_.erase(tables_.keys, integer_key(key))); !erased) return erased;
  const TenantScopedKey place(tenant, key);
  if (auto erased = gone(txn_.erase(tables_.keys_by_tenant, place.bytes())); !erased) return erased;
  return put_key_networks(key, {});
}

core::Status RecordWriter::erase_resource(core::ResourceId resource) {
  const std::uint64_t id = resource;
  return gone(txn_.erase(tables_.resources, integer_key(id)));
}

core::Status RecordWriter::erase_slug(std::string_view slug) {
  return gone(txn_.erase(tables_.tenants_by_slug, core::as_bytes(slug)));
}

core::Status RecordWriter::put_tenant_state(core::TenantId tenant, bool is_active) {
  const core::Bytes key = integer_key(tenant);
  const StateValue state{is_active ? StateValue::kActive : 0};
  return txn_.put(tables_.tenant_state, key, core::as_bytes(encode_fixed(state, key)));
}

core::Status RecordWriter::erase_tenant_state(core::TenantId tenant) {
  return gone(txn_.erase(tables_.tenant_state, integer_key(tenant)));
}

core::Status RecordWriter::put_of_tenant(Table table, const TenantScopedKey& key) {
  std::string value;
  seal(value, key.bytes());
  return txn_.put(table, key.bytes(), core::as_bytes(value));
}

core::Status RecordWriter::put_key_of_tenant(core::TenantId tenant, core::KeyId key_id) {
  return put_of_tenant(tables_.keys_by_tenant, TenantScopedKey(tenant, key_id));
}

core::Status RecordWriter::put_digest_entries(const core::Digest& digest,
                                              std::span<const DigestEntry> entries) {
  const std::uint64_t prefix = digest.prefix();
  if (entries.empty()) return gone(txn_.erase(tables_.keys_by_digest, integer_key(prefix)));
  return txn_.put(tables_.keys_by_digest, integer_key(prefix),
                  core::as_bytes(encode_digest_entries(prefix, entries)));
}

core::Status RecordWriter::put_key_networks(core::KeyId key_id,
                                            std::span<const core::IpNetwork> networks) {
  const core::Bytes key = integer_key(key_id);
  if (networks.empty()) return gone(txn_.erase(tables_.key_networks, key));
  std::string value = encode_networks(networks);
  seal(value, key);
  return txn_.put(tables_.key_networks, key, core::as_bytes(value));
}

core::Status RecordWriter::put_resource(const core::Resource& resource) {
  const std::uint64_t id = resource.id;
  const core::Bytes key = integer_key(id);
  return txn_.put(tables_.resources, key, core::as_bytes(encode(resource, key)));
}

core::Status RecordWriter::put_admin_token(const core::AdminToken& token) {
  const core::Bytes key = integer_key(token.id);
  return txn_.put(tables_.admin_tokens, key, core::as_bytes(encode(token, key)));
}

core::Status RecordWriter::erase_admin_token(core::AdminTokenId token) {
  return gone(txn_.erase(tables_.admin_tokens, integer_key(token)));
}

core::Status RecordWriter::put_admin_token_entries(const core::AdminToken& token) {
  const core::Bytes name = core::as_bytes(token.name);
  const std::uint64_t prefix = token.digest.prefix();
  const core::Bytes digest = integer_key(prefix);
  const auto put =
      txn_.put(tables_.admin_tokens_by_name, name, core::as_bytes(encode_fixed(token.id, name)));
  if (!put) return put;
  return txn_.put(tables_.admin_tokens_by_digest, digest,
                  core::as_bytes(encode_fixed(token.id, digest)));
}

core::Status RecordWriter::erase_admin_token_entries(const core::AdminToken& token) {
  const std::uint64_t prefix = token.digest.prefix();
  const auto erased = gone(txn_.erase(tables_.admin_tokens_by_name, core::as_bytes(token.name)));
  if (!erased) return erased;
  return gone(txn_.erase(tables_.admin_tokens_by_digest, integer_key(prefix)));
}

core::Status RecordWriter::append_audit(const core::AuditEntry& entry) {
  const core::Bytes key = integer_key(entry.id);
  const auto put = txn_.append(tables_.audit_log, key, core::as_bytes(encode(entry, key)));
  if (!put || entry.tenant_id == 0) return put;
  const TenantScopedKey place(entry.tenant_id, entry.id);
  std::string value;
  seal(value, place.bytes());
  return txn_.put(tables_.audit_by_tenant, place.bytes(), core::as_bytes(value));
}

core::Status RecordWriter::erase_audit(core::AuditId id, core::TenantId tenant) {
  const auto erased = gone(txn_.erase(tables_.audit_log, integer_key(id)));
  if (!erased || tenant == 0) return erased;
  return gone(txn_.erase(tables_.audit_by_tenant, TenantScopedKey(tenant, id).bytes()));
}

core::Status RecordWriter::put_row(const core::ResourceRow& row, const core::Resource& resource) {
  const RowKey key({row.tenant_id, resource.id}, row.id);
  return txn_.put(row.deleted_at == 0 ? tables_.rows : tables_.deleted_rows, key.bytes(),
                  core::as_bytes(encode(row, resource.schema, key.bytes())));
}

core::Status RecordWriter::append_row(const core::ResourceRow& row,
                                      const core::Resource& resource) {
  const RowKey key({row.tenant_id, resource.id}, row.id);
  return txn_.append(tables_.rows, key.bytes(),
                     core::as_bytes(encode(row, resource.schema, key.bytes())));
}

core::Status RecordWriter::erase_row(const RowSpace& space, core::RowId id) {
  return gone(txn_.erase(tables_.rows, RowKey(space, id).bytes()));
}

core::Status RecordWriter::erase_deleted_row(const RowSpace& space, core::RowId id) {
  return gone(txn_.erase(tables_.deleted_rows, RowKey(space, id).bytes()));
}

core::Status RecordWriter::put_row_meta(const RowSpace& space, const RowMeta& meta) {
  const RowSpaceKey key(space);
  return txn_.put(tables_.row_meta, key.bytes(), core::as_bytes(encode_fixed(meta, key.bytes())));
}

core::Status RecordWriter::erase_row_meta(const RowSpace& space) {
  return gone(txn_.erase(tables_.row_meta, RowSpaceKey(space).bytes()));
}

core::Status RecordWriter::put_index_entry(core::Bytes key) {
  std::string value;
  seal(value, key);
  return txn_.put(tables_.row_index, key, core::as_bytes(value));
}

core::Status RecordWriter::erase_index_entry(core::Bytes key) {
  return gone(txn_.erase(tables_.row_index, key));
}

core::Status RecordWriter::put_index_build(const core::IndexBuild& build) {
  const IndexBuildKey key(build.resource, build.field);
  const IndexBuildValue value{.tenant = build.tenant, .row = build.row, .rows = build.rows};
  return txn_.put(tables_.index_builds, key.bytes(),
                  core::as_bytes(encode_fixed(value, key.bytes())));
}

core::Status RecordWriter::erase_index_build(core::ResourceId resource, std::size_t field) {
  return gone(txn_.erase(tables_.index_builds, IndexBuildKey(resource, field).bytes()));
}

core::Status RecordWriter::put_answer(const core::Digest& key, const FirstAnswer& answer) {
  return txn_.put(tables_.answers, key.bytes, core::as_bytes(encode(answer, key.bytes)));
}

core::Status RecordWriter::erase_answer(core::Bytes key) {
  return gone(txn_.erase(tables_.answers, key));
}

core::Status RecordWriter::put_age(const AgeKey& key) {
  std::string value;
  seal(value, key.bytes());
  return txn_.put(tables_.by_age, key.bytes(), core::as_bytes(value));
}

core::Status RecordWriter::erase_age(core::Bytes key) {
  return gone(txn_.erase(tables_.by_age, key));
}

core::Status RecordWriter::put_webhook(const core::Webhook& webhook) {
  const core::Bytes key = integer_key(webhook.id);
  return txn_.put(tables_.webhooks, key, core::as_bytes(encode(webhook, key)));
}

core::Status RecordWriter::append_webhook(const core::Webhook& webhook) {
  const core::Bytes key = integer_key(webhook.id);
  return txn_.append(tables_.webhooks, key, core::as_bytes(encode(webhook, key)));
}

core::Status RecordWriter::put_webhook_of_tenant(core::TenantId tenant, core::WebhookId webhook) {
  return put_of_tenant(tables_.webhooks_by_tenant, TenantScopedKey(tenant, webhook));
}

core::Status RecordWriter::put_webhook_count(core::TenantId tenant, std::uint64_t count) {
  const core::Bytes key = integer_key(tenant);
  return txn_.put(tables_.webhook_counts, key, core::as_bytes(encode_fixed(count, key)));
}

core::Status RecordWriter::erase_webhook(core::TenantId tenant, core::WebhookId webhook) {
  if (auto erased = gone(txn_.erase(tables_.webhooks, integer_key(webhook))); !erased)
    return erased;
  const TenantScopedKey place(tenant, webhook);
  return gone(txn_.erase(tables_.webhooks_by_tenant, place.bytes()));
}

core::Status RecordWriter::erase_webhook_count(core::TenantId tenant) {
  return gone(txn_.erase(tables_.webhook_counts, integer_key(tenant)));
}

core::Status RecordWriter::put_counters(const Counters& counters) {
  const core::Bytes key = core::as_bytes(kCountersKey);
  return txn_.put(tables_.meta, key, core::as_bytes(encode_fixed(counters, key)));
}

}  // namespace storage
