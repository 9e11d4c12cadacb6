// A row of a resource as clients send it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/domain/resource_schema.h"
#include "core/service/form.h"
#include "core/service/index_bytes.h"

namespace core {

// The values of a row in the order of the schema's fields, each as compact JSON that fits its field
// ("null" where nothing was given). Nothing: the field was not sent and keeps its value.
using RecordValues = std::vector<std::optional<std::string>>;

enum class RecordMode : std::uint8_t {
  kWhole,  // POST, PUT: what is not sent gets its default or null.
  kPatch,  // Only what is sent.
};

// Members of a body that no field knows are named up to this many, the rest is counted.
inline constexpr std::size_t kUnknownNamedMax = 20;

// Any thread. `issues` gets every field that doesn't fit, unknown ones too; the values mean nothing
// then. "tenant_id" is accepted where it is the caller's own (TenantId given) and is no value. So
// is a field that refers to tenants: null or the caller's own. Whether the rows exist that other
// fields refer to, and whether unique values are free, is the store's to check.
RecordValues read_record(const ResourceSchema& schema, JsonValue body, RecordMode mode,
                         std::uint64_t tenant_id, std::vector<FieldIssue>& issues);

}  // namespace core
