// Resources, and their rows as the JSON that is sent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/domain/resource_schema.h"
#include "core/domain/tenant.h"

namespace core {

using RowId = std::uint64_t;  // From 1, per tenant and resource; 0 is no row.

// Resources that are built in have ids below this; defined ones follow in the order of definition.
inline constexpr ResourceId kFirstDefinedResource = 16;
inline constexpr ResourceId kDataResource = 1;

struct Resource {
  ResourceId id = 0;
  ResourceSchema schema;
  WallMicros created_at = 0;
  WallMicros updated_at = 0;
  WallMicros deleted_at = 0;  // 0: not deleted.
  std::uint64_t version = 1;  // Counts changes of the definition.
  std::uint64_t building = 0;  // A bit for each field whose index is being built: IndexBuild.

  // Whether rows have entries in the field's index: also while that can't be asked yet.
  bool keeps_index(std::size_t field) const noexcept {
    return is_indexed(schema.fields[field]) || (building >> field & 1) != 0;
  }
};

// The index of a field that is added to a resource which may have rows. Rows that are written
// meanwhile are put into it, too; when all are in it the field becomes an indexed one.
struct IndexBuild {
  ResourceId resource = 0;
  std::size_t field = 0;    // Of the schema.
  TenantId tenant = 1;      // Rows of tenants before this one are in it,
  RowId row = 0;            // and of this one's those up to here.
  std::uint64_t rows = 0;   // So many of them were found.
  double progress = 0;      // 0 to 1, about: by ids. Filled in where it is shown.
};

// Data: a name and any value. It is there from the start.
const Resource& data_resource();

// A row of a tenant. `values` are compact JSON, one for each field of the schema.
struct ResourceRow {
  TenantId tenant_id = 0;
  RowId id = 0;
  std::vector<std::string> values;
  WallMicros created_at = 0;
  WallMicros updated_at = 0;
  WallMicros deleted_at = 0;  // 0: not deleted. It is not part of the JSON.
  std::uint64_t version = 1;
};

// Where a value lies in a row's JSON.
struct ValuePlace {
  std::uint32_t at = 0;
  std::uint32_t bytes = 0;
};

// {"id":1,"name":"...","value":...,"created_at":"...","updated_at":"..."}, and where the values are
// in it. Requires: a value for each field.
std::string to_json(const ResourceRow& row, const ResourceSchema& schema,
                    std::vector<ValuePlace>& places);

// The version that clients see as the row's ETag: a field that is added changes every row.
inline std::uint64_t etag_version(const Resource& resource, std::uint64_t row_version) noexcept {
  return row_version + resource.version - 1;
}

// What a field holds where no value was given: its default, or null.
std::string_view default_value(const Field& field) noexcept;

}  // namespace core
