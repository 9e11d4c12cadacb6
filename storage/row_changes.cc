#include "storage/row_changes.h"

#include <charconv>
#include <utility>

#include "core/service/record_form.h"
#include "storage/caller_check.h"
#include "storage/row_index.h"

namespace storage {

namespace {

using core::OutcomeCode;

// What a change of a row works on.
struct Target {
  const core::Resource* resource = nullptr;
  RowSpace space;
};

std::expected<Target, core::Outcome> find_target(const core::Caller& caller, core::ResourceId id,
                                                 ChangeContext& context) {
  context.resources.load(context.records);
  const core::Resource* const resource = context.resources.find(id);
  if (context.records.damaged()) return std::unexpected(refuse_damaged());
  if (resource == nullptr) return std::unexpected(refuse(OutcomeCode::kNotFound));
  if (auto refused = refuse_caller(caller, resource->schema.path, context)) {
    return std::unexpected(*std::move(refused));
  }
  return Target{resource, {caller.tenant_id, resource->id}};
}

// A stored row with a value for each field of today's schema.
core::ResourceRow read_row(const StoredRow& stored, const Target& target, core::RowId id) {
  core::ResourceRow row{.tenant_id = target.space.tenant,
                        .id = id,
                        .values = {},
                        .created_at = stored.head.created_at,
                        .updated_at = stored.head.updated_at,
                        .deleted_at = stored.head.deleted_at,
                        .version = stored.head.version};
  const auto& fields = target.resource->schema.fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    row.values.emplace_back(i < stored.head.fields ? stored.value(i)
                                                   : core::default_value(fields[i]));
  }
  return row;
}

bool admits(const StoredRow& stored, const Target& target, const ChangeContext& context) noexcept {
  return context.admits(etag_version(*target.resource, stored.head.version));
}

// A resource that a foreign field names by its path, and its row that a value names.
bool refers_to_a_row(const core::Field& field, std::string_view value, const Target& target,
                     ChangeContext& context) {
  core::RowId id = 0;
  if (std::from_chars(value.data(), value.data() + value.size(), id).ec != std::errc{})
    return false;
  if (field.foreign == "tenants") return id == target.space.tenant;
  if (field.foreign == "api_keys" || field.foreign == "keys") {
    const auto key = context.records.key(id);
    return key && key->deleted_at == 0 && key->tenant_id == target.space.tenant;
  }
  const core::Resource* const other = context.resources.find(field.foreign);
  return other != nullptr && context.records.row({target.space.tenant, other->id}, id).has_value();
}

// What depends on other rows: unique values, and rows that are referred to. `before` is the row as
// it is stored among the rows; null for one that is not. Only what changes is looked at.
std::optional<core::Outcome> refuse_values(const core::ResourceRow& row,
                                           const core::ResourceRow* before, const Target& target,
                                           ChangeContext& context) {
  const auto& fields = target.resource->schema.fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const core::Field& field = fields[i];
    const std::string& value = row.values[i];
    if (value == "null" || (before != nullptr && before->values[i] == value)) continue;
    if (field.unique && other_owner(context.records, target.space, i,
                                    core::index_bytes(field, value), row.id) != 0) {
      return refuse(OutcomeCode::kConflict, field.name, "is taken by another row");
    }
    if (!field.foreign.empty() && !refers_to_a_row(field, value, target, context)) {
      return refuse(OutcomeCode::kInvalid, field.name, "names no row of " + field.foreign);
    }
  }
  if (context.records.damaged()) return refuse_damaged();
  return std::nullopt;
}

// Brings the index from what `before` holds to what `after` holds; null: no row.
core::Status change_index(const core::ResourceRow* before, const core::ResourceRow* after,
                          const Target& target, ChangeContext& context) {
  const auto& fields = target.resource->schema.fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!target.resource->keeps_index(i)) continue;
    if (before != nullptr && after != nullptr && before->values[i] == after->values[i]) continue;
    const auto key_of = [&](const core::ResourceRow& row) {
      return IndexKey(target.space, i, core::index_bytes(fields[i], row.values[i]), row.id);
    };
    if (before != nullptr) STORE_TRY(context.writer.erase_index_entry(key_of(*before).bytes()));
    if (after != nullptr) STORE_TRY(context.writer.put_index_entry(key_of(*after).bytes()));
  }
  return {};
}

ChangeResult done_with(const core::ResourceRow& row, const Target& target, ChangeContext& context) {
  context.effects.data.push_back(target.space.tenant);
  std::vector<core::ValuePlace> places;
  return done(core::RowImage{.id = row.id,
                             .version = etag_version(*target.resource, row.version),
                             .json = to_json(row, target.resource->schema, places)});
}

}  // namespace

std::optional<core::Outcome> refuse_caller(const core::Caller& caller, core::ResourceId resource,
                                           ChangeContext& context) {
  auto target = find_target(caller, resource, context);
  if (target) return std::nullopt;
  return std::move(target.error());
}

ChangeResult apply(const core::CreateRow& command, ChangeContext& context) {
  const auto target = find_target(command.caller, command.resource, context);
  if (!target) return target.error();
  RowMeta meta = context.records.row_meta(target->space);
  core::ResourceRow row{.tenant_id = target->space.tenant,
                        .id = meta.next_id++,
                        .values = {},
                        .created_at = context.when,
                        .updated_at = context.when};
  const auto& fields = target->resource->schema.fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool is_given = i < command.values.size() && command.values[i];
    row.values.emplace_back(is_given ? *command.values[i] : core::default_value(fields[i]));
  }
  if (auto refused = refuse_values(row, nullptr, *target, context)) return *std::move(refused);

  ++meta.count;
  STORE_TRY(context.writer.put_row(row, *target->resource));
  STORE_TRY(change_index(nullptr, &row, *target, context));
  STORE_TRY(context.writer.put_row_meta(target->space, meta));
  return done_with(row, *target, context);
}

ChangeResult apply(const core::UpdateRow& command, ChangeContext& context) {
  const auto target = find_target(command.caller, command.resource, context);
  if (!target) return target.error();
  const auto stored = context.records.row(target->space, command.id);
  if (context.records.damaged()) return refuse_damaged();
  if (!stored) return refuse(OutcomeCode::kNotFound);
  if (!admits(*stored, *target, context)) return refuse(OutcomeCode::kVersionDiffers);

  const core::ResourceRow before = read_row(*stored, *target, command.id);
  core::ResourceRow row = before;
  for (std::size_t i = 0; i < std::min(row.values.size(), command.values.size()); ++i) {
    if (command.values[i]) row.values[i] = *command.values[i];
  }
  row.updated_at = context.when;
  ++row.version;
  if (auto refused = refuse_values(row, &before, *target, context)) return *std::move(refused);

  STORE_TRY(context.writer.put_row(row, *target->resource));
  STORE_TRY(change_index(&before, &row, *target, context));
  return done_with(row, *target, context);
}

ChangeResult apply(const core::DeleteRow& command, ChangeContext& context) {
  const auto target = find_target(command.caller, command.resource, context);
  if (!target) return target.error();
  const auto stored = context.records.row(target->space, command.id);
  RowMeta meta = context.records.row_meta(target->space);
  if (context.records.damaged()) return refuse_damaged();
  if (!stored) return refuse(OutcomeCode::kNotFound);
  if (!admits(*stored, *target, context)) return refuse(OutcomeCode::kVersionDiffers);

  core::ResourceRow row = read_row(*stored, *target, command.id);
  STORE_TRY(change_index(&row, nullptr, *target, context));
  row.updated_at = context.when;
  row.deleted_at = context.when;
  ++row.version;
  --meta.count;
  STORE_TRY(context.writer.erase_row(target->space, command.id));
  STORE_TRY(context.writer.put_row(row, *target->resource));
  STORE_TRY(context.writer.put_age(AgeKey::of_row(target->space, row.id, row.deleted_at)));
  STORE_TRY(context.writer.put_row_meta(target->space, meta));
  return done_with(row, *target, context);
}

ChangeResult apply(const core::RestoreRow& command, ChangeContext& context) {
  const auto target = find_target(command.caller, command.resource, context);
  if (!target) return target.error();
  const auto stored = context.records.deleted_row(target->space, command.id);
  RowMeta meta = context.records.row_meta(target->space);
  if (context.records.damaged()) return refuse_damaged();
  if (!stored) return refuse(OutcomeCode::kNotFound);
  if (!admits(*stored, *target, context)) return refuse(OutcomeCode::kVersionDiffers);

  core::ResourceRow row = read_row(*stored, *target, command.id);
  const AgeKey age = AgeKey::of_row(target->space, row.id, row.deleted_at);
  row.updated_at = context.when;
  row.deleted_at = 0;
  ++row.version;
  if (auto refused = refuse_values(row, nullptr, *target, context)) return *std::move(refused);

  ++meta.count;
  STORE_TRY(context.writer.erase_deleted_row(target->space, command.id));
  STORE_TRY(context.writer.erase_age(age.bytes()));
  STORE_TRY(context.writer.put_row(row, *target->resource));
  STORE_TRY(change_index(nullptr, &row, *target, context));
  STORE_TRY(context.writer.put_row_meta(target->space, meta));
  return done_with(row, *target, context);
}

}  // namespace storage
