// What retention takes away, in the order of its age: keys of the table by_age.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "storage/catalog_codec.h"

namespace storage {

// What an entry is about, and what its id is; numbers in ids are big-endian.
//
// NOTE: the numbers are part of the store's format (docs/formats-store.md).
enum class Aged : std::uint8_t {
  kTenant = 1,    // Deleted; its id.
  kKey = 2,       // Deleted; TenantScopedKey.
  kResource = 3,  // A deleted definition; its id.
  kRow = 4,       // Deleted; RowKey.
  kAnswer = 5,    // Given; the digest that it lies under.
  // Taken away itself, while what belonged to it is still being taken away.
  kGoneTenant = 6,    // Its id.
  kGoneResource = 7,  // Its id, then that of the tenant whose rows are next.
  kWebhook = 8,       // Deleted; TenantScopedKey.
  kAdminToken = 9,    // Deleted; its id.
};
inline constexpr std::size_t kAgedKinds = 10;  // With 0, which is none.

// The kind, the time from which its age counts, big-endian, and the id. An entry is written with
// what makes its record old (a deletion, an answer), and erased with what makes it young again.
class AgeKey {
 public:
  static constexpr std::size_t kPrefixBytes = 1 + 8;

  // Where the entries of a kind begin that are no older than `since`. Requires: since >= 0.
  AgeKey(Aged kind, core::WallMicros since);
  AgeKey(Aged kind, core::WallMicros since, core::Bytes id);

  // Those of deleted rows.
  static AgeKey of(const core::Tenant& tenant);
  static AgeKey of(const core::ApiKey& key);
  static AgeKey of(const core::Resource& resource);
  static AgeKey of(const core::AdminToken& token);
  static AgeKey of(const core::Webhook& webhook);
  static AgeKey of_row(const RowSpace& space, core::RowId id, core::WallMicros deleted_at);

  // What is left of a tenant, or of a resource from that tenant on.
  static AgeKey gone(core::WallMicros since, core::TenantId tenant);
  static AgeKey gone(core::WallMicros since, const RowSpace& next);

  core::Bytes bytes() const noexcept { return core::as_bytes(key_); }

 private:
  std::string key_;
};

// A key of the table, taken apart. Views it.
struct AgeEntry {
  Aged kind = Aged::kTenant;
  core::WallMicros since = 0;
  core::Bytes id;

  // Requires: is_age_key(key).
  explicit AgeEntry(core::Bytes key) noexcept;

  // Of a tenant's or a gone tenant's.
  core::TenantId tenant() const noexcept { return core::load_be64(id.data()); }
  // Of an admin token's.
  core::AdminTokenId admin_token() const noexcept { return core::load_be64(id.data()); }
  // Of a resource's or a gone resource's.
  core::ResourceId resource() const noexcept { return core::load_be32(id.data()); }
  // Of a gone resource's: whose rows are next.
  core::TenantId next_tenant() const noexcept { return core::load_be64(id.data() + 4); }
};

// Whether its kind and length are such a key's.
bool is_age_key(core::Bytes key) noexcept;

}  // namespace storage
