#include "storage/resource_table.h"

#include <utility>

namespace storage {

void ResourceTable::load(Records& records) {
  if (is_loaded_) return;
  add(core::data_resource());
  const std::vector<core::IndexBuild> builds = records.index_builds();
  auto cursor = records.txn().cursor(records.tables().resources);
  if (!cursor) return records.report_failure("resources", {}, cursor.error());
  auto found = cursor->first();
  for (; found && *found; found = cursor->next()) {
    const auto payload = records.checked("resources", cursor->key(), cursor->value());
    if (!payload) continue;
    const auto id = static_cast<core::ResourceId>(cursor->integer_key());
    auto resource = decode_resource(id, *payload);
    if (!resource) {
      records.report_malformed("resources", cursor->key());
    } else if (resource->deleted_at == 0) {
      for (const core::IndexBuild& build : builds) {
        if (build.resource == id) resource->building |= std::uint64_t{1} << build.field;
      }
      add(std::move(*resource));
    }
  }
  if (!found) records.report_failure("resources", {}, found.error());
  is_loaded_ = !records.damaged();
}

void ResourceTable::add(core::Resource resource) {
  const core::ResourceId id = resource.id;
  by_path_[resource.schema.path] = id;
  by_id_[id] = std::make_unique<const core::Resource>(std::move(resource));
}

const core::Resource* ResourceTable::find(core::ResourceId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second.get();
}

const core::Resource* ResourceTable::find(std::string_view path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : find(found->second);
}

void ResourceTable::update(const core::Resource& resource) {
  if (resource.deleted_at == 0) return add(resource);
  by_id_.erase(resource.id);
  const auto at = by_path_.find(resource.schema.path);
  if (at != by_path_.end() && at->second == resource.id) by_path_.erase(at);
}

void ResourceTable::forget() noexcept {
  is_loaded_ = false;
  by_id_.clear();
  by_path_.clear();
}

}  // namespace storage
