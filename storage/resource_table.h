// The definitions of resources, decoded.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/domain/resource_row.h"
#include "storage/records.h"

namespace storage {

// Built-in resources and those that are defined and not deleted, by id and by path.
//
// Owner: one shard's reader, or the writer's one transaction.
class ResourceTable {
 public:
  using ById = std::map<core::ResourceId, std::unique_ptr<const core::Resource>>;

  // Reads the definitions unless they are there. What can't be read is missing, and
  // records.damaged() says so; it is then read again the next time.
  void load(Records& records);

  // Of what is loaded. Null: there is none.
  const core::Resource* find(core::ResourceId id) const;
  const core::Resource* find(std::string_view path) const;
  const ById& all() const noexcept { return by_id_; }  // Built-in ones first.

  // After a change of the definition; a deleted one is taken out.
  void update(const core::Resource& resource);

  // The next question reads the store again.
  void forget() noexcept;

 private:
  void add(core::Resource resource);

  bool is_loaded_ = false;
  ById by_id_;
  std::map<std::string, core::ResourceId, std::less<>> by_path_;
};

}  // namespace storage
