#include "storage/row_changes.h"

#include <utility>

namespace storage {

namespace {

using core::OutcomeCode;

// What forbids the caller to write now; nothing if it may.
std::optional<core::Outcome> refuse_caller(const core::Caller& caller, ChangeContext& context) {
  const auto key = context.records.key(caller.key_id);
  const core::TenantState tenant = context.records.tenant_state(caller.tenant_id);
  if (context.records.damaged()) return refuse_damaged();
  if (!key || key->deleted_at != 0 || key->tenant_id != caller.tenant_id || !tenant.exists) {
    return refuse(OutcomeCode::kCallerInvalid, "", "Invalid API key");
  }
  if (key->expires_at != 0 && key->expires_at <= context.when) {
    return refuse(OutcomeCode::kCallerInactive, "", "API key expired");
  }
  if (!key->is_active) return refuse(OutcomeCode::kCallerInactive, "", "API key is inactive");
  if (!tenant.active) return refuse(OutcomeCode::kCallerInactive, "", "tenant is inactive");
  if (!core::scope_access(key->scopes, "data").write) {
    return refuse(OutcomeCode::kCallerInactive, "", "the scope data:write is missing");
  }
  return std::nullopt;
}

core::DataRow copy_row(core::TenantId tenant, core::RowId id, const StoredRow& stored) {
  return {.tenant_id = tenant,
          .id = id,
          .name = std::string(stored.name),
          .value = std::string(stored.value()),
          .created_at = stored.head.created_at,
          .updated_at = stored.head.updated_at,
          .version = stored.head.version};
}

}  // namespace

ChangeResult apply(const core::CreateRow& command, ChangeContext& context) {
  if (auto refused = refuse_caller(command.caller, context)) return *std::move(refused);
  RowMeta meta = context.records.row_meta(command.caller.tenant_id);
  if (context.records.damaged()) return refuse_damaged();

  core::DataRow row{.tenant_id = command.caller.tenant_id,
                    .id = meta.next_id++,
                    .name = command.name,
                    .value = command.value,
                    .created_at = context.when,
                    .updated_at = context.when};
  ++meta.count;
  STORE_TRY(context.writer.put_row(row));
  STORE_TRY(context.writer.put_row_meta(row.tenant_id, meta));
  context.effects.data.push_back(row.tenant_id);
  return done(std::move(row));
}

ChangeResult apply(const core::UpdateRow& command, ChangeContext& context) {
  if (auto refused = refuse_caller(command.caller, context)) return *std::move(refused);
  const auto stored = context.records.row(command.caller.tenant_id, command.id);
  if (context.records.damaged()) return refuse_damaged();
  if (!stored) return refuse(OutcomeCode::kNotFound);
  if (!context.admits(stored->head.version)) return refuse(OutcomeCode::kVersionDiffers);

  core::DataRow row = copy_row(command.caller.tenant_id, command.id, *stored);
  if (command.name) row.name = *command.name;
  if (command.value) row.value = *command.value;
  row.updated_at = context.when;
  ++row.version;
  STORE_TRY(context.writer.put_row(row));
  context.effects.data.push_back(row.tenant_id);
  return done(std::move(row));
}

ChangeResult apply(const core::DeleteRow& command, ChangeContext& context) {
  if (auto refused = refuse_caller(command.caller, context)) return *std::move(refused);
  const auto stored = context.records.row(command.caller.tenant_id, command.id);
  RowMeta meta = context.records.row_meta(command.caller.tenant_id);
  if (context.records.damaged()) return refuse_damaged();
  if (!stored) return refuse(OutcomeCode::kNotFound);
  if (!context.admits(stored->head.version)) return refuse(OutcomeCode::kVersionDiffers);

  core::DataRow row = copy_row(command.caller.tenant_id, command.id, *stored);
  row.updated_at = context.when;
  ++row.version;
  --meta.count;
  STORE_TRY(context.writer.move_to_deleted(row, context.when));
  STORE_TRY(context.writer.put_row_meta(row.tenant_id, meta));
  context.effects.data.push_back(row.tenant_id);
  return done(std::move(row));
}

}  // namespace storage
