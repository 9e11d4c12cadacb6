// Reads definitions and rows from JSON text, for tests of resources.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/check.h"
#include "core/base/json.h"
#include "core/service/record_form.h"
#include "core/service/resource_form.h"
#include "tests/support/form_reading.h"

namespace test {

inline Issues by_field(const std::vector<core::FieldIssue>& issues) {
  Issues sorted;
  for (const core::FieldIssue& issue : issues) sorted.emplace(issue.field, issue.message);
  return sorted;
}

struct ResourceReading {
  explicit ResourceReading(std::string_view json) {
    core::JsonParser parser(1 << 20);
    const auto body = parser.parse(json);
    CHECK(body.has_value());
    std::vector<core::FieldIssue> found;
    schema = core::read_resource(*body, found);
    issues = by_field(found);
  }

  core::ResourceSchema schema;
  Issues issues;
};

struct FieldReading {
  // A text as in field_from_text, or a JSON object.
  explicit FieldReading(std::string_view definition) {
    std::vector<core::FieldIssue> found;
    if (definition.starts_with('{')) {
      core::JsonParser parser(1 << 20);
      const auto value = parser.parse(definition);
      CHECK(value.has_value());
      field = core::read_field(*value, "", found);
    } else {
      field = core::field_from_text(definition, "", found);
    }
    issues = by_field(found);
  }

  core::Field field;
  Issues issues;
};

// A field that is defined without an issue.
inline core::Field field_of(std::string_view definition) {
  const FieldReading reading(definition);
  CHECK(reading.issues.empty());
  return reading.field;
}

inline core::ResourceSchema schema_of(std::initializer_list<std::string_view> fields) {
  core::ResourceSchema schema;
  schema.name = "Thing";
  schema.path = "things";
  for (const std::string_view field : fields) schema.fields.push_back(field_of(field));
  return schema;
}

inline constexpr std::uint64_t kOwnTenant = 7;

struct RecordReading {
  RecordReading(const core::ResourceSchema& schema, std::string_view json,
                core::RecordMode mode = core::RecordMode::kWhole) {
    core::JsonParser parser(4 << 20);
    const auto body = parser.parse(json);
    CHECK(body.has_value());
    std::vector<core::FieldIssue> found;
    values = core::read_record(schema, *body, mode, kOwnTenant, found);
    issues = by_field(found);
  }

  core::RecordValues values;
  Issues issues;
};

}  // namespace test
