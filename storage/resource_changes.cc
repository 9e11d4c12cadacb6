#include "storage/resource_changes.h"

#include <algorithm>
#include <utility>

#include "core/service/index_bytes.h"

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
  if (core::is_indexed(field)) {
    return refuse(OutcomeCode::kInvalid, field.name, "can't be unique or indexed when it is added");
  }
  return std::nullopt;
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
  for (const core::Field& field : command.fields) {
    if (auto refused = refuse_added(field, resource.schema)) return *std::move(refused);
    if (resource.schema.fields.size() == core::kFieldsMax) {
      return refuse(OutcomeCode::kInvalid, field.name, "is one field too many");
    }
    resource.schema.fields.push_back(field);
  }
  resource.updated_at = context.when;
  ++resource.version;
  return store(std::move(resource), context);
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
