// A field of a resource as a JSON Schema (draft 2020-12), for each place that it stands in.
#pragma once

#include <cstdint>

#include "core/base/json_writer.h"
#include "core/domain/resource_schema.h"

namespace net {

enum class FieldUse : std::uint8_t {
  kSent,     // In an answer: the normal form alone.
  kWritten,  // In the body of POST and PUT: every form that is accepted, with the default.
  kChanged,  // In the body of PATCH: the same without a default.
  kFilter,   // A parameter of a list: never null.
};

// Writes one schema. What JSON Schema can't say (bounds of decimal numbers in strings, patterns
// that only RE2 knows, uniqueness, references) is in its description.
void write_field_schema(core::JsonWriter& json, const core::Field& field, FieldUse use);

}  // namespace net
