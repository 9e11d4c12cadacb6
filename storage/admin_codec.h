// The stored values of admin tokens and of the audit log. Grammar and drawbacks:
// docs/formats-store.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/domain/admin_token.h"
#include "core/domain/audit_entry.h"
#include "storage/value_parts.h"

namespace storage {

struct AdminTokenHead {
  std::uint8_t layout = kValueLayout;
  std::uint8_t role = 0;
  std::uint16_t name_bytes = 0;
  std::uint32_t display_bytes = 0;
  std::uint64_t tenant_id = 0;
  std::int64_t expires_at = 0;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  std::int64_t deleted_at = 0;
  std::uint64_t version = 0;
  std::array<std::byte, 32> digest{};
};
static_assert(sizeof(AdminTokenHead) == 88 && offsetof(AdminTokenHead, deleted_at) == 40);

// Followed by the texts in the order of their lengths.
struct AuditHead {
  std::uint8_t layout = kValueLayout;
  std::array<std::uint8_t, 3> reserved{};
  std::uint16_t actor_bytes = 0;
  std::uint16_t request_id_bytes = 0;
  std::uint16_t action_bytes = 0;
  std::uint16_t resource_bytes = 0;
  std::uint32_t before_bytes = 0;
  std::uint32_t after_bytes = 0;
  std::uint32_t reserved_too = 0;
  std::int64_t created_at = 0;
  std::uint64_t actor_id = 0;
  std::uint64_t row_id = 0;
  std::uint64_t tenant_id = 0;
  std::array<std::uint8_t, 16> address{};
};
static_assert(sizeof(AuditHead) == 72 && offsetof(AuditHead, created_at) == 24);

// Sealed values.
std::string encode(const core::AdminToken& token, core::Bytes key);
std::string encode(const core::AuditEntry& entry, core::Bytes key);

// What encode() wrote, unsealed; nothing if it is not such a value.
std::optional<core::AdminToken> decode_admin_token(core::AdminTokenId id, core::Bytes payload);

// An entry of the audit log where it lies: the views are into the payload.
struct StoredAudit {
  AuditHead head;
  std::string_view actor;
  std::string_view request_id;
  std::string_view action;
  std::string_view resource;
  std::string_view before;
  std::string_view after;
};
std::optional<StoredAudit> decode_audit(core::Bytes payload) noexcept;
core::AuditEntry to_entry(core::AuditId id, const StoredAudit& stored);

}  // namespace storage
