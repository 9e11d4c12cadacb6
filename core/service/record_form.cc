#include "core/service/record_form.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/decimal.h"
#include "core/service/field_value.h"

namespace core {
namespace {

constexpr std::string_view kNotOwnTenant = "must be the id of the key's own tenant";

bool is_set_here(std::string_view name) {
  return name == "id" || name == "created_at" || name == "updated_at" || name == "deleted_at";
}

// One body, read once.
class RecordReader {
 public:
  RecordReader(const ResourceSchema& schema, std::uint64_t tenant_id,
               std::vector<FieldIssue>& issues)
      : schema_(schema),
        tenant_(std::to_string(tenant_id)),
        issues_(issues),
        values_(schema.fields.size()) {}

  void take(std::string_view name, JsonValue value) {
    const auto field = std::ranges::find(schema_.fields, name, &Field::name);
    if (field != schema_.fields.end()) {
      values_[static_cast<std::size_t>(field - schema_.fields.begin())] = read(*field, value);
    } else if (name == "tenant_id") {
      // The same answer whether such a tenant exists or not.
      if (value.number_text() != tenant_) issue(name, std::string(kNotOwnTenant));
    } else {
      unknown(name);
    }
  }

  // What was not sent.
  void complete() {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i]) continue;
      const Field& field = schema_.fields[i];
      if (!field.default_json && field.required) issue(field.name, "is required");
      values_[i] = field.default_json.value_or("null");
    }
  }

  RecordValues finish() {
    if (unknown_ > kUnknownNamedMax) {
      issue("", fmt::format("has {} more unknown fields", unknown_ - kUnknownNamedMax));
    }
    return std::move(values_);
  }

 private:
  std::string read(const Field& field, JsonValue value) {
    if (value.is_null()) {
      if (field.required) issue(field.name, "must not be null");
      return "null";
    }
    auto json = read_value(field, value);
    if (!json) {
      issue(field.name, std::move(json.error()));
      return "null";
    }
    if (field.foreign == "tenants" && *json != tenant_) {
      issue(field.name, std::string(kNotOwnTenant));
    }
    return *std::move(json);
  }

  void unknown(std::string_view name) {
    if (++unknown_ > kUnknownNamedMax) return;
    issue(name, is_set_here(name) ? "is set by the server" : "is not a known field");
  }

  void issue(std::string_view field, std::string message) {
    issues_.push_back({std::string(field), std::move(message)});
  }

  const ResourceSchema& schema_;
  const std::string tenant_;
  std::vector<FieldIssue>& issues_;
  RecordValues values_;
  std::size_t unknown_ = 0;
};

}  // namespace

RecordValues read_record(const ResourceSchema& schema, JsonValue body, RecordMode mode,
                         std::uint64_t tenant_id, std::vector<FieldIssue>& issues) {
  RecordReader reader(schema, tenant_id, issues);
  if (body.kind() != JsonKind::kObject) {
    issues.push_back({"", fmt::format("must be a JSON object, not {}", name_of(body.kind()))});
    return reader.finish();
  }
  for (const auto& [name, value] : body.members()) reader.take(name, value);
  if (mode == RecordMode::kWhole) reader.complete();
  return reader.finish();
}

}  // namespace core
