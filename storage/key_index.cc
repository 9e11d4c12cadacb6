#include "storage/key_index.h"

#include "storage/records.h"

namespace storage {

KeyIndex::KeyIndex(Snapshot& snapshot, const KeyIndexOptions& options)
    : snapshot_(snapshot),
      versions_(snapshot.environment().versions()),
      keys_(options.key_entries),
      tenants_(options.tenant_entries) {}

bool KeyIndex::find(const core::Digest& digest, core::AuthRecord& out) noexcept {
  const KeyCache::Entry* const entry = keys_.find(digest);
  if (entry != nullptr && entry->version == versions_.key(digest)) {
    out = entry->record;
    return true;
  }
  return reload(digest, out);
}

bool KeyIndex::reload(const core::Digest& digest, core::AuthRecord& out) noexcept {
  const KeyCache::Place place = keys_.place(digest);    // Its lines arrive during the search.
  const std::uint32_t version = versions_.key(digest);  // Before the snapshot: see store.h.
  const Txn* txn = snapshot_.renewed();
  if (txn == nullptr) return false;
  Records records(*txn, snapshot_.environment().tables(), snapshot_.environment().damage());
  if (!records.auth_record(digest, out)) return false;
  keys_.put(place, {.digest = digest, .version = version, .record = out});
  return true;
}

core::TenantState KeyIndex::tenant(core::TenantId id) noexcept {
  TenantEntry& entry = tenants_[id];
  const std::uint32_t version = versions_.tenants();  // Before the snapshot: see store.h.
  if (entry.id == id && entry.version == version && id != 0) {
    return {.exists = true, .active = entry.active != 0};
  }
  const Txn* txn = snapshot_.renewed();
  if (txn == nullptr) return {};
  Records records(*txn, snapshot_.environment().tables(), snapshot_.environment().damage());
  const core::TenantState state = records.tenant_state(id);
  if (state.exists) entry = {id, version, state.active ? 1U : 0U};
  return state;
}

bool KeyIndex::allows(const core::Digest& digest, core::AuthRecord& record,
                      const core::Address& address) noexcept {
  const Txn* txn = snapshot_.renewed();
  if (txn == nullptr) return false;
  Records records(*txn, snapshot_.environment().tables(), snapshot_.environment().damage());
  if (const auto allowed = records.allows(record.key_id, address)) return *allowed;
  // The list was taken away after the record was cached, or can't be read.
  return !records.damaged() && reload(digest, record) && !record.has(core::AuthRecord::kAllowedIps);
}

}  // namespace storage
