// The tables of the store and their format's version.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/result.h"
#include "storage/lmdb.h"

namespace storage {

// The format that this program writes. A store of an older one is upgraded when it is opened.
inline constexpr std::uint32_t kStoreFormat = 3;

struct CatalogTables {
  Table meta;                    // "format" -> number, "counters" -> Counters.
  Table tenants;                 // id -> row, deleted ones too. Integer keys.
  Table tenants_by_slug;         // slug -> id, of tenants that are not deleted.
  Table tenant_state;            // id -> StateValue, of tenants that are not deleted. Integer keys.
  Table keys;                    // id -> row, deleted ones too. Integer keys.
  Table keys_by_tenant;          // (tenant, id) -> nothing, deleted ones too.
  Table keys_by_digest;          // First 8 bytes of the digest -> DigestEntry list. Integer keys.
  Table key_networks;            // id -> KeyNetworks, of live keys with allowed_ips. Integer keys.
  Table resources;               // id -> definition, deleted ones too. Integer keys.
  Table rows;                    // (tenant, resource, id) -> row.
  Table deleted_rows;            // The same, of deleted rows: lists have no gaps to pass over.
  Table row_meta;                // (tenant, resource) -> RowMeta.
  Table admin_tokens;            // id -> row, deleted ones too. Integer keys.
  Table admin_tokens_by_name;    // name -> id, of tokens that are not deleted.
  Table admin_tokens_by_digest;  // First 8 bytes of the digest -> id, of the same. Integer keys.
  Table audit_log;               // id -> entry. Integer keys.
  Table audit_by_tenant;         // (tenant, id) -> nothing, of entries that are about a tenant.
  Table row_index;               // (tenant, resource, field, value, id) -> nothing: row_index.h.
  Table index_builds;            // (resource, field) -> IndexBuildValue, while it is built.
  Table answers;                 // Digest of an Idempotency-Key -> FirstAnswer.
  Table by_age;                  // (kind, time, id) -> nothing, for retention: age_key.h.
  Table webhooks;                // id -> row, deleted ones too. Integer keys.
  Table webhooks_by_tenant;      // (tenant, id) -> nothing, deleted ones too.
  Table webhook_counts;          // tenant -> how many are not deleted. Integer keys.
};

inline constexpr unsigned kCatalogTables = 24;

// Takes a store from one format to the next, within the transaction that opens it.
using UpgradeStep = core::Status (*)(WriteTxn& txn, const CatalogTables& tables);

// What the upgrade knows: `steps[i]` goes from format i + 1 to i + 2, so there are newest - 1.
struct FormatRange {
  std::uint32_t newest = kStoreFormat;
  std::span<const UpgradeStep> steps;
};

// The steps up to kStoreFormat.
FormatRange store_formats() noexcept;

// Opens the tables, makes them in a new environment, and upgrades an older format: all in one
// transaction. A newer format is an error that says so, and nothing is changed then.
core::Result<CatalogTables> open_tables(const Env& env, const FormatRange& formats);

}  // namespace storage
