#include "storage/resource_changes.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace storage {

namespace {

using core::OutcomeCode;

// The definition of a resource that users have defined; null: none.
const core::Resource* find_defined(core::ResourceId id, ChangeContext& context) {
  context.resources.load(context.records);
  return id < core::kFirstDefinedResource ? nullptr : context.resources.find(id);
}

// What an added field must not be: rows of before have no value of their own for it.
std::optional<core::Outcome> refuse_added(const core::Field& field,
                                          const core::ResourceSchema& schema) {
  const bool is_known = std::ranges::any_of(
      schema.fields, [&](const core::Field& known) { return known.name == field.name; });
  if (is_known) return refuse(OutcomeCode::kConflict, field.name, "is a field already");
  if (field.required && !field.default_json) {
    return refuse(OutcomeCode::kInvalid, field.name,
                  "is required: rows that exist need a default for it");
  }
  if (field.unique) {
    return refuse(OutcomeCode::kInvalid, field.name, "can't be unique when it is added");
  }
  return std::nullopt;
}

// Rows that are there are taken in by BuildIndexes.
core::Status begin_index(core::Resource& resource, std::size_t field, ChangeContext& context) {
  resource.building |= std::uint64_t{1} << field;
  return context.writer.put_index_build({.resource = resource.id, .field = field});
}

ChangeResult store(core::Resource&& resource, ChangeContext& context) {
  STORE_TRY(context.writer.put_resource(resource));
  context.resources.update(resource);
  context.effects.resources = true;
  return done(std::move(resource));
}

}  // namespace

ChangeResult apply(const core::CreateResource& command, ChangeContext& context) {
  context.resources.load(context.records);
  const bool is_taken = context.resources.find(command.schema.path) != nullptr;
  if (context.records.damaged()) return refuse_damaged();
  if (is_taken) return refuse(OutcomeCode::kConflict, "path", "is taken by another resource");
  core::Resource resource{.id = core::kFirstDefinedResource + context.counters.resources_defined,
                          .schema = command.schema,
                          .created_at = context.when,
                          .updated_at = context.when};
  ++context.counters.resources_defined;
  return store(std::move(resource), context);
}

ChangeResult apply(const core::AddFields& command, ChangeContext& context) {
  const core::Resource* const found = find_defined(command.id, context);
  if (context.records.damaged()) return refuse_damaged();
  if (found == nullptr) return refuse(OutcomeCode::kNotFound);
  if (!context.admits(found->version)) return refuse(OutcomeCode::kVersionDiffers);
  core::Resource resource = *found;
  std::vector<std::size_t> to_index;
  for (const core::Field& field : command.fields) {
    if (auto refused = refuse_added(field, resource.schema)) return *std::move(refused);
    if (resource.schema.fields.size() == core::kFieldsMax) {
      return refuse(OutcomeCode::kInvalid, field.name, "is one field too many");
    }
    if (field.indexed) to_index.push_back(resource.schema.fields.size());
    resource.schema.fields.push_back(field);
    resource.schema.fields.back().indexed = false;
  }
  for (const std::size_t field : to_index) STORE_TRY(begin_index(resource, field, context));
  resource.updated_at = context.when;
  ++resource.version;
  return store(std::move(resource), context);
}

// The definition stays as it is until the index is built, and so does its version.
ChangeResult apply(const core::AddIndex& command, ChangeContext& context) {
  const core::Resource* const found = find_defined(command.id, context);
  if (context.records.damaged()) return refuse_damaged();
  if (found == nullptr) return refuse(OutcomeCode::kNotFound);
  if (!context.admits(found->version)) return refuse(OutcomeCode::kVersionDiffers);
  const auto& fields = found->schema.fields;
  const auto at = std::ranges::find(fields, command.field, &core::Field::name);
  if (at == fields.end()) return refuse(OutcomeCode::kInvalid, "field", "names no field");
  if (at->type == core::FieldType::kJson) {
    return refuse(OutcomeCode::kInvalid, "field", "is of type json, which has no order");
  }
  const auto number = static_cast<std::size_t>(at - fields.begin());
  if (core::is_indexed(*at)) return refuse(OutcomeCode::kConflict, "field", "is indexed already");
  if (found->keeps_index(number)) {
    return refuse(OutcomeCode::kConflict, "field", "is being indexed already");
  }
  core::Resource resource = *found;
  STORE_TRY(begin_index(resource, number, context));
  context.resources.update(resource);
  context.effects.resources = true;
  return done(std::move(resource));
}

ChangeResult apply(const core::DeleteResource& command, ChangeContext& context) {
  const core::Resource* const found = find_defined(command.id, context);
  if (context.records.damaged()) return refuse_damaged();
  if (found == nullptr) return refuse(OutcomeCode::kNotFound);
  if (!context.admits(found->version)) return refuse(OutcomeCode::kVersionDiffers);
  core::Resource resource = *found;
  resource.updated_at = context.when;
  resource.deleted_at = context.when;
  ++resource.version;
  STORE_TRY(context.writer.put_age(AgeKey::of(resource)));
  return store(std::move(resource), context);
}

}  // namespace storage
