// A row of a resource as clients send it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/domain/resource_schema.h"
#include "core/service/form.h"

namespace core {

// The values of a row in the order of the schema's fields, each as compact JSON that fits its field
// ("null" where nothing was given). Nothing: the field was not sent and keeps its value.
using RecordValues = std::vector<std::optional<std::string>>;

enum class RecordMode : std::uint8_t {
  kWhole,  // POST, PUT: what is not sent gets its default or null.
  kPatch,  // Only what is sent.
};

// Any thread. `issues` gets every field that doesn't fit, unknown ones too; the values mean nothing
// then. "tenant_id" is accepted where it is the caller's own (TenantId given) and is no value.
RecordValues read_record(const ResourceSchema& schema, JsonValue body, RecordMode mode,
                         std::uint64_t tenant_id, std::vector<FieldIssue>& issues);

// The values' places in an index: bytes that sort (memcmp) as the values do, null first; at most
// kIndexedBytesMax, longer ones cut (equal up to there: not told apart by sorting; a hash of the
// whole at the end keeps different ones different). `json` is a value that fits the field.
inline constexpr std::size_t kIndexedBytesMax = 256;
std::string index_bytes(const Field& field, std::string_view json);

// The same for a value from a query ("?name=Ada"): reads the text as the field's type. Nothing: it
// is no value of that type.
std::optional<std::string> index_bytes_of_text(const Field& field, std::string_view text);

}  // namespace core
