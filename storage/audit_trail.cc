#include "storage/audit_trail.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/service/admin_token_form.h"
#include "core/service/key_form.h"
#include "core/service/resource_form.h"
#include "core/service/tenant_form.h"
#include "core/service/webhook_form.h"

namespace storage {

namespace {

std::string image_of(const core::Tenant& tenant) {
  std::string json;
  core::append_json(json, tenant);
  return json;
}
std::string image_of(const core::ApiKey& key) {
  std::string json;
  core::append_stored_json(json, key);
  return json;
}
std::string image_of(const core::Resource& resource) {
  std::string json;
  core::append_json(json, resource);
  return json;
}
std::string image_of(const core::AdminToken& token) {
  std::string json;
  core::append_json(json, token);
  return json;
}
std::string image_of(const core::Webhook& webhook) {
  std::string json;
  core::append_json(json, webhook);
  return json;
}

template <typename Row>
std::string image_or_null(const std::optional<Row>& row) {
  return row ? image_of(*row) : "null";
}

struct Place {
  std::string_view resource;
  core::TenantId tenant_id = 0;
};

Place place_of(const core::Tenant& tenant) {
  return {"tenants", tenant.id};
}
Place place_of(const core::ApiKey& key) {
  return {"api_keys", key.tenant_id};
}
Place place_of(const core::Resource&) {
  return {"resources", 0};
}
Place place_of(const core::AdminToken& token) {
  return {"admin_tokens", token.tenant_id};
}
Place place_of(const core::Webhook& webhook) {
  return {"webhooks", webhook.tenant_id};
}

// What the entry says of the row that a change left behind.
void describe(const core::Outcome& outcome, core::AuditEntry& entry) {
  std::visit(
      [&entry](const auto& row) {
        if constexpr (!requires { place_of(row); }) {
          CHECK(!"an audited change without a row");
        } else {
          const Place place = place_of(row);
          entry.resource = place.resource;
          entry.row_id = row.id;
          entry.tenant_id = place.tenant_id;
          if (row.deleted_at == 0) entry.after = image_of(row);
        }
      },
      outcome.row);
}

}  // namespace

std::string stored_image(AuditSubject subject, std::uint64_t id, Records& records) {
  switch (subject) {
    case AuditSubject::kNothing:
      break;
    case AuditSubject::kTenant:
      return image_or_null(records.tenant(id));
    case AuditSubject::kKey:
      return image_or_null(records.key(id));
    case AuditSubject::kResource:
      return image_or_null(records.resource(static_cast<core::ResourceId>(id)));
    case AuditSubject::kAdminToken:
      return image_or_null(records.admin_token(id));
    case AuditSubject::kWebhook:
      return image_or_null(records.webhook(id));
  }
  return "null";
}

core::Status write_audit(AuditNote&& note, const core::Outcome& outcome, ChangeContext& context) {
  if (!context.writes_audit) return {};
  core::AuditEntry entry;
  entry.id = context.counters.next_audit_id;
  entry.created_at = context.when;
  entry.actor = core::kSystemName;
  if (context.actor != nullptr) {
    entry.actor = context.actor->name;
    entry.actor_id = context.actor->token_id;
    entry.address = context.actor->address;
    entry.request_id = context.actor->request_id;
  }
  entry.action = note.kind.action;
  entry.before = std::move(note.before);
  describe(outcome, entry);
  STORE_TRY(context.writer.append_audit(entry));
  ++context.counters.next_audit_id;
  return {};
}

bool takes_away(const core::Command& command) noexcept {
  if (const auto* key = std::get_if<core::UpdateKey>(&command.change)) {
    return key->is_active == false || key->expires_at.value_or(0) != 0;
  }
  if (const auto* tenant = std::get_if<core::UpdateTenant>(&command.change)) {
    return tenant->is_active == false;
  }
  // A tenant's own change of a webhook has no entry to go on without.
  if (const auto* webhook = std::get_if<core::UpdateWebhook>(&command.change)) {
    return webhook->is_active == false && !webhook->caller;
  }
  if (const auto* webhook = std::get_if<core::DeleteWebhook>(&command.change)) {
    return !webhook->caller;
  }
  if (const auto* webhook = std::get_if<core::RotateWebhookSecret>(&command.change)) {
    return !webhook->caller;
  }
  return std::holds_alternative<core::DeleteKey>(command.change) ||
         std::holds_alternative<core::RotateKey>(command.change) ||
         std::holds_alternative<core::DeleteTenant>(command.change) ||
         std::holds_alternative<core::DeleteAdminToken>(command.change);
}

std::string describe_unwritten(const core::Command& command) {
  const core::Actor actor = command.actor.value_or(core::Actor{});
  return std::visit(
      [&actor](const auto& change) {
        std::uint64_t id = 0;
        if constexpr (requires { change.id; }) id = change.id;
        return fmt::format("{} of row {} by {} from {} (request {})", audit_kind(change).action, id,
                           actor.name, core::format_address(actor.address), actor.request_id);
      },
      command.change);
}

}  // namespace storage
