// A row of a tenant's own data, kept as the JSON that is sent.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/time.h"
#include "core/domain/tenant.h"

namespace core {

using RowId = std::uint64_t;  // From 1, per tenant; 0 is no row.

struct DataRow {
  TenantId tenant_id = 0;
  RowId id = 0;
  std::string name;
  std::string value;  // JSON, compact; "null" if none was given.
  WallMicros created_at = 0;
  WallMicros updated_at = 0;
  std::uint64_t version = 1;
};

// {"id":1,"name":"...","value":...,"created_at":"...","updated_at":"..."}
void append_json(std::string& out, const DataRow& row);

}  // namespace core
