#include "storage/purge_changes.h"

#include <string>
#include <vector>

#include "storage/age_key.h"
#include "storage/audit_purge.h"
#include "storage/key_changes.h"
#include "storage/remains.h"
#include "storage/webhook_changes.h"

namespace storage {

namespace {

// One Purge while it is applied.
class Purging {
 public:
  Purging(ChangeContext& context, std::uint32_t records_max) noexcept
      : context_(context), left_(records_max) {}

  ChangeResult run(const core::Purge& command) {
    const core::WallMicros deleted = command.deleted_before;
    STORE_TRY(take_due(Aged::kAnswer, command.answers_before, &Purging::take_answer));
    STORE_TRY(take_due(Aged::kRow, deleted, &Purging::take_row));
    STORE_TRY(take_due(Aged::kKey, deleted, &Purging::take_key));
    STORE_TRY(take_due(Aged::kWebhook, deleted, &Purging::take_webhook));
    STORE_TRY(take_due(Aged::kResource, deleted, &Purging::take_resource));
    STORE_TRY(take_due(Aged::kTenant, deleted, &Purging::take_tenant));
    STORE_TRY(take_due(Aged::kAdminToken, deleted, &Purging::take_admin_token));
    STORE_TRY(purge_audit_log(command.audit_before, context_, left_, tally_));
    STORE_TRY(Remains(context_, left_, tally_).take());
    tally_.more = left_ == 0;
    return done(tally_);
  }

 private:
  using Take = core::Status (Purging::*)(const AgeEntry& entry);

  // The oldest entries of the kind that are older than `before`, as many as there is room for.
  core::Status take_due(Aged kind, core::WallMicros before, Take take) {
    if (before <= 0 || left_ == 0) return {};
    const Records& records = context_.records;
    const std::byte prefix{static_cast<std::uint8_t>(kind)};
    const auto oldest =
        keys_with(records.txn(), records.tables().by_age, {&prefix, 1}, {&prefix, 1}, left_);
    if (!oldest) return std::unexpected(oldest.error());
    for (const std::string& key : *oldest) {
      const AgeEntry entry(core::as_bytes(key));
      if (entry.since >= before) break;
      STORE_TRY((this->*take)(entry));
      STORE_TRY(context_.writer.erase_age(core::as_bytes(key)));
      --left_;
    }
    return {};
  }

  core::Status take_answer(const AgeEntry& entry) {
    ++tally_.answers;
    return context_.writer.erase_answer(entry.id);
  }

  core::Status take_row(const AgeEntry& entry) {
    ++tally_.rows;
    return context_.writer.erase_deleted_row(RowKey::space(entry.id), RowKey::id(entry.id));
  }

  core::Status take_key(const AgeEntry& entry) {
    const core::KeyId id = TenantScopedKey::id(entry.id);
    if (contradicts(context_.records.key(id), entry)) return {};
    ++tally_.keys;
    return purge_key(TenantScopedKey::tenant(entry.id), id, context_);
  }

  core::Status take_webhook(const AgeEntry& entry) {
    const core::WebhookId id = TenantScopedKey::id(entry.id);
    if (contradicts(context_.records.webhook(id), entry)) return {};
    ++tally_.webhooks;
    return purge_webhook(TenantScopedKey::tenant(entry.id), id, context_);
  }

  core::Status take_resource(const AgeEntry& entry) {
    if (contradicts(context_.records.resource(entry.resource()), entry)) return {};
    ++tally_.resources;
    STORE_TRY(context_.writer.erase_resource(entry.resource()));
    return context_.writer.put_age(AgeKey::gone(context_.when, {0, entry.resource()}));
  }

  core::Status take_tenant(const AgeEntry& entry) {
    if (contradicts(context_.records.tenant(entry.tenant()), entry)) return {};
    ++tally_.tenants;
    STORE_TRY(context_.writer.erase_tenant(entry.tenant()));
    return context_.writer.put_age(AgeKey::gone(context_.when, entry.tenant()));
  }

  // Its name and its digest have led nowhere since it was deleted.
  core::Status take_admin_token(const AgeEntry& entry) {
    if (contradicts(context_.records.admin_token(entry.admin_token()), entry)) return {};
    ++tally_.admin_tokens;
    return context_.writer.erase_admin_token(entry.admin_token());
  }

  // Whether the record says that it is not what the entry says: then it is left alone.
  template <typename Row>
  static bool contradicts(const std::optional<Row>& row, const AgeEntry& entry) {
    return row && row->deleted_at != entry.since;
  }

  ChangeContext& context_;
  std::uint32_t left_;
  core::PurgeTally tally_;
};

}  // namespace

ChangeResult apply(const core::Purge& command, ChangeContext& context) {
  return Purging(context, command.records_max).run(command);
}

}  // namespace storage
