#include "storage/age_key.h"

#include <array>

#include "core/base/check.h"

namespace storage {

namespace {

// The bytes of each kind's id; 0: no such kind.
constexpr std::array<std::size_t, kAgedKinds> kIdBytes = {
    0,
    sizeof(core::TenantId),
    TenantScopedKey::kBytes,
    sizeof(core::ResourceId),
    RowKey::kBytes,
    32,
    sizeof(core::TenantId),
    sizeof(core::ResourceId) + sizeof(core::TenantId),
    TenantScopedKey::kBytes,
    sizeof(core::AdminTokenId)};

// Of a tenant or an admin token.
std::array<std::byte, sizeof(std::uint64_t)> id_of(std::uint64_t number) noexcept {
  std::array<std::byte, sizeof number> id;
  core::store_be64(id.data(), number);
  return id;
}

}  // namespace

AgeKey::AgeKey(Aged kind, core::WallMicros since) : key_(kPrefixBytes, static_cast<char>(kind)) {
  CHECK(since >= 0);
  core::store_be64(key_.data() + 1, static_cast<std::uint64_t>(since));
}

AgeKey::AgeKey(Aged kind, core::WallMicros since, core::Bytes id) : AgeKey(kind, since) {
  key_ += core::as_text(id);
}

AgeKey AgeKey::of(const core::Tenant& tenant) {
  return {Aged::kTenant, tenant.deleted_at, id_of(tenant.id)};
}

AgeKey AgeKey::of(const core::ApiKey& key) {
  return {Aged::kKey, key.deleted_at, TenantScopedKey(key.tenant_id, key.id).bytes()};
}

AgeKey AgeKey::of(const core::Resource& resource) {
  std::array<std::byte, sizeof resource.id> id;
  core::store_be32(id.data(), resource.id);
  return {Aged::kResource, resource.deleted_at, id};
}

AgeKey AgeKey::of(const core::AdminToken& token) {
  return {Aged::kAdminToken, token.deleted_at, id_of(token.id)};
}

AgeKey AgeKey::of(const core::Webhook& webhook) {
  return {Aged::kWebhook, webhook.deleted_at,
          TenantScopedKey(webhook.tenant_id, webhook.id).bytes()};
}

AgeKey AgeKey::of_row(const RowSpace& space, core::RowId id, core::WallMicros deleted_at) {
  return {Aged::kRow, deleted_at, RowKey(space, id).bytes()};
}

AgeKey AgeKey::gone(core::WallMicros since, core::TenantId tenant) {
  return {Aged::kGoneTenant, since, id_of(tenant)};
}

AgeKey AgeKey::gone(core::WallMicros since, const RowSpace& next) {
  std::array<std::byte, sizeof next.resource + sizeof next.tenant> id;
  core::store_be32(id.data(), next.resource);
  core::store_be64(id.data() + sizeof next.resource, next.tenant);
  return {Aged::kGoneResource, since, id};
}

AgeEntry::AgeEntry(core::Bytes key) noexcept
    : kind(static_cast<Aged>(key.front())),
      since(static_cast<core::WallMicros>(core::load_be64(key.data() + 1))),
      id(key.subspan(AgeKey::kPrefixBytes)) {}

bool is_age_key(core::Bytes key) noexcept {
  if (key.size() <= AgeKey::kPrefixBytes) return false;
  const auto kind = static_cast<std::size_t>(key.front());
  return kind < kAgedKinds && kIdBytes[kind] == key.size() - AgeKey::kPrefixBytes;
}

}  // namespace storage
