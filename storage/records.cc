#include "storage/records.h"

#include "storage/webhook_codec.h"

namespace storage {

std::optional<core::Bytes> Records::checked(const char* table, core::Bytes key,
                                            core::Bytes stored) noexcept {
  const auto payload = unseal(key, stored);
  if (!payload) {
    damaged_ = true;
    damage_.report(table, key, "the checksum does not fit");
  }
  return payload;
}

void Records::report_malformed(const char* table, core::Bytes key) noexcept {
  damaged_ = true;
  damage_.report(table, key, "the value is malformed");
}

void Records::report_failure(const char* table, core::Bytes key,
                             const core::Error& error) noexcept {
  damaged_ = true;
  damage_.report(table, key, describe_lmdb(error).c_str());
}

std::optional<core::Bytes> Records::payload(const char* name, Table table,
                                            core::Bytes key) noexcept {
  const auto stored = txn_.get(table, key);
  if (!stored) {
    report_failure(name, key, stored.error());
    return std::nullopt;
  }
  if (!*stored) return std::nullopt;
  return checked(name, key, **stored);
}

template <typename Fixed>
std::optional<Fixed> Records::fixed(const char* name, Table table, core::Bytes key) noexcept {
  const auto bytes = payload(name, table, key);
  if (!bytes) return std::nullopt;
  auto value = decode_fixed<Fixed>(*bytes);
  if (!value) report_malformed(name, key);
  return value;
}

std::optional<core::Tenant> Records::tenant(core::TenantId id) {
  const core::Bytes key = integer_key(id);
  const auto bytes = payload("tenants", tables_.tenants, key);
  if (!bytes) return std::nullopt;
  auto tenant = decode_tenant(id, *bytes);
  if (!tenant) report_malformed("tenants", key);
  return tenant;
}

std::optional<core::ApiKey> Records::key(core::KeyId id) {
  const core::Bytes key = integer_key(id);
  const auto bytes = payload("keys", tables_.keys, key);
  if (!bytes) return std::nullopt;
  auto api_key = decode_key(id, *bytes);
  if (!api_key) report_malformed("keys", key);
  return api_key;
}

bool Records::auth_record(const core::Digest& digest, core::AuthRecord& out) noexcept {
  const std::uint64_t prefix = digest.prefix();
  const core::Bytes key = integer_key(prefix);
  const auto bytes = payload("keys_by_digest", tables_.keys_by_digest, key);
  if (!bytes) return false;
  if (bytes->size() % sizeof(DigestEntry) != 0) {
    report_malformed("keys_by_digest", key);
    return false;
  }
  const core::Bytes rest = core::Bytes(digest.bytes).subspan(sizeof prefix);
  for (core::Bytes entries = *bytes; !entries.empty();
       entries = entries.subspan(sizeof(DigestEntry))) {
    if (!core::ct_equal(entries.first(rest.size()), rest)) continue;
    std::memcpy(&out, entries.data() + offsetof(DigestEntry, record), sizeof out);
    return true;
  }
  return false;
}

std::vector<DigestEntry> Records::digest_entries(const core::Digest& digest) {
  const std::uint64_t prefix = digest.prefix();
  const core::Bytes key = integer_key(prefix);
  const auto bytes = payload("keys_by_digest", tables_.keys_by_digest, key);
  if (!bytes) return {};
  if (bytes->size() % sizeof(DigestEntry) != 0) {
    report_malformed("keys_by_digest", key);
    return {};
  }
  std::vector<DigestEntry> entries(bytes->size() / sizeof(DigestEntry));
  std::memcpy(entries.data(), bytes->data(), bytes->size());
  return entries;
}

std::optional<bool> Records::allows(core::KeyId id, const core::Address& address) noexcept {
  const core::Bytes key = integer_key(id);
  const auto bytes = payload("key_networks", tables_.key_networks, key);
  if (!bytes) return std::nullopt;
  std::string_view rest = core::as_text(*bytes);
  if (rest.size() % kNetworkBytes != 0) {
    report_malformed("key_networks", key);
    return std::nullopt;
  }
  for (; !rest.empty(); rest.remove_prefix(kNetworkBytes)) {
    if (decode_network(rest).contains(address)) return true;
  }
  return false;
}

core::TenantState Records::tenant_state(core::TenantId id) noexcept {
  const auto state = fixed<StateValue>("tenant_state", tables_.tenant_state, integer_key(id));
  if (!state) return {};
  return {.exists = true, .active = (state->flags & StateValue::kActive) != 0};
}

core::TenantId Records::slug_owner(std::string_view slug) noexcept {
  if (slug.empty()) return 0;
  return fixed<core::TenantId>("tenants_by_slug", tables_.tenants_by_slug, core::as_bytes(slug))
      .value_or(0);
}

std::vector<core::IndexBuild> Records::index_builds() {
  std::vector<core::IndexBuild> builds;
  auto cursor = txn_.cursor(tables_.index_builds);
  if (!cursor) {
    report_failure("index_builds", {}, cursor.error());
    return builds;
  }
  auto found = cursor->first();
  for (; found && *found; found = cursor->next()) {
    const auto payload = checked("index_builds", cursor->key(), cursor->value());
    if (!payload) continue;
    if (const auto build = decode_index_build(cursor->key(), *payload)) {
      builds.push_back(*build);
    } else {
      report_malformed("index_builds", cursor->key());
    }
  }
  if (!found) report_failure("index_builds", {}, found.error());
  return builds;
}

std::optional<core::Resource> Records::resource(core::ResourceId id) {
  const std::uint64_t number = id;
  const core::Bytes key = integer_key(number);
  const auto bytes = payload("resources", tables_.resources, key);
  if (!bytes) return std::nullopt;
  auto resource = decode_resource(id, *bytes);
  if (!resource) report_malformed("resources", key);
  return resource;
}

std::optional<core::AdminToken> Records::admin_token(core::AdminTokenId id) {
  const core::Bytes key = integer_key(id);
  const auto bytes = payload("admin_tokens", tables_.admin_tokens, key);
  if (!bytes) return std::nullopt;
  auto token = decode_admin_token(id, *bytes);
  if (!token) report_malformed("admin_tokens", key);
  return token;
}

core::AdminTokenId Records::token_named(std::string_view name) noexcept {
  if (name.empty()) return 0;
  return fixed<core::AdminTokenId>("admin_tokens_by_name", tables_.admin_tokens_by_name,
                                   core::as_bytes(name))
      .value_or(0);
}

core::AdminTokenId Records::token_under(std::uint64_t digest_prefix) noexcept {
  return fixed<core::AdminTokenId>("admin_tokens_by_digest", tables_.admin_tokens_by_digest,
                                   integer_key(digest_prefix))
      .value_or(0);
}

std::optional<StoredAudit> Records::audit(core::AuditId id) noexcept {
  const core::Bytes key = integer_key(id);
  const auto bytes = payload("audit_log", tables_.audit_log, key);
  if (!bytes) return std::nullopt;
  auto entry = decode_audit(*bytes);
  if (!entry) report_malformed("audit_log", key);
  return entry;
}

std::optional<core::Webhook> Records::webhook(core::WebhookId id) {
  const core::Bytes key = integer_key(id);
  const auto bytes = payload("webhooks", tables_.webhooks, key);
  if (!bytes) return std::nullopt;
  auto webhook = decode_webhook(id, *bytes);
  if (!webhook) report_malformed("webhooks", key);
  return webhook;
}

std::uint64_t Records::webhook_count(core::TenantId tenant) noexcept {
  return fixed<std::uint64_t>("webhook_counts", tables_.webhook_counts, integer_key(tenant))
      .value_or(0);
}

std::optional<StoredRow> Records::row_in(const char* name, Table table,
                                         const RowKey& key) noexcept {
  const auto bytes = payload(name, table, key.bytes());
  if (!bytes) return std::nullopt;
  auto row = decode_row(*bytes);
  if (!row) report_malformed(name, key.bytes());
  return row;
}

std::optional<StoredRow> Records::row(const RowSpace& space, core::RowId id) noexcept {
  return row_in("rows", tables_.rows, RowKey(space, id));
}

std::optional<StoredRow> Records::row(Cursor& rows, const RowSpace& space,
                                      core::RowId id) noexcept {
  const RowKey key(space, id);
  const auto found = rows.find(key.bytes());
  if (!found) report_failure("rows", key.bytes(), found.error());
  if (!found || !*found) return std::nullopt;
  const auto bytes = checked("rows", key.bytes(), rows.value());
  if (!bytes) return std::nullopt;
  auto row = decode_row(*bytes);
  if (!row) report_malformed("rows", key.bytes());
  return row;
}

std::optional<StoredRow> Records::deleted_row(const RowSpace& space, core::RowId id) noexcept {
  return row_in("deleted_rows", tables_.deleted_rows, RowKey(space, id));
}

RowMeta Records::row_meta(const RowSpace& space) noexcept {
  return fixed<RowMeta>("row_meta", tables_.row_meta, RowSpaceKey(space).bytes())
      .value_or(RowMeta{});
}

std::optional<FirstAnswer> Records::answer(const core::Digest& key) {
  const auto bytes = payload("answers", tables_.answers, key.bytes);
  if (!bytes) return std::nullopt;
  auto answer = decode_first_answer(key.bytes, *bytes);
  if (!answer) report_malformed("answers", key.bytes);
  return answer;
}

Counters Records::counters() noexcept {
  return fixed<Counters>("meta", tables_.meta, core::as_bytes(kCountersKey)).value_or(Counters{});
}

}  // namespace storage
