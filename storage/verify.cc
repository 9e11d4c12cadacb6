#include "storage/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>

#include "core/base/digest.h"
#include "core/service/record_form.h"
#include "storage/age_key.h"
#include "storage/record_writer.h"
#include "storage/records.h"
#include "storage/row_index.h"
#include "storage/verify_admin.h"
#include "storage/verify_walk.h"
#include "storage/webhook_codec.h"

namespace storage {

namespace {

// Each walk_*() goes over one table and looks up what the other tables must say. Look-ups of
// damaged values count as absent; they are named by the walk over their own table.
class Verifier {
 public:
  Verifier(const Txn& txn, const CatalogTables& tables)
      : tables_(tables), damage_(log_), records_(txn, tables, damage_) {}

  core::Result<VerifyReport> run() {
    counters_ = records_.counters();
    if (auto end = walk("meta", tables_.meta, &Verifier::walk_meta); !end) return fail(end);
    if (auto end = find_gone(); !end) return fail(end);
    if (auto end = walk_tenant_tables(); !end) return fail(end);
    if (auto end = walk_key_tables(); !end) return fail(end);
    if (auto end = walk_row_tables(); !end) return fail(end);
    if (auto end = walk_webhook_tables(); !end) return fail(end);
    if (auto end = walk("answers", tables_.answers, &Verifier::walk_answer); !end) return fail(end);
    if (auto end = walk("by_age", tables_.by_age, &Verifier::walk_age); !end) return fail(end);
    const auto deleted_tokens = verify_admin_tables(records_, report_);
    if (!deleted_tokens) return std::unexpected(deleted_tokens.error());
    aged_[static_cast<std::size_t>(Aged::kAdminToken)] = *deleted_tokens;
    compare_counts();
    return std::move(report_);
  }

 private:
  using Step = void (Verifier::*)(core::Bytes key, core::Bytes payload);

  static std::unexpected<core::Error> fail(const core::Status& status) {
    return std::unexpected(status.error());
  }

  void fault(std::string_view table, core::Bytes key, std::string_view what) {
    report_.fault(table, key, what);
  }
  void expect(bool holds, core::Bytes key, std::string_view what) {
    if (!holds) fault(table_, key, what);
  }

  core::Status walk(const char* name, Table table, Step step) {
    table_ = name;
    return walk_values(records_.txn(), {name, table}, report_,
                       [&](core::Bytes key, core::Bytes payload) { (this->*step)(key, payload); });
  }

  core::Status walk_tenant_tables() {
    if (auto end = walk("tenants", tables_.tenants, &Verifier::walk_tenant); !end) return end;
    if (auto end = walk("tenants_by_slug", tables_.tenants_by_slug, &Verifier::walk_slug); !end) {
      return end;
    }
    return walk("tenant_state", tables_.tenant_state, &Verifier::walk_state);
  }

  core::Status walk_webhook_tables() {
    if (auto end = walk("webhooks", tables_.webhooks, &Verifier::walk_webhook); !end) return end;
    if (auto end = walk("webhooks_by_tenant", tables_.webhooks_by_tenant,
                        &Verifier::walk_webhook_of_tenant);
        !end) {
      return end;
    }
    return walk("webhook_counts", tables_.webhook_counts, &Verifier::walk_webhook_count);
  }

  core::Status walk_key_tables() {
    slots_.resize(counters_.next_slot);
    if (auto end = walk("keys", tables_.keys, &Verifier::walk_key); !end) return end;
    if (auto end = walk("keys_by_tenant", tables_.keys_by_tenant, &Verifier::walk_key_of_tenant);
        !end) {
      return end;
    }
    if (auto end = walk("keys_by_digest", tables_.keys_by_digest, &Verifier::walk_digest); !end) {
      return end;
    }
    return walk("key_networks", tables_.key_networks, &Verifier::walk_networks);
  }

  core::Status walk_row_tables() {
    if (auto end = walk("resources", tables_.resources, &Verifier::walk_resource); !end) return end;
    if (auto end = walk("index_builds", tables_.index_builds, &Verifier::walk_index_build); !end) {
      return end;
    }
    if (auto end = walk("rows", tables_.rows, &Verifier::walk_row); !end) return end;
    if (auto end = walk("deleted_rows", tables_.deleted_rows, &Verifier::walk_deleted_row); !end) {
      return end;
    }
    if (auto end = walk("row_meta", tables_.row_meta, &Verifier::walk_row_meta); !end) return end;
    return walk("row_index", tables_.row_index, &Verifier::walk_index);
  }

  void walk_meta(core::Bytes, core::Bytes) {}  // The checksum is all there is to check.

  void walk_tenant(core::Bytes key, core::Bytes payload) {
    const auto id = core::load<core::TenantId>(key.data());
    const auto tenant = decode_tenant(id, payload);
    if (!tenant) return fault(table_, key, "the value is malformed");
    expect(id < counters_.next_tenant_id, key, "the next id is not beyond it");
    if (tenant->deleted_at != 0) return expect_aged(AgeKey::of(*tenant), key);
    ++report_.tenants;
    expect(records_.slug_owner(tenant->slug) == id, key, "its slug does not lead to it");
    const core::TenantState state = records_.tenant_state(id);
    expect(state.exists && state.active == tenant->is_active, key, "its state says otherwise");
  }

  void walk_slug(core::Bytes key, core::Bytes payload) {
    ++slugs_;
    const auto id = decode_fixed<core::TenantId>(payload);
    const auto owner = id ? records_.tenant(*id) : std::nullopt;
    expect(owner && owner->deleted_at == 0 && owner->slug == core::as_text(key), key,
           "no such tenant has the slug");
  }

  void walk_state(core::Bytes key, core::Bytes payload) {
    const auto tenant = records_.tenant(core::load<core::TenantId>(key.data()));
    expect(decode_fixed<StateValue>(payload).has_value(), key, "the value is malformed");
    expect(tenant && tenant->deleted_at == 0, key, "there is no such tenant");
  }

  void walk_key(core::Bytes key, core::Bytes payload) {
    const auto id = core::load<core::KeyId>(key.data());
    const auto api_key = decode_key(id, payload);
    if (!api_key) return fault(table_, key, "the value is malformed");
    ++all_keys_;
    expect(id < counters_.next_key_id, key, "the next id is not beyond it");
    const bool has_tenant = records_.tenant(api_key->tenant_id).has_value();
    expect(has_tenant || gone_tenants_.contains(api_key->tenant_id), key, "its tenant is missing");
    expect(take_slot(api_key->limiter_slot), key, "its limiter slot is not its own");
    const bool is_deleted = api_key->deleted_at != 0;
    if (is_deleted) expect_aged(AgeKey::of(*api_key), key);
    if (!is_deleted) ++report_.keys;
    if (!is_deleted && !api_key->allowed_ips.empty()) ++limited_keys_;
    check_digest(key, *api_key, {api_key->digest, make_auth_record(*api_key)});
    if (!api_key->previous) return;
    if (!is_deleted) ++previous_secrets_;
    check_digest(key, *api_key,
                 {api_key->previous->digest, core::make_previous_auth_record(*api_key)});
  }

  // What one of a key's digests must lead to, unless the key is deleted.
  struct Leads {
    const core::Digest& digest;
    core::AuthRecord record;
  };
  void check_digest(core::Bytes key, const core::ApiKey& api_key, const Leads& wanted) {
    core::AuthRecord record;
    const bool is_found =
        records_.auth_record(wanted.digest, record) && record.key_id == api_key.id;
    if (api_key.deleted_at != 0) {
      return expect(!is_found, key, "it is deleted but its digest leads to it");
    }
    expect(is_found && std::memcmp(&record, &wanted.record, sizeof record) == 0, key,
           "its digest leads to another record");
  }

  bool take_slot(std::uint32_t slot) {
    if (slot >= slots_.size() || slots_[slot]) return false;
    slots_[slot] = true;
    return true;
  }

  void walk_key_of_tenant(core::Bytes key, core::Bytes payload) {
    ++keys_by_tenant_;
    if (key.size() != TenantScopedKey::kBytes || !payload.empty()) {
      return fault(table_, key, "the value is malformed");
    }
    const auto api_key = records_.key(TenantScopedKey::id(key));
    expect(api_key && api_key->tenant_id == TenantScopedKey::tenant(key), key,
           "the tenant has no such key");
  }

  void walk_digest(core::Bytes key, core::Bytes payload) {
    expect(!payload.empty() && payload.size() % sizeof(DigestEntry) == 0, key,
           "the value is malformed");
    for (; payload.size() >= sizeof(DigestEntry); payload = payload.subspan(sizeof(DigestEntry))) {
      ++digests_;
      core::AuthRecord record;
      std::memcpy(&record, payload.data() + offsetof(DigestEntry, record), sizeof record);
      const auto api_key = records_.key(record.key_id);
      const auto prefix = core::load<std::uint64_t>(key.data());
      const bool is_of_key =
          api_key && (api_key->digest.prefix() == prefix ||
                      (api_key->previous && api_key->previous->digest.prefix() == prefix));
      expect(is_of_key && api_key->deleted_at == 0, key, "it leads to no key of that digest");
    }
  }

  void walk_resource(core::Bytes key, core::Bytes payload) {
    const auto id = static_cast<core::ResourceId>(core::load<std::uint64_t>(key.data()));
    auto resource = decode_resource(id, payload);
    if (!resource) return fault(table_, key, "the value is malformed");
    expect(id >= core::kFirstDefinedResource &&
               id < core::kFirstDefinedResource + counters_.resources_defined,
           key, "its id was never given");
    if (resource->deleted_at != 0) expect_aged(AgeKey::of(*resource), key);
    resources_.emplace(id, *std::move(resource));
  }

  void walk_index_build(core::Bytes key, core::Bytes payload) {
    const auto build = decode_index_build(key, payload);
    if (!build) return fault(table_, key, "the value is malformed");
    const auto resource = resources_.find(build->resource);
    if (resource == resources_.end()) return;  // Taken away; the build ends when its turn comes.
    const auto& fields = fields_of(resource->second);
    if (build->field >= fields.size() || core::is_indexed(fields[build->field])) {
      return fault(table_, key, "there is no such field, or it is indexed already");
    }
    resource->second.building |= std::uint64_t{1} << build->field;
  }

  void walk_networks(core::Bytes key, core::Bytes payload) {
    ++key_networks_;
    const auto api_key = records_.key(core::load<core::KeyId>(key.data()));
    expect(api_key && api_key->deleted_at == 0 && !api_key->allowed_ips.empty() &&
               encode_networks(api_key->allowed_ips) == core::as_text(payload),
           key, "its key's row says otherwise");
  }

  void walk_row(core::Bytes key, core::Bytes payload) {
    const auto row = check_row(key, payload);
    if (!row) return;
    ++report_.rows;
    const RowSpace space = RowKey::space(key);
    if (!is_gone(space)) ++rows_of_[std::string(core::as_text(key.first(RowSpace::kBytes)))];
    expect(row->head.deleted_at == 0, key, "it is deleted but listed");
  }

  void walk_deleted_row(core::Bytes key, core::Bytes payload) {
    const auto row = check_row(key, payload);
    if (!row) return;
    const RowSpace space = RowKey::space(key);
    expect(row->head.deleted_at != 0, key, "it is not deleted");
    expect(!records_.row(space, RowKey::id(key)), key, "it is among the rows, too");
    expect_aged(AgeKey::of_row(space, RowKey::id(key), row->head.deleted_at), key);
  }

  std::optional<StoredRow> check_row(core::Bytes key, core::Bytes payload) {
    const auto row = key.size() == RowKey::kBytes ? decode_row(payload) : std::nullopt;
    if (!row) {
      fault(table_, key, "the value is malformed");
      return std::nullopt;
    }
    const RowSpace space = RowKey::space(key);
    if (is_gone(space)) return row;
    const auto resource = resources_.find(space.resource);
    if (resource == resources_.end() || row->head.fields > fields_of(resource->second).size()) {
      fault(table_, key, "its resource is missing, or has fewer fields");
      return std::nullopt;
    }
    expect(records_.tenant(space.tenant).has_value(), key, "its tenant is missing");
    expect(RowKey::id(key) < records_.row_meta(space).next_id, key, "the next id is not beyond it");
    check_values(key, *row, resource->second.schema);
    if (row->head.deleted_at != 0) return row;
    for (std::size_t i = 0; i < fields_of(resource->second).size(); ++i) {
      if (core::is_indexed(fields_of(resource->second)[i])) ++index_entries_wanted_;
    }
    return row;
  }

  static const std::vector<core::Field>& fields_of(const core::Resource& resource) {
    return resource.schema.fields;
  }

  void check_values(core::Bytes key, const StoredRow& stored, core::ResourceSchema schema) {
    schema.fields.resize(stored.head.fields);  // Those that there were when it was written.
    core::ResourceRow row{.tenant_id = RowKey::space(key).tenant,
                          .id = RowKey::id(key),
                          .values = {},
                          .created_at = stored.head.created_at,
                          .updated_at = stored.head.updated_at};
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      row.values.emplace_back(stored.value(i));
    }
    std::vector<core::ValuePlace> places;
    expect(to_json(row, schema, places) == stored.json, key,
           "its JSON says otherwise than its fields");
  }

  void walk_row_meta(core::Bytes key, core::Bytes payload) {
    const auto meta = decode_fixed<RowMeta>(payload);
    if (!meta || key.size() != RowSpace::kBytes) {
      return fault(table_, key, "the value is malformed");
    }
    if (is_gone(RowSpace::read(key.data()))) return;
    const auto counted = rows_of_.extract(std::string(core::as_text(key)));
    expect(meta->count == (counted ? counted.mapped() : 0), key, "its count is wrong");
  }

  void walk_index(core::Bytes key, core::Bytes payload) {
    if (key.size() < IndexKey::kPrefixBytes + sizeof(core::RowId) || !payload.empty()) {
      return fault(table_, key, "the value is malformed");
    }
    const RowSpace space = RowSpace::read(key.data());
    if (is_gone(space)) return;
    const core::RowId id = IndexKey::id(key);
    const std::size_t field = core::load_be16(key.data() + RowSpace::kBytes);
    const auto row = records_.row(space, id);
    const auto resource = resources_.find(space.resource);
    const bool has_field =
        row && resource != resources_.end() && field < fields_of(resource->second).size();
    if (!has_field) return fault(table_, key, "there is no such row or field");
    const core::Resource& definition = resource->second;
    expect(definition.keeps_index(field), key, "its field has no index");
    // Of an index that is being built there are any number of entries, but none is wrong.
    if (core::is_indexed(definition.schema.fields[field])) ++index_entries_;
    const IndexKey wanted(space, field, index_bytes_of(*row, definition.schema, field), id);
    expect(std::ranges::equal(wanted.bytes(), key), key, "the row holds another value");
  }

  void walk_answer(core::Bytes key, core::Bytes payload) {
    const auto answer = decode_first_answer(key, payload);
    if (!answer || key.size() != sizeof(core::Digest)) {
      return fault(table_, key, "the value is malformed");
    }
    expect_aged(AgeKey(Aged::kAnswer, answer->when, key), key);
  }

  // Every record that grows old has looked for its entry: more entries than such records are wrong.
  void walk_age(core::Bytes key, core::Bytes payload) {
    if (!is_age_key(key) || !payload.empty()) {
      return fault(table_, key, "the value is malformed");
    }
    const AgeEntry entry(key);
    ++entries_by_age_[static_cast<std::size_t>(entry.kind)];
    // These are no record's: what is left of them is passed over by the walks.
    if (entry.kind == Aged::kGoneTenant) {
      expect(!records_.tenant(entry.tenant()), key, "its tenant is not gone");
    }
    if (entry.kind == Aged::kGoneResource) {
      expect(!resources_.contains(entry.resource()), key, "its resource is not gone");
    }
  }

  // An old record's entry by age: the age itself says of which kind.
  void expect_aged(const AgeKey& age, core::Bytes key) {
    ++aged_[static_cast<std::size_t>(AgeEntry(age.bytes()).kind)];
    const auto found = records_.txn().get(tables_.by_age, age.bytes());
    expect(found && *found, key, "it never grows old");
  }

  // Whose keys and rows are being taken away.
  core::Status find_gone() {
    auto cursor = records_.txn().cursor(tables_.by_age);
    if (!cursor) return std::unexpected(cursor.error());
    auto found = cursor->seek(AgeKey(Aged::kGoneTenant, 0).bytes());
    for (; found && *found; found = cursor->next()) {
      if (!is_age_key(cursor->key())) continue;
      const AgeEntry entry(cursor->key());
      if (entry.kind > Aged::kGoneResource) break;
      ++aged_[static_cast<std::size_t>(entry.kind)];
      if (entry.kind == Aged::kGoneTenant) gone_tenants_.insert(entry.tenant());
      if (entry.kind == Aged::kGoneResource) gone_resources_.insert(entry.resource());
    }
    return {};
  }

  bool is_gone(const RowSpace& space) const {
    return gone_tenants_.contains(space.tenant) || gone_resources_.contains(space.resource);
  }

  void walk_webhook(core::Bytes key, core::Bytes payload) {
    const auto id = core::load<core::WebhookId>(key.data());
    const auto webhook = decode_webhook(id, payload);
    if (!webhook) return fault(table_, key, "the value is malformed");
    ++all_webhooks_;
    expect(id < counters_.next_webhook_id, key, "the next id is not beyond it");
    const bool is_gone_with_tenant = gone_tenants_.contains(webhook->tenant_id);
    expect(is_gone_with_tenant || records_.tenant(webhook->tenant_id).has_value(), key,
           "its tenant is missing");
    if (webhook->deleted_at != 0) return expect_aged(AgeKey::of(*webhook), key);
    ++report_.webhooks;
    if (!is_gone_with_tenant) ++webhooks_of_[webhook->tenant_id];
  }

  void walk_webhook_of_tenant(core::Bytes key, core::Bytes payload) {
    ++webhooks_by_tenant_;
    if (key.size() != TenantScopedKey::kBytes || !payload.empty()) {
      return fault(table_, key, "the value is malformed");
    }
    const auto webhook = records_.webhook(TenantScopedKey::id(key));
    expect(webhook && webhook->tenant_id == TenantScopedKey::tenant(key), key,
           "the tenant has no such webhook");
  }

  void walk_webhook_count(core::Bytes key, core::Bytes payload) {
    const auto count = decode_fixed<std::uint64_t>(payload);
    if (!count) return fault(table_, key, "the value is malformed");
    const auto tenant = core::load<core::TenantId>(key.data());
    if (gone_tenants_.contains(tenant)) return;
    const auto counted = webhooks_of_.extract(tenant);
    expect(*count == (counted ? counted.mapped() : 0), key, "its count is wrong");
  }

  void compare_counts() {
    table_ = "meta";
    const core::Bytes key = core::as_bytes(kCountersKey);
    expect(counters_.tenants == report_.tenants, key, "the count of tenants is wrong");
    expect(counters_.keys == report_.keys, key, "the count of keys is wrong");
    expect(slugs_ == report_.tenants, key, "there are more slugs than tenants");
    expect(keys_by_tenant_ == all_keys_, key, "keys are missing under their tenants");
    expect(digests_ == report_.keys + previous_secrets_, key,
           "there are more digests than keys and previous secrets");
    expect(key_networks_ == limited_keys_, key, "networks of keys are missing");
    expect(counters_.webhooks == report_.webhooks, key, "the count of webhooks is wrong");
    expect(webhooks_by_tenant_ == all_webhooks_, key, "webhooks are missing under their tenants");
    expect(webhooks_of_.empty(), key, "a tenant has webhooks but no count of them");
    expect(rows_of_.empty(), key, "a tenant has rows but no count of them");
    expect(index_entries_ == index_entries_wanted_, key, "rows are missing in the index");
    expect(entries_by_age_ == aged_, key, "there are more records by age than old ones");
  }

  const CatalogTables& tables_;
  core::NullLog log_;
  Damage damage_;
  Records records_;
  VerifyReport report_;
  Counters counters_;
  const char* table_ = "";
  std::vector<bool> slots_;  // Taken by a key.
  std::uint64_t slugs_ = 0;
  std::uint64_t all_keys_ = 0;
  std::uint64_t previous_secrets_ = 0;  // Of keys that are not deleted.
  std::uint64_t limited_keys_ = 0;      // Not deleted, with allowed_ips.
  std::uint64_t key_networks_ = 0;
  std::uint64_t keys_by_tenant_ = 0;
  std::uint64_t digests_ = 0;
  std::uint64_t all_webhooks_ = 0;
  std::uint64_t webhooks_by_tenant_ = 0;
  std::map<core::TenantId, std::uint64_t> webhooks_of_;  // Not deleted, not yet compared.
  std::uint64_t index_entries_ = 0;
  std::uint64_t index_entries_wanted_ = 0;
  std::set<core::TenantId> gone_tenants_;
  std::set<core::ResourceId> gone_resources_;
  // By their kind.
  std::array<std::uint64_t, kAgedKinds> aged_{};
  std::array<std::uint64_t, kAgedKinds> entries_by_age_{};
  // Deleted ones too: their rows stay.
  std::map<core::ResourceId, core::Resource> resources_{
      {core::kDataResource, core::data_resource()}};
  // By the bytes of their space; not yet compared.
  std::map<std::string, std::uint64_t, std::less<>> rows_of_;
};

}  // namespace

void VerifyReport::fault(std::string_view table, core::Bytes key, std::string_view what) {
  ++faults;
  if (listed.size() == kFaultsListedMax) return;
  listed.push_back(fmt::format("table {} key {}: {}", table, core::to_hex(key), what));
}

core::Result<VerifyReport> verify_catalog(const Txn& txn, const CatalogTables& tables) {
  return Verifier(txn, tables).run();
}

core::Result<VerifyReport> verify_store(const EnvOptions& options) {
  auto env = Env::open(options);
  if (!env) return std::unexpected(env.error());
  const auto tables = open_tables(*env, store_formats());
  if (!tables) return std::unexpected(tables.error());
  auto txn = env->read();
  if (!txn) return std::unexpected(txn.error());
  return verify_catalog(*txn, *tables);
}

}  // namespace storage
