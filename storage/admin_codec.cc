#include "storage/admin_codec.h"

#include <cstring>

#include "storage/catalog_codec.h"

namespace storage {

std::string encode(const core::AdminToken& token, core::Bytes key) {
  std::string out;
  append_head(out,
              AdminTokenHead{.role = static_cast<std::uint8_t>(token.role),
                             .name_bytes = checked_length<std::uint16_t>(token.name.size()),
                             .display_bytes = checked_length<std::uint32_t>(token.display.size()),
                             .tenant_id = token.tenant_id,
                             .expires_at = token.expires_at,
                             .created_at = token.created_at,
                             .updated_at = token.updated_at,
                             .deleted_at = token.deleted_at,
                             .version = token.version,
                             .digest = token.digest.bytes});
  out += token.name;
  out += token.display;
  seal(out, key);
  return out;
}

std::optional<core::AdminToken> decode_admin_token(core::AdminTokenId id, core::Bytes payload) {
  AdminTokenHead head;
  std::string_view rest;
  if (!read_head(payload, head, rest)) return std::nullopt;
  if (head.role > static_cast<std::uint8_t>(core::AdminRole::kTenant)) return std::nullopt;
  TextReader texts(rest);
  core::AdminToken token{.id = id,
                         .name = std::string(texts.take(head.name_bytes)),
                         .display = std::string(texts.take(head.display_bytes)),
                         .digest = {head.digest},
                         .role = static_cast<core::AdminRole>(head.role),
                         .tenant_id = head.tenant_id,
                         .expires_at = head.expires_at,
                         .created_at = head.created_at,
                         .updated_at = head.updated_at,
                         .deleted_at = head.deleted_at,
                         .version = head.version};
  // A token whose role names a tenant without saying which would be confined to nothing.
  const bool is_confined = token.role == core::AdminRole::kTenant;
  if (!texts.done() || is_confined != (token.tenant_id != 0)) return std::nullopt;
  return token;
}

std::string encode(const core::AuditEntry& entry, core::Bytes key) {
  std::string out;
  append_head(out,
              AuditHead{.actor_bytes = checked_length<std::uint16_t>(entry.actor.size()),
                        .request_id_bytes = checked_length<std::uint16_t>(entry.request_id.size()),
                        .action_bytes = checked_length<std::uint16_t>(entry.action.size()),
                        .resource_bytes = checked_length<std::uint16_t>(entry.resource.size()),
                        .before_bytes = checked_length<std::uint32_t>(entry.before.size()),
                        .after_bytes = checked_length<std::uint32_t>(entry.after.size()),
                        .created_at = entry.created_at,
                        .actor_id = entry.actor_id,
                        .row_id = entry.row_id,
                        .tenant_id = entry.tenant_id,
                        .address = entry.address});
  out += entry.actor;
  out += entry.request_id;
  out += entry.action;
  out += entry.resource;
  out += entry.before;
  out += entry.after;
  seal(out, key);
  return out;
}

std::optional<StoredAudit> decode_audit(core::Bytes payload) noexcept {
  StoredAudit stored;
  std::string_view rest;
  if (!read_head(payload, stored.head, rest)) return std::nullopt;
  TextReader texts(rest);
  stored.actor = texts.take(stored.head.actor_bytes);
  stored.request_id = texts.take(stored.head.request_id_bytes);
  stored.action = texts.take(stored.head.action_bytes);
  stored.resource = texts.take(stored.head.resource_bytes);
  stored.before = texts.take(stored.head.before_bytes);
  stored.after = texts.take(stored.head.after_bytes);
  if (!texts.done() || stored.before.empty() || stored.after.empty()) return std::nullopt;
  return stored;
}

core::AuditEntry to_entry(core::AuditId id, const StoredAudit& stored) {
  return {.id = id,
          .created_at = stored.head.created_at,
          .actor = std::string(stored.actor),
          .actor_id = stored.head.actor_id,
          .address = stored.head.address,
          .request_id = std::string(stored.request_id),
          .action = std::string(stored.action),
          .resource = std::string(stored.resource),
          .row_id = stored.head.row_id,
          .tenant_id = stored.head.tenant_id,
          .before = std::string(stored.before),
          .after = std::string(stored.after)};
}

}  // namespace storage
