#include "storage/key_changes.h"

#include <algorithm>
#include <expected>
#include <utility>

#include "core/base/check.h"
#include "core/domain/rate_limit.h"

namespace storage {

namespace {

using core::OutcomeCode;

bool has_entry(const std::vector<DigestEntry>& entries, const core::Digest& digest) noexcept {
  return std::ranges::any_of(entries,
                             [&](const DigestEntry& entry) { return is_entry_of(entry, digest); });
}

// Lets the digest lead to the record, instead of what it led to before if it did.
core::Status put_entry(const core::Digest& digest, const core::AuthRecord& record,
                       ChangeContext& context) {
  auto entries = context.records.digest_entries(digest);
  std::erase_if(entries, [&](const DigestEntry& entry) { return is_entry_of(entry, digest); });
  entries.push_back(digest_entry(digest, record));
  context.effects.keys.push_back({.digest = digest, .record = record, .limit_changed = false});
  return context.writer.put_digest_entries(digest, entries);
}

// Lets the digest lead nowhere.
core::Status erase_entry(const core::Digest& digest, ChangeContext& context) {
  auto entries = context.records.digest_entries(digest);
  std::erase_if(entries, [&](const DigestEntry& entry) { return is_entry_of(entry, digest); });
  context.effects.keys.push_back({.digest = digest, .record = {}, .limit_changed = false});
  return context.writer.put_digest_entries(digest, entries);
}

// The key's row, and what its secrets lead to.
core::Status put_key_and_entries(const core::ApiKey& key, ChangeContext& context) {
  STORE_TRY(context.writer.put_key(key));
  STORE_TRY(put_entry(key.digest, make_auth_record(key), context));
  if (!key.previous) return {};
  return put_entry(key.previous->digest, make_previous_auth_record(key), context);
}

core::Status erase_entries(const core::ApiKey& key, ChangeContext& context) {
  STORE_TRY(erase_entry(key.digest, context));
  if (!key.previous) return {};
  return erase_entry(key.previous->digest, context);
}

// The key, if it is not deleted and everything that a change of it reads is sound; else the
// refusal.
std::expected<core::ApiKey, core::Outcome> key_to_change(core::KeyId id, ChangeContext& context) {
  auto key = context.records.key(id);
  if (context.records.damaged()) return std::unexpected(refuse_damaged());
  if (!key || key->deleted_at != 0 || !context.reaches(key->tenant_id)) {
    return std::unexpected(refuse(OutcomeCode::kNotFound));
  }
  if (!context.admits(key->version)) {
    return std::unexpected(refuse(OutcomeCode::kVersionDiffers));
  }
  context.records.digest_entries(key->digest);
  if (key->previous) context.records.digest_entries(key->previous->digest);
  if (context.records.damaged()) return std::unexpected(refuse_damaged());
  return *std::move(key);
}

std::optional<core::Outcome> refuse_limit(const core::RateLimit& limit) {
  const auto fault = core::check_rate_limit(limit);
  if (!fault) return std::nullopt;
  return refuse(OutcomeCode::kInvalid, fault->field, fault->reason);
}

// Checks that need no store beside the row.
std::optional<core::Outcome> refuse_update(const core::UpdateKey& command, const core::ApiKey& key,
                                           const core::RateLimit& limit) {
  if (command.tenant_id && *command.tenant_id != key.tenant_id) {
    return refuse(OutcomeCode::kInvalid, "tenant_id",
                  "can't be changed: a key stays with its tenant");
  }
  if (command.scopes && command.scopes->empty() && !key.scopes.empty()) {
    return refuse(OutcomeCode::kInvalid, "scopes",
                  "can't be emptied, which would allow everything: say [\"*\"]");
  }
  return limit == key.limit ? std::nullopt : refuse_limit(limit);
}

}  // namespace

bool is_entry_of(const DigestEntry& entry, const core::Digest& digest) noexcept {
  return core::ct_equal(entry.rest, core::Bytes(digest.bytes).subspan(sizeof(std::uint64_t)));
}

core::RateLimit merge_limit(const core::RateLimit& old, const core::LimitChange& change) noexcept {
  core::RateLimit limit = old;
  if (change.window_s) limit.window_s = *change.window_s;
  if (change.rate_limit_sent) {
    limit.rate_limit = change.rate_limit;
    const bool follows = !old.rate_limit || old.burst == *old.rate_limit;
    if (follows && change.rate_limit) limit.burst = *change.rate_limit;
  }
  if (change.burst) limit.burst = *change.burst;
  return limit;
}

core::ApiKey new_key_row(const core::CreateKey& command, const NewKeyPlace& place) {
  core::ApiKey key;
  key.id = place.id;
  key.tenant_id = command.tenant_id;
  key.name = command.name;
  key.display = command.display;
  key.digest = command.digest;
  key.scopes = command.scopes;
  key.limit = command.limit;
  key.allowed_ips = command.allowed_ips;
  key.is_active = command.is_active;
  key.expires_at = command.expires_at;
  key.metadata = command.metadata;
  key.created_at = place.when;
  key.updated_at = place.when;
  key.limiter_slot = place.limiter_slot;
  return key;
}

ChangeResult apply(const core::CreateKey& command, ChangeContext& context) {
  const bool has_tenant =
      context.reaches(command.tenant_id) && context.records.tenant_state(command.tenant_id).exists;
  auto entries = context.records.digest_entries(command.digest);
  if (context.records.damaged()) return refuse_damaged();
  if (!has_tenant) return refuse(OutcomeCode::kInvalid, "tenant_id", "names no tenant");
  if (auto refused = refuse_limit(command.limit)) return *std::move(refused);
  if (has_entry(entries, command.digest)) {
    return refuse(OutcomeCode::kConflict, "key", "exists already");
  }
  const std::uint32_t slot = context.counters.next_slot;
  if (!context.slots.ensure(slot + 1)) {
    return refuse(OutcomeCode::kStoreFull, "", "no room for another key's limit");
  }

  core::ApiKey key = new_key_row(
      command, {.id = context.counters.next_key_id, .limiter_slot = slot, .when = context.when});
  context.slots.reset_slot(slot, key.id);
  entries.push_back(digest_entry(key));
  STORE_TRY(context.writer.append_key(key));
  STORE_TRY(context.writer.put_key_of_tenant(key.tenant_id, key.id));
  if (!key.allowed_ips.empty()) {
    STORE_TRY(context.writer.put_key_networks(key.id, key.allowed_ips));
  }
  STORE_TRY(context.writer.put_digest_entries(key.digest, entries));
  ++context.counters.next_key_id;
  ++context.counters.next_slot;
  ++context.counters.keys;
  return done(std::move(key));
}

bool may_apply(const core::UpdateKey& command, ChangeContext& context) {
  if (context.effects.keys.empty()) return true;
  const auto key = context.records.key(command.id);
  return !key || merge_limit(key->limit, command.limit) == key->limit ||
         !context.effects.changes_limit_of(key->limiter_slot);
}

ChangeResult apply(const core::UpdateKey& command, ChangeContext& context) {
  auto key = key_to_change(command.id, context);
  if (!key) return std::move(key.error());
  const core::RateLimit limit = merge_limit(key->limit, command.limit);
  if (auto refused = refuse_update(command, *key, limit)) return *std::move(refused);

  const bool limit_changed = limit != key->limit;
  if (limit_changed) {
    // So that the word is never two generations behind: the new record can tell the interval of
    // one.
    core::bucket_convert(context.slots.word(key->limiter_slot), make_auth_record(*key),
                         context.slots.now());
    core::set_limit(*key, limit);
  }
  if (command.name) key->name = *command.name;
  if (command.scopes) key->scopes = *command.scopes;
  if (command.is_active) key->is_active = *command.is_active;
  if (command.expires_at) key->expires_at = *command.expires_at;
  if (command.metadata) key->metadata = *command.metadata;
  key->updated_at = context.when;
  ++key->version;
  if (key->previous && key->previous->until() <= context.when) {
    STORE_TRY(erase_entry(key->previous->digest, context));
    key->previous.reset();
  }
  if (command.allowed_ips) {
    key->allowed_ips = *command.allowed_ips;
    STORE_TRY(context.writer.put_key_networks(key->id, key->allowed_ips));
  }
  STORE_TRY(put_key_and_entries(*key, context));
  if (limit_changed) {
    context.effects.keys.push_back(
        {.digest = key->digest, .record = make_auth_record(*key), .limit_changed = true});
  }
  return done(*std::move(key));
}

ChangeResult apply(const core::DeleteKey& command, ChangeContext& context) {
  auto key = key_to_change(command.id, context);
  if (!key) return std::move(key.error());

  key->deleted_at = context.when;
  key->updated_at = context.when;
  ++key->version;
  STORE_TRY(context.writer.put_key(*key));
  STORE_TRY(erase_entries(*key, context));
  STORE_TRY(context.writer.put_key_networks(key->id, {}));
  STORE_TRY(context.writer.put_age(AgeKey::of(*key)));
  --context.counters.keys;
  return done(*std::move(key));
}

core::Status purge_key(core::TenantId tenant, core::KeyId id, ChangeContext& context) {
  const auto key = context.records.key(id);
  if (key && key->deleted_at == 0) {
    STORE_TRY(erase_entries(*key, context));
    --context.counters.keys;
  } else if (key) {
    STORE_TRY(context.writer.erase_age(AgeKey::of(*key).bytes()));
  }
  return context.writer.erase_key(tenant, id);
}

ChangeResult apply(const core::RestoreKey& command, ChangeContext& context) {
  auto key = context.records.key(command.id);
  if (context.records.damaged()) return refuse_damaged();
  if (!key || !context.reaches(key->tenant_id)) return refuse(OutcomeCode::kNotFound);
  if (!context.admits(key->version)) return refuse(OutcomeCode::kVersionDiffers);
  if (key->deleted_at == 0) return refuse_live();
  const bool has_tenant = context.records.tenant_state(key->tenant_id).exists;
  bool is_taken = has_entry(context.records.digest_entries(key->digest), key->digest);
  if (key->previous && key->previous->until() <= context.when) key->previous.reset();
  if (key->previous) {
    const core::Digest& digest = key->previous->digest;
    is_taken = has_entry(context.records.digest_entries(digest), digest) || is_taken;
  }
  if (context.records.damaged()) return refuse_damaged();
  if (!has_tenant) return refuse(OutcomeCode::kConflict, "tenant_id", "names a deleted tenant");
  if (is_taken) return refuse(OutcomeCode::kConflict, "key", "exists already");

  STORE_TRY(context.writer.erase_age(AgeKey::of(*key).bytes()));
  key->deleted_at = 0;
  key->updated_at = context.when;
  ++key->version;
  STORE_TRY(put_key_and_entries(*key, context));
  STORE_TRY(context.writer.put_key_networks(key->id, key->allowed_ips));
  ++context.counters.keys;
  return done(*std::move(key));
}

ChangeResult apply(const core::RotateKey& command, ChangeContext& context) {
  auto key = key_to_change(command.id, context);
  if (!key) return std::move(key.error());
  const bool is_taken =
      has_entry(context.records.digest_entries(command.secret.digest), command.secret.digest);
  if (context.records.damaged()) return refuse_damaged();
  if (is_taken) return refuse(OutcomeCode::kConflict, "key", "exists already");

  STORE_TRY(erase_entries(*key, context));
  core::replace_secret(*key, command.secret, context.when);
  key->updated_at = context.when;
  ++key->version;
  STORE_TRY(put_key_and_entries(*key, context));
  return done(*std::move(key));
}

}  // namespace storage
