#include "storage/bulk_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "core/service/command.h"
#include "storage/key_changes.h"
#include "storage/record_writer.h"
#include "storage/records.h"
#include "storage/tenant_changes.h"

namespace storage {

namespace {

// One transaction's puts: at 4 KiB of dirty pages each, well below LMDB's 512 MiB.
constexpr std::uint32_t kPutsPerTransaction = 50'000;

// What is kept of a key until all digests can be sorted.
struct DigestPlace {
  core::Digest digest;
  core::KeyId id = 0;
};

class BulkLoader {
 public:
  BulkLoader(const Env& env, const CatalogTables& tables, LimiterSlots& slots,
             const BulkLoad& load) noexcept
      : env_(env), tables_(tables), slots_(slots), load_(load) {}

  core::Status run() {
    STORE_TRY(begin());
    STORE_TRY(check_new());
    STORE_TRY(load_tenants());
    STORE_TRY(load_keys());
    STORE_TRY(load_keys_of_tenants());
    STORE_TRY(load_digests());
    STORE_TRY(load_rows());
    STORE_TRY(writer().put_counters({.next_tenant_id = load_.tenants + 1,
                                     .next_key_id = digests_.size() + 1,
                                     .tenants = load_.tenants,
                                     .keys = digests_.size(),
                                     .next_slot = static_cast<std::uint32_t>(digests_.size())}));
    return txn_->commit();
  }

 private:
  core::Status begin() {
    auto txn = env_.write();
    if (!txn) return std::unexpected(txn.error());
    txn_ = std::move(*txn);
    puts_ = 0;
    return {};
  }

  // To be called once per record.
  core::Status count_put() {
    if (++puts_ < kPutsPerTransaction) return {};
    STORE_TRY(txn_->commit());
    return begin();
  }

  RecordWriter writer() { return {*txn_, tables_}; }

  core::Status check_new() {
    const auto tenants = txn_->count(tables_.tenants);
    if (!tenants) return std::unexpected(tenants.error());
    if (*tenants != 0) return std::unexpected(core::Error{"bulk load: the store is not new", 0});
    return {};
  }

  core::Status load_tenants() {
    for (core::TenantId id = 1; id <= load_.tenants; ++id) {
      core::Tenant tenant;
      tenant.id = id;
      tenant.name = fmt::format("tenant {}", id);
      tenant.slug = slug_of_name(tenant.name);
      tenant.created_at = load_.when;
      tenant.updated_at = load_.when;
      STORE_TRY(writer().append_tenant(tenant));
      STORE_TRY(writer().put_slug(tenant.slug, id));
      STORE_TRY(writer().put_tenant_state(id, tenant.is_active));
      STORE_TRY(count_put());
    }
    return {};
  }

  core::ApiKey key_row(core::KeyId id, const BulkKey& key) const {
    core::CreateKey command;
    command.tenant_id = 1 + (id - 1) % load_.tenants;
    command.name = fmt::format("key {}", id);
    command.display = key.display;
    command.digest = key.digest;
    command.limit = load_.limit;
    return new_key_row(
        command,
        {.id = id, .limiter_slot = static_cast<std::uint32_t>(id - 1), .when = load_.when});
  }

  core::Status load_keys() {
    BulkKey key;
    for (core::KeyId id = 1; load_.next_key(key); ++id) {
      const core::ApiKey row = key_row(id, key);
      STORE_TRY(slots_.ensure(row.limiter_slot + 1));
      slots_.reset_slot(row.limiter_slot, id);
      STORE_TRY(writer().append_key(row));
      digests_.push_back({key.digest, id});
      STORE_TRY(count_put());
    }
    return {};
  }

  core::Status load_keys_of_tenants() {
    for (core::TenantId tenant = 1; tenant <= load_.tenants; ++tenant) {
      for (core::KeyId id = tenant; id <= digests_.size(); id += load_.tenants) {
        const TenantScopedKey key(tenant, id);
        std::string value;
        seal(value, key.bytes());
        STORE_TRY(txn_->append(tables_.keys_by_tenant, key.bytes(), core::as_bytes(value)));
        STORE_TRY(count_put());
      }
    }
    return {};
  }

  core::Status load_digests() {
    std::ranges::sort(digests_, {}, [](const DigestPlace& place) {
      return std::pair(place.digest.prefix(), place.id);
    });
    std::vector<DigestEntry> entries;
    for (auto at = digests_.begin(); at != digests_.end();) {
      const std::uint64_t prefix = at->digest.prefix();
      entries.clear();
      for (; at != digests_.end() && at->digest.prefix() == prefix; ++at) {
        entries.push_back(digest_entry(key_row(at->id, {.digest = at->digest, .display = {}})));
      }
      STORE_TRY(txn_->append(tables_.keys_by_digest, integer_key(prefix),
                             core::as_bytes(encode_digest_entries(prefix, entries))));
      STORE_TRY(count_put());
    }
    return {};
  }

  core::Status load_rows() {
    if (load_.rows_per_tenant == 0) return {};
    for (core::TenantId tenant = 1; tenant <= load_.tenants; ++tenant) {
      for (core::RowId id = 1; id <= load_.rows_per_tenant; ++id) {
        STORE_TRY(writer().append_row({.tenant_id = tenant,
                                       .id = id,
                                       .values = {fmt::format("\"row {}\"", id), load_.row_value},
                                       .created_at = load_.when,
                                       .updated_at = load_.when},
                                      core::data_resource()));
        STORE_TRY(count_put());
      }
      STORE_TRY(writer().put_row_meta(
          {tenant, core::kDataResource},
          {.next_id = load_.rows_per_tenant + 1U, .count = load_.rows_per_tenant}));
    }
    return {};
  }

  const Env& env_;
  const CatalogTables& tables_;
  LimiterSlots& slots_;
  const BulkLoad& load_;
  std::optional<WriteTxn> txn_;
  std::uint32_t puts_ = 0;
  std::vector<DigestPlace> digests_;  // In the order of ids, until load_digests() sorts them.
};

}  // namespace

core::Status bulk_load(const EnvOptions& options, LimiterSlots& slots, const BulkLoad& load) {
  EnvOptions unsynced = options;
  unsynced.sync = SyncMode::kNone;
  auto env = Env::open(unsynced);
  if (!env) return std::unexpected(env.error());
  const auto tables = open_tables(*env, store_formats());
  if (!tables) return std::unexpected(tables.error());
  STORE_TRY(BulkLoader(*env, *tables, slots, load).run());
  return env->sync();
}

}  // namespace storage
