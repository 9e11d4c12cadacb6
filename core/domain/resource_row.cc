#include "core/domain/resource_row.h"

#include "core/base/check.h"
#include "core/base/json_writer.h"

namespace core {
namespace {

Resource make_data_resource() {
  Field name;
  name.name = "name";
  name.required = true;
  name.bounds.push_back({.kind = FieldBound::Kind::kAtLeast, .number = "1"});
  name.bounds.push_back({.kind = FieldBound::Kind::kAtMost, .number = "100"});
  Field value;
  value.name = "value";
  value.type = FieldType::kJson;
  Resource data;
  data.id = kDataResource;
  data.schema.name = "Data";
  data.schema.path = "data";
  data.schema.fields = {name, value};
  return data;
}

}  // namespace

const Resource& data_resource() {
  static const Resource data = make_data_resource();
  return data;
}

std::string to_json(const ResourceRow& row, const ResourceSchema& schema,
                    std::vector<ValuePlace>& places) {
  CHECK(row.values.size() == schema.fields.size());
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("id").uint64(row.id);
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const std::string& value = row.values[i];
    json.key(schema.fields[i].name).raw(value);
    places.push_back({.at = static_cast<std::uint32_t>(out.size() - value.size()),
                      .bytes = static_cast<std::uint32_t>(value.size())});
  }
  json.key("created_at").string(to_rfc3339(row.created_at));
  json.key("updated_at").string(to_rfc3339(row.updated_at));
  json.end_object();
  return out;
}

std::string_view default_value(const Field& field) noexcept {
  return field.default_json ? std::string_view(*field.default_json) : "null";
}

}  // namespace core
