#include "storage/catalog_tables.h"

#include "core/base/check.h"
#include "storage/catalog_codec.h"

namespace storage {

namespace {

struct NamedTable {
  Table CatalogTables::*member;
  const char* name;
  TableKind kind;
};

constexpr NamedTable kTables[] = {
    {&CatalogTables::meta, "meta", TableKind::kBytes},
    {&CatalogTables::tenants, "tenants", TableKind::kInteger},
    {&CatalogTables::tenants_by_slug, "tenants_by_slug", TableKind::kBytes},
    {&CatalogTables::tenant_state, "tenant_state", TableKind::kInteger},
    {&CatalogTables::keys, "keys", TableKind::kInteger},
    {&CatalogTables::keys_by_tenant, "keys_by_tenant", TableKind::kBytes},
    {&CatalogTables::keys_by_digest, "keys_by_digest", TableKind::kInteger},
    {&CatalogTables::key_networks, "key_networks", TableKind::kInteger},
    {&CatalogTables::resources, "resources", TableKind::kInteger},
    {&CatalogTables::rows, "rows", TableKind::kBytes},
    {&CatalogTables::deleted_rows, "deleted_rows", TableKind::kBytes},
    {&CatalogTables::row_meta, "row_meta", TableKind::kBytes},
    {&CatalogTables::admin_tokens, "admin_tokens", TableKind::kInteger},
    {&CatalogTables::admin_tokens_by_name, "admin_tokens_by_name", TableKind::kBytes},
    {&CatalogTables::admin_tokens_by_digest, "admin_tokens_by_digest", TableKind::kInteger},
    {&CatalogTables::audit_log, "audit_log", TableKind::kInteger},
    {&CatalogTables::audit_by_tenant, "audit_by_tenant", TableKind::kBytes},
    {&CatalogTables::row_index, "row_index", TableKind::kBytes},
    {&CatalogTables::index_builds, "index_builds", TableKind::kBytes},
    {&CatalogTables::answers, "answers", TableKind::kBytes},
    {&CatalogTables::by_age, "by_age", TableKind::kBytes},
    {&CatalogTables::webhooks, "webhooks", TableKind::kInteger},
    {&CatalogTables::webhooks_by_tenant, "webhooks_by_tenant", TableKind::kBytes},
    {&CatalogTables::webhook_counts, "webhook_counts", TableKind::kInteger},
};
static_assert(std::size(kTables) == kCatalogTables);

struct FormatValue {
  std::uint64_t number = 0;
};

core::Bytes format_key() noexcept {
  return core::as_bytes("format");
}

// The format of an existing store; 0 in a new one.
core::Result<std::uint32_t> stored_format(const Txn& txn, Table meta) {
  const auto stored = txn.get(meta, format_key());
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return 0;
  const auto payload = unseal(format_key(), **stored);
  const auto format = payload ? decode_fixed<FormatValue>(*payload) : std::nullopt;
  if (!format) return std::unexpected(core::Error{"the store's format number is damaged", 0});
  return static_cast<std::uint32_t>(format->number);
}

core::Status upgrade(WriteTxn& txn, const CatalogTables& tables, const FormatRange& formats) {
  const auto found = stored_format(txn, tables.meta);
  if (!found) return std::unexpected(found.error());
  if (*found == formats.newest) return {};
  if (*found > formats.newest) {
    return std::unexpected(
        core::Error{"the store has a newer format: open it with a newer tollgate", 0});
  }
  for (std::uint32_t at = *found; at != 0 && at < formats.newest; ++at) {
    if (auto step = formats.steps[at - 1](txn, tables); !step) return step;
  }
  return txn.put(tables.meta, format_key(),
                 core::as_bytes(encode_fixed(FormatValue{formats.newest}, format_key())));
}

// Formats that were never released.
core::Status refuse_unreleased(WriteTxn&, const CatalogTables&) {
  return std::unexpected(
      core::Error{"the store has a format of before the first release: make it anew", 0});
}

}  // namespace

FormatRange store_formats() noexcept {
  static constexpr UpgradeStep kSteps[] = {refuse_unreleased, refuse_unreleased};
  static_assert(std::size(kSteps) + 1 == kStoreFormat, "a new format comes with its upgrade step");
  return {.newest = kStoreFormat, .steps = kSteps};
}

core::Result<CatalogTables> open_tables(const Env& env, const FormatRange& formats) {
  CHECK(formats.steps.size() + 1 == formats.newest);
  auto txn = env.write();
  if (!txn) return std::unexpected(txn.error());
  CatalogTables tables;
  for (const NamedTable& table : kTables) {
    const auto opened = txn->open_table(table.name, table.kind);
    if (!opened) return std::unexpected(opened.error());
    tables.*table.member = *opened;
  }
  if (auto upgraded = upgrade(*txn, tables, formats); !upgraded) {
    return std::unexpected(upgraded.error());
  }
  if (auto committed = txn->commit(); !committed) return std::unexpected(committed.error());
  return tables;
}

}  // namespace storage
