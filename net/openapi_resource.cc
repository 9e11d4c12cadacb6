#include "net/openapi_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/service/index_bytes.h"
#include "net/openapi_example.h"
#include "net/openapi_field.h"
#include "net/openapi_operation.h"
#include "net/openapi_tables.h"

namespace net {
namespace {

constexpr std::string_view kId =
    R"({"type":"integer","format":"int64","minimum":1,"readOnly":true})";
constexpr std::string_view kTime = R"({"type":"string","format":"date-time","readOnly":true})";
constexpr std::string_view kDeletedAt = R"({"type":"string","format":"date-time","readOnly":true,)"
                                        R"("description":"Only of a deleted row."})";
constexpr std::string_view kOwnTenant =
    R"({"type":"integer","format":"int64","minimum":1,"writeOnly":true,)"
    R"("description":"The key's own tenant, if it is sent at all."})";

// line_items -> LineItems.
std::string pascal_case(std::string_view path) {
  std::string name;
  bool begins = true;
  for (const char c : path) {
    const bool is_small = c >= 'a' && c <= 'z';
    if (c != '_') name += begins && is_small ? static_cast<char>(c - ('a' - 'A')) : c;
    begins = c == '_';
  }
  return name;
}

// Schemas and operations share one set: no name of one is a name of the other.
std::vector<std::string> taken_by(const ResourceNames& names) {
  std::vector<std::string> taken = {names.one, names.one + "Create", names.one + "Update"};
  for (const Operation& operation : row_operations()) {
    const bool of_many = operation.id == "list" || operation.id == "count";
    taken.push_back(std::string(operation.id) + (of_many ? names.many : names.one));
  }
  return taken;
}

std::set<std::string> taken_by_the_server() {
  std::set<std::string> taken = {"Failure", "Field"};
  for (const ObjectSchema& schema : object_schemas()) taken.emplace(schema.name);
  for (const NamedJson& schema : fixed_schemas()) taken.emplace(schema.name);
  for (const FixedOperation& each : fixed_operations()) taken.emplace(each.operation.id);
  return taken;
}

bool must_be_sent(const core::Field& field) {
  return field.required && !field.default_json;
}

void write_required(core::JsonWriter& json, const core::ResourceSchema& schema, FieldUse use) {
  const bool is_sent = use == FieldUse::kSent;
  const bool has_any =
      use == FieldUse::kWritten && std::ranges::any_of(schema.fields, must_be_sent);
  if (!is_sent && !has_any) return;
  json.key("required").begin_array();
  if (is_sent) json.string("id");
  for (const core::Field& field : schema.fields) {
    if (is_sent || must_be_sent(field)) json.string(field.name);
  }
  if (is_sent) json.string("created_at").string("updated_at");
  json.end_array();
}

void write_schema(core::JsonWriter& json, const core::ResourceSchema& schema, FieldUse use) {
  json.begin_object().key("type").string("object");
  write_required(json, schema, use);
  json.key("properties").begin_object();
  if (use == FieldUse::kSent) {
    json.key("id").raw(kId);
  } else {
    json.key("tenant_id").raw(kOwnTenant);
  }
  for (const core::Field& field : schema.fields) {
    json.key(field.name);
    write_field_schema(json, field, use);
  }
  if (use == FieldUse::kSent) {
    json.key("created_at").raw(kTime).key("updated_at").raw(kTime);
    json.key("deleted_at").raw(kDeletedAt);
  }
  json.end_object();
  if (use != FieldUse::kSent) json.key("additionalProperties").boolean(false);
  json.end_object();
}

void write_sort(core::JsonWriter& json, const core::ResourceSchema& schema) {
  json.begin_object().key("name").string("sort").key("in").string("query");
  json.key("description").string("`-` in front: downwards.");
  json.key("schema").begin_object().key("type").string("string").key("enum").begin_array();
  json.string("id").string("-id");
  for (const core::Field& field : schema.fields) {
    if (core::is_indexed(field)) json.string(field.name).string("-" + field.name);
  }
  json.end_array().end_object().end_object();
}

// Objects joined by commas: what lists of the resource take beside what all lists do.
std::string list_parameters(const core::ResourceSchema& schema) {
  std::string text;
  core::JsonWriter json(text);
  json.begin_array();
  write_sort(json, schema);
  for (const core::Field& field : schema.fields) {
    if (!core::is_indexed(field)) continue;
    json.begin_object().key("name").string(field.name).key("in").string("query");
    json.key("description").string("Rows that hold this value alone.");
    json.key("schema");
    write_field_schema(json, field, FieldUse::kFilter);
    json.end_object();
  }
  json.end_array();
  return text.substr(1, text.size() - 2);
}

// What the operations of one resource are completed with.
struct RowTexts {
  const core::ResourceSchema& schema;
  const ResourceNames& names;
  std::string list_parameters;
  std::string body_example;
  std::string change_example;
  std::string row_example;
};

void write_row_operation(core::JsonWriter& json, const Operation& verb, const RowTexts& texts) {
  const bool of_many = verb.id == "list" || verb.id == "count";
  const bool of_count = verb.data == "Count";
  const std::string id = std::string(verb.id) + (of_many ? texts.names.many : texts.names.one);
  const std::string summary =
      fmt::format("{} {} {}", verb.summary, of_many ? "rows of" : "a row of", texts.schema.path);
  const std::string body =
      verb.body.empty() ? std::string() : texts.names.one + std::string(verb.body);
  Operation operation = verb;
  operation.id = id;
  operation.summary = summary;
  operation.body = body;
  if (!body.empty()) {
    operation.example = verb.body == "Update" ? texts.change_example : texts.body_example;
  }
  if (!of_count) operation.data = texts.names.one;
  write_operation(
      json, operation,
      {.tag = texts.names.one,
       .data_example = of_count ? std::string_view() : texts.row_example,
       .parameters_as_json = verb.id == "list" ? texts.list_parameters : std::string_view()});
}

}  // namespace

std::vector<ResourceNames> resource_names(std::span<const core::Resource* const> resources) {
  std::set<std::string> taken = taken_by_the_server();
  std::vector<ResourceNames> all;
  for (const core::Resource* const resource : resources) {
    ResourceNames names{resource->schema.name, pascal_case(resource->schema.path)};
    const auto is_taken = [&](const std::string& name) { return taken.contains(name); };
    while (std::ranges::any_of(taken_by(names), is_taken)) {
      names.one += std::to_string(resource->id);
      names.many += std::to_string(resource->id);
    }
    for (std::string& name : taken_by(names)) taken.insert(std::move(name));
    all.push_back(std::move(names));
  }
  return all;
}

void write_resource_schemas(core::JsonWriter& json, const core::ResourceSchema& schema,
                            const ResourceNames& names) {
  json.key(names.one);
  write_schema(json, schema, FieldUse::kSent);
  if (schema.is_read_only) return;
  json.key(names.one + "Create");
  write_schema(json, schema, FieldUse::kWritten);
  json.key(names.one + "Update");
  write_schema(json, schema, FieldUse::kChanged);
}

void write_path_parameters(core::JsonWriter& json, std::string_view pattern) {
  json.key("parameters").begin_array();
  if (pattern.contains("{id}")) json.raw(R"({"$ref":"#/components/parameters/id"})");
  json.raw(R"({"$ref":"#/components/parameters/X-Request-ID"})");
  json.end_array();
}

void write_resource_paths(core::JsonWriter& json, const core::ResourceSchema& schema,
                          const ResourceNames& names) {
  constexpr std::string_view kName = "{resource}";
  const RowTexts texts{schema,
                       names,
                       list_parameters(schema),
                       example_body(schema).value_or(""),
                       example_change(schema).value_or(""),
                       example_row(schema).value_or("")};
  RouteId open = RouteId::kNone;
  for (const Operation& verb : row_operations()) {
    if (schema.is_read_only && verb.method != Method::kGet) continue;
    if (verb.route != open) {
      if (open != RouteId::kNone) json.end_object();
      std::string pattern(route_info(verb.route).pattern);
      pattern.replace(pattern.find(kName), kName.size(), schema.path);
      json.key(pattern).begin_object();
      write_path_parameters(json, pattern);
      open = verb.route;
    }
    json.key(operation_name(verb.method));
    write_row_operation(json, verb, texts);
  }
  json.end_object();
}

}  // namespace net
