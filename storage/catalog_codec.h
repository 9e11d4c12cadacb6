// The stored values of the catalog: how tenants, keys, rows and their indexes lie in the
// tables of storage/catalog_tables.h. Grammar, example and drawbacks: docs/formats-store.md.
//
// Every value ends with an xxHash64 over its key and the bytes before it. Numbers are little-endian
// as the heads below lay them out; texts follow their head in the order of its length fields.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/domain/api_key.h"
#include "core/domain/audit_entry.h"
#include "core/domain/resource_row.h"
#include "core/domain/tenant.h"
#include "core/domain/webhook.h"
#include "storage/value_parts.h"

namespace storage {

inline constexpr std::size_t kChecksumBytes = 8;

// Appends the checksum that ends a value.
void seal(std::string& value, core::Bytes key);

// What a stored value holds before its checksum; nothing if the checksum does not fit.
std::optional<core::Bytes> unseal(core::Bytes key, core::Bytes stored) noexcept;

struct TenantHead {
  static constexpr std::uint8_t kActive = 1;

  std::uint8_t layout = kValueLayout;
  std::uint8_t flags = 0;
  std::uint16_t name_bytes = 0;
  std::uint16_t slug_bytes = 0;
  std::uint16_t plan_bytes = 0;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  std::int64_t deleted_at = 0;
  std::uint64_t version = 0;
};
static_assert(sizeof(TenantHead) == 40 && offsetof(TenantHead, deleted_at) == 24);

struct KeyHead {
  static constexpr std::uint8_t kActive = 1;
  static constexpr std::uint8_t kUnlimited = 2;

  std::uint8_t layout = kValueLayout;
  std::uint8_t flags = 0;
  std::uint16_t limit_generation = 0;
  std::uint16_t name_bytes = 0;
  std::uint16_t display_bytes = 0;
  std::uint32_t scopes_bytes = 0;  // Each scope: a byte with its length, then its text.
  std::uint32_t metadata_bytes = 0;
  std::uint32_t rate_limit = 0;
  std::uint32_t window_s = 0;
  std::uint32_t burst = 0;
  std::uint32_t limiter_slot = 0;
  std::uint64_t tenant_id = 0;
  std::uint64_t version = 0;
  std::uint64_t previous_interval = 0;
  std::int64_t expires_at = 0;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  std::int64_t deleted_at = 0;
  std::array<std::byte, 32> digest{};
  std::uint32_t previous_until_s = 0;  // Not 0: all else is followed by the previous digest.
  std::uint32_t networks_bytes = 0;
};
static_assert(sizeof(KeyHead) == 128 && offsetof(KeyHead, deleted_at) == 80);

// One of a key's allowed_ips, in its row and, if it is not deleted, in its value of key_networks.
inline constexpr std::size_t kNetworkBytes = 17;  // The address, then the bits of its prefix.
std::string encode_networks(std::span<const core::IpNetwork> networks);
core::IpNetwork decode_network(std::string_view bytes) noexcept;  // Requires: kNetworkBytes.

// Nothing if these are not such bytes.
std::optional<std::vector<core::IpNetwork>> decode_networks(std::string_view bytes);

// Followed by a core::ValuePlace for each field that the resource had when the row was written,
// then the row's JSON as it is sent.
struct RowHead {
  std::uint8_t layout = kValueLayout;
  std::uint8_t reserved = 0;
  std::uint16_t fields = 0;
  std::uint32_t json_bytes = 0;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  std::int64_t deleted_at = 0;
  std::uint64_t version = 0;
};
static_assert(sizeof(RowHead) == 40 && offsetof(RowHead, created_at) == 8);

// Followed by the schema as JSON.
struct ResourceHead {
  std::uint8_t layout = kValueLayout;
  std::array<std::uint8_t, 3> reserved{};
  std::uint32_t schema_bytes = 0;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  std::int64_t deleted_at = 0;
  std::uint64_t version = 0;
};
static_assert(sizeof(ResourceHead) == 40 && offsetof(ResourceHead, deleted_at) == 24);

// One of the entries under a digest's first 8 bytes. More than one only if two digests begin alike.
struct DigestEntry {
  std::array<std::byte, 24> rest{};  // Bytes 8 to 31 of the digest.
  core::AuthRecord record;
};
static_assert(sizeof(DigestEntry) == 88 && offsetof(DigestEntry, record) == 24);

// The tenant's row of tenant_state; there is none for a deleted tenant.
struct StateValue {
  static constexpr std::uint64_t kActive = 1;
  std::uint64_t flags = 0;
};

// Per tenant and resource: the id of the next row, and how many rows there are that are not
// deleted.
struct RowMeta {
  core::RowId next_id = 1;
  std::uint64_t count = 0;
  bool operator==(const RowMeta&) const = default;
};
static_assert(sizeof(RowMeta) == 16);

// The store's own row in the meta table.
struct Counters {
  core::TenantId next_tenant_id = 1;
  core::KeyId next_key_id = 1;
  std::uint64_t tenants = 0;  // Not deleted.
  std::uint64_t keys = 0;     // Not deleted.
  std::uint32_t next_slot = 0;
  std::uint32_t resources_defined = 0;  // Deleted ones too.
  core::AdminTokenId next_admin_token_id = 1;
  std::uint64_t admin_tokens = 0;  // Not deleted.
  core::AuditId next_audit_id = 1;
  core::WebhookId next_webhook_id = 1;
  std::uint64_t webhooks = 0;  // Not deleted.
  bool operator==(const Counters&) const = default;
};
static_assert(sizeof(Counters) == 80);

// Sealed values. Lengths that the fields cannot hold are a broken invariant: the forms bound them.
std::string encode(const core::Tenant& tenant, core::Bytes key);
std::string encode(const core::ApiKey& api_key, core::Bytes key);
std::string encode(const core::ResourceRow& row, const core::ResourceSchema& schema,
                   core::Bytes key);
std::string encode(const core::Resource& resource, core::Bytes key);

// What encode() wrote, unsealed; nothing if it is not such a value.
std::optional<core::Tenant> decode_tenant(core::TenantId id, core::Bytes payload);
std::optional<core::ApiKey> decode_key(core::KeyId id, core::Bytes payload);
std::optional<core::Resource> decode_resource(core::ResourceId id, core::Bytes payload);

// A row of a resource where it lies: the views are into the payload.
struct StoredRow {
  RowHead head;
  core::Bytes places;
  std::string_view json;

  // Requires: field < head.fields.
  core::ValuePlace place_of(std::size_t field) const noexcept {
    core::ValuePlace place;
    std::memcpy(&place, places.data() + field * sizeof place, sizeof place);
    return place;
  }
  std::string_view value(std::size_t field) const noexcept {
    const core::ValuePlace place = place_of(field);
    return json.substr(place.at, place.bytes);
  }
};
std::optional<StoredRow> decode_row(core::Bytes payload) noexcept;

// deleted_at of a tenant's or key's value, unchecked: for passing over deleted rows of a list.
// Requires: a value of that kind, by its length at least.
template <typename Head>
core::WallMicros peek_deleted_at(core::Bytes stored) noexcept {
  return core::load<std::int64_t>(stored.data() + offsetof(Head, deleted_at));
}

// Values without texts: the bytes of a struct, sealed.
template <typename Fixed>
std::string encode_fixed(const Fixed& value, core::Bytes key) {
  static_assert(std::has_unique_object_representations_v<Fixed>, "no padding in stored values");
  std::string out(reinterpret_cast<const char*>(&value), sizeof value);
  seal(out, key);
  return out;
}

template <typename Fixed>
std::optional<Fixed> decode_fixed(core::Bytes payload) noexcept {
  if (payload.size() != sizeof(Fixed)) return std::nullopt;
  Fixed value;
  std::memcpy(&value, payload.data(), sizeof value);
  return value;
}

// Values of index_builds, and their keys: the resource, then the field, big-endian.
struct IndexBuildValue {
  std::uint64_t tenant = 1;
  std::uint64_t row = 0;
  std::uint64_t rows = 0;
};
static_assert(sizeof(IndexBuildValue) == 24);

class IndexBuildKey {
 public:
  static constexpr std::size_t kBytes = 6;

  IndexBuildKey(core::ResourceId resource, std::size_t field) noexcept {
    core::store_be32(bytes_.data(), resource);
    core::store_be16(bytes_.data() + sizeof resource, static_cast<std::uint16_t>(field));
  }
  core::Bytes bytes() const noexcept { return bytes_; }

 private:
  std::array<std::byte, kBytes> bytes_;
};

std::optional<core::IndexBuild> decode_index_build(core::Bytes key, core::Bytes payload) noexcept;

// Keys of keys_by_tenant, audit_by_tenant and webhooks_by_tenant: tenant, then id, big-endian, so
// that a tenant's come together and in order.
class TenantScopedKey {
 public:
  static constexpr std::size_t kBytes = 16;

  TenantScopedKey(core::TenantId tenant, std::uint64_t id) noexcept {
    core::store_be64(bytes_.data(), tenant);
    core::store_be64(bytes_.data() + 8, id);
  }
  core::Bytes bytes() const noexcept { return bytes_; }

  // Requires: kBytes bytes.
  static core::TenantId tenant(core::Bytes key) noexcept { return core::load_be64(key.data()); }
  static std::uint64_t id(core::Bytes key) noexcept { return core::load_be64(key.data() + 8); }

 private:
  std::array<std::byte, kBytes> bytes_;
};

// Whose rows, and of what: everything that holds rows begins with it, so that no key of one tenant
// lies among another's.
struct RowSpace {
  static constexpr std::size_t kBytes = 12;

  core::TenantId tenant = 0;
  core::ResourceId resource = 0;

  bool operator==(const RowSpace&) const = default;

  // Big-endian, the tenant first.
  void write(std::byte* at) const noexcept;
  static RowSpace read(const std::byte* at) noexcept;
};

// Keys of row_meta.
class RowSpaceKey {
 public:
  explicit RowSpaceKey(const RowSpace& space) noexcept { space.write(bytes_.data()); }
  core::Bytes bytes() const noexcept { return bytes_; }

 private:
  std::array<std::byte, RowSpace::kBytes> bytes_;
};

// Keys of rows and deleted_rows: the space, then the id.
class RowKey {
 public:
  static constexpr std::size_t kBytes = RowSpace::kBytes + 8;

  RowKey(const RowSpace& space, core::RowId id) noexcept {
    space.write(bytes_.data());
    core::store_be64(bytes_.data() + RowSpace::kBytes, id);
  }
  core::Bytes bytes() const noexcept { return bytes_; }

  // Requires: kBytes bytes.
  static RowSpace space(core::Bytes key) noexcept { return RowSpace::read(key.data()); }
  static core::RowId id(core::Bytes key) noexcept {
    return core::load_be64(key.data() + RowSpace::kBytes);
  }

 private:
  std::array<std::byte, kBytes> bytes_;
};

}  // namespace storage
