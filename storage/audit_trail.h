// The audit log's part in a change: every change of what admins manage is written down in the
// transaction that makes it, as the API shows the row before and after it. Never the command: that
// holds digests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/change_context.h"

namespace storage {

enum class AuditSubject : std::uint8_t {
  kNothing,
  kTenant,
  kKey,
  kResource,
  kAdminToken,
  kWebhook
};

struct AuditKind {
  AuditSubject subject = AuditSubject::kNothing;
  std::string_view action = {};
};

// What the log calls each command. A command that is not here does not compile: it is either said
// what it is, or that it is a tenant's own business.
constexpr AuditKind audit_kind(const core::CreateTenant&) noexcept {
  return {AuditSubject::kTenant, "tenant.created"};
}
constexpr AuditKind audit_kind(const core::UpdateTenant&) noexcept {
  return {AuditSubject::kTenant, "tenant.updated"};
}
constexpr AuditKind audit_kind(const core::DeleteTenant&) noexcept {
  return {AuditSubject::kTenant, "tenant.deleted"};
}
constexpr AuditKind audit_kind(const core::RestoreTenant&) noexcept {
  return {AuditSubject::kTenant, "tenant.restored"};
}
constexpr AuditKind audit_kind(const core::CreateKey&) noexcept {
  return {AuditSubject::kKey, "key.created"};
}
constexpr AuditKind audit_kind(const core::UpdateKey&) noexcept {
  return {AuditSubject::kKey, "key.updated"};
}
constexpr AuditKind audit_kind(const core::DeleteKey&) noexcept {
  return {AuditSubject::kKey, "key.deleted"};
}
constexpr AuditKind audit_kind(const core::RestoreKey&) noexcept {
  return {AuditSubject::kKey, "key.restored"};
}
constexpr AuditKind audit_kind(const core::RotateKey&) noexcept {
  return {AuditSubject::kKey, "key.rotated"};
}
constexpr AuditKind audit_kind(const core::CreateResource&) noexcept {
  return {AuditSubject::kResource, "resource.created"};
}
constexpr AuditKind audit_kind(const core::AddFields&) noexcept {
  return {AuditSubject::kResource, "resource.updated"};
}
constexpr AuditKind audit_kind(const core::AddIndex&) noexcept {
  return {AuditSubject::kResource, "resource.indexed"};
}
constexpr AuditKind audit_kind(const core::DeleteResource&) noexcept {
  return {AuditSubject::kResource, "resource.deleted"};
}
constexpr AuditKind audit_kind(const core::CreateAdminToken&) noexcept {
  return {AuditSubject::kAdminToken, "admin_token.created"};
}
constexpr AuditKind audit_kind(const core::UpdateAdminToken&) noexcept {
  return {AuditSubject::kAdminToken, "admin_token.updated"};
}
constexpr AuditKind audit_kind(const core::DeleteAdminToken&) noexcept {
  return {AuditSubject::kAdminToken, "admin_token.deleted"};
}
// Of webhooks, only what admins do: what a tenant's key does is its tenant's own business, as rows
// are.
template <typename Change>
constexpr AuditKind webhook_kind(const Change& change, std::string_view action) noexcept {
  return change.caller ? AuditKind{} : AuditKind{AuditSubject::kWebhook, action};
}
constexpr AuditKind audit_kind(const core::CreateWebhook& change) noexcept {
  return webhook_kind(change, "webhook.created");
}
constexpr AuditKind audit_kind(const core::UpdateWebhook& change) noexcept {
  return webhook_kind(change, "webhook.updated");
}
constexpr AuditKind audit_kind(const core::DeleteWebhook& change) noexcept {
  return webhook_kind(change, "webhook.deleted");
}
constexpr AuditKind audit_kind(const core::RestoreWebhook& change) noexcept {
  return webhook_kind(change, "webhook.restored");
}
constexpr AuditKind audit_kind(const core::RotateWebhookSecret& change) noexcept {
  return webhook_kind(change, "webhook.rotated");
}
// Each of the keys has an entry of its own, which apply() writes.
constexpr AuditKind audit_kind(const core::ImportKeys&) noexcept {
  return {};
}
// Rows are their tenants' own business.
constexpr AuditKind audit_kind(const core::CreateRow&) noexcept {
  return {};
}
constexpr AuditKind audit_kind(const core::UpdateRow&) noexcept {
  return {};
}
constexpr AuditKind audit_kind(const core::DeleteRow&) noexcept {
  return {};
}
constexpr AuditKind audit_kind(const core::RestoreRow&) noexcept {
  return {};
}
// The rest of an AddIndex, which has an entry.
constexpr AuditKind audit_kind(const core::BuildIndexes&) noexcept {
  return {};
}
// Nobody asks for it: what it takes away was deleted by somebody, who has an entry.
constexpr AuditKind audit_kind(const core::Purge&) noexcept {
  return {};
}

// The row of that kind as it is stored now; "null" if there is none.
std::string stored_image(AuditSubject subject, std::uint64_t id, Records& records);

// What the entry of a change says beside who asked and what came of it.
struct AuditNote {
  AuditKind kind;
  std::string before = "null";
};

// Writes the entry of a change that was done.
core::Status write_audit(AuditNote&& note, const core::Outcome& outcome, ChangeContext& context);

// Whether the command takes a right away. Such commands go on where the store has no room left for
// their entry.
bool takes_away(const core::Command& command) noexcept;

// The entry of a command that is made without one, for the server's log: "key.deleted of row 7 by
// root from 192.0.2.1 (request 3fa4)".
std::string describe_unwritten(const core::Command& command);

// apply(change, context) and, if it was done, its entry.
template <typename Change>
ChangeResult apply_audited(const Change& change, ChangeContext& context) {
  const AuditKind kind = audit_kind(change);
  if (kind.subject == AuditSubject::kNothing) return apply(change, context);
  AuditNote note{.kind = kind};
  if constexpr (requires { change.id; }) {
    note.before = stored_image(kind.subject, change.id, context.records);
    if (context.records.damaged()) return refuse_damaged();
  }
  ChangeResult result = apply(change, context);
  if (result && result->code == core::OutcomeCode::kDone) {
    STORE_TRY(write_audit(std::move(note), *result, context));
  }
  return result;
}

}  // namespace storage
