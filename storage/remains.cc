#include "storage/remains.h"

#include <array>

#include "storage/age_key.h"
#include "storage/key_changes.h"
#include "storage/webhook_changes.h"

namespace storage {

core::Result<std::vector<std::string>> keys_with(const Txn& txn, Table table, core::Bytes begin,
                                                 core::Bytes prefix, std::size_t max) {
  std::vector<std::string> keys;
  auto cursor = txn.cursor(table);
  if (!cursor) return std::unexpected(cursor.error());
  auto found = cursor->seek(begin);
  for (; found && *found && keys.size() < max; found = cursor->next()) {
    const std::string_view key = core::as_text(cursor->key());
    if (!key.starts_with(core::as_text(prefix))) break;
    keys.emplace_back(key);
  }
  if (!found) return std::unexpected(found.error());
  return keys;
}

core::Result<std::vector<std::string>> Remains::next_keys(Table table, core::Bytes prefix) const {
  return keys_with(context_.records.txn(), table, prefix, prefix, left_);
}

core::Status Remains::take() {
  const Table by_age = context_.records.tables().by_age;
  for (const Aged kind : {Aged::kGoneTenant, Aged::kGoneResource}) {
    const std::byte prefix{static_cast<std::uint8_t>(kind)};
    while (left_ > 0) {
      const auto oldest = keys_with(context_.records.txn(), by_age, {&prefix, 1}, {&prefix, 1}, 1);
      if (!oldest) return std::unexpected(oldest.error());
      if (oldest->empty()) break;
      const core::Bytes entry = core::as_bytes(oldest->front());
      STORE_TRY(kind == Aged::kGoneTenant ? take_tenant(entry) : take_resource(entry));
    }
  }
  return {};
}

core::Status Remains::take_tenant(core::Bytes entry) {
  const core::TenantId tenant = AgeEntry(entry).tenant();
  std::array<std::byte, sizeof tenant> prefix;
  core::store_be64(prefix.data(), tenant);
  STORE_TRY(take_keys(tenant));
  STORE_TRY(take_webhooks(tenant));
  while (left_ > 0) {
    const Table row_meta = context_.records.tables().row_meta;
    const auto space = keys_with(context_.records.txn(), row_meta, prefix, prefix, 1);
    if (!space) return std::unexpected(space.error());
    if (space->empty()) return context_.writer.erase_age(entry);
    STORE_TRY(take_space(RowSpace::read(core::as_bytes(space->front()).data())));
  }
  return {};
}

core::Status Remains::take_keys(core::TenantId tenant) {
  std::array<std::byte, sizeof tenant> prefix;
  core::store_be64(prefix.data(), tenant);
  const auto keys = next_keys(context_.records.tables().keys_by_tenant, prefix);
  if (!keys) return std::unexpected(keys.error());
  for (const std::string& key : *keys) {
    STORE_TRY(purge_key(tenant, TenantScopedKey::id(core::as_bytes(key)), context_));
    ++tally_.keys;
    --left_;
  }
  return {};
}

// The count goes with the last of them.
core::Status Remains::take_webhooks(core::TenantId tenant) {
  std::array<std::byte, sizeof tenant> prefix;
  core::store_be64(prefix.data(), tenant);
  const auto webhooks = next_keys(context_.records.tables().webhooks_by_tenant, prefix);
  if (!webhooks) return std::unexpected(webhooks.error());
  for (const std::string& key : *webhooks) {
    STORE_TRY(purge_webhook(tenant, TenantScopedKey::id(core::as_bytes(key)), context_));
    ++tally_.webhooks;
    --left_;
  }
  return left_ == 0 ? core::Status{} : context_.writer.erase_webhook_count(tenant);
}

// The rows of one tenant after the other: the entry says whose are next. A tenant without such rows
// costs a look, which counts as a record does.
core::Status Remains::take_resource(core::Bytes entry) {
  const AgeEntry gone(entry);
  RowSpace space{gone.next_tenant(), gone.resource()};
  for (; left_ > 0; --left_) {
    const Table row_meta = context_.records.tables().row_meta;
    const auto found =
        keys_with(context_.records.txn(), row_meta, RowSpaceKey(space).bytes(), {}, 1);
    if (!found) return std::unexpected(found.error());
    if (found->empty()) return context_.writer.erase_age(entry);
    const RowSpace at = RowSpace::read(core::as_bytes(found->front()).data());
    if (at == space) {
      STORE_TRY(take_space(space));
      if (left_ == 0) break;
      ++space.tenant;
    } else {
      space.tenant = at.tenant + (at.resource > space.resource ? 1 : 0);
    }
  }
  STORE_TRY(context_.writer.erase_age(entry));
  return context_.writer.put_age(AgeKey::gone(gone.since, space));
}

// The count of rows goes last: it is what leads here.
core::Status Remains::take_space(const RowSpace& space) {
  STORE_TRY(take_index(space));
  STORE_TRY(take_rows(space));
  STORE_TRY(take_deleted_rows(space));
  if (left_ == 0) return {};
  --left_;
  return context_.writer.erase_row_meta(space);
}

core::Status Remains::take_index(const RowSpace& space) {
  const auto keys = next_keys(context_.records.tables().row_index, RowSpaceKey(space).bytes());
  if (!keys) return std::unexpected(keys.error());
  for (const std::string& key : *keys) {
    STORE_TRY(context_.writer.erase_index_entry(core::as_bytes(key)));
    --left_;
  }
  return {};
}

core::Status Remains::take_rows(const RowSpace& space) {
  const auto keys = next_keys(context_.records.tables().rows, RowSpaceKey(space).bytes());
  if (!keys) return std::unexpected(keys.error());
  for (const std::string& key : *keys) {
    STORE_TRY(context_.writer.erase_row(space, RowKey::id(core::as_bytes(key))));
    ++tally_.rows;
    --left_;
  }
  return {};
}

core::Status Remains::take_deleted_rows(const RowSpace& space) {
  const auto keys = next_keys(context_.records.tables().deleted_rows, RowSpaceKey(space).bytes());
  if (!keys) return std::unexpected(keys.error());
  for (const std::string& key : *keys) {
    const core::RowId id = RowKey::id(core::as_bytes(key));
    // The age of a row that can't be read goes when it is due.
    if (const auto row = context_.records.deleted_row(space, id)) {
      const AgeKey age = AgeKey::of_row(space, id, row->head.deleted_at);
      STORE_TRY(context_.writer.erase_age(age.bytes()));
    }
    STORE_TRY(context_.writer.erase_deleted_row(space, id));
    ++tally_.rows;
    --left_;
  }
  return {};
}

}  // namespace storage
