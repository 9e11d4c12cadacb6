#include "net/openapi.h"

#include <algorithm>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/hash.h"
#include "core/base/json_writer.h"
#include "net/metrics.h"
#include "net/openapi_operation.h"
#include "net/openapi_resource.h"
#include "net/openapi_tables.h"
#include "net/responder.h"

namespace net {
namespace {

constexpr std::string_view kDescription =
    "Tenants, API keys, limits, usage, and the resources that are defined here.\n\n"
    "HEAD is answered wherever GET is, OPTIONS everywhere. `/api/api_keys` is another name of "
    "`/api/keys`. Limits: every answer to a known key with a limit tells it in X-RateLimit "
    "fields. Changes with If-Match are made only if the row is in that version.";

constexpr std::string_view kSecuritySchemes =
    R"({"adminToken":{"type":"http","scheme":"bearer","description":"The admin's token."},)"
    R"("apiKey":{"type":"apiKey","in":"header","name":"X-API-Key","description":"A tenant's key: fp_..."},)"
    R"("apiKeyBearer":{"type":"http","scheme":"bearer","description":"A tenant's key: fp_..."}})";

// About 110 KB with Data alone; a resource of 20 fields adds 22 KB.
constexpr std::size_t kFixedBytes = 96 * 1024;
constexpr std::size_t kResourceBytes = 24 * 1024;

void write_info(core::JsonWriter& json) {
  json.key("info").begin_object();
  json.key("title").string("tollgate");
  json.key("version").string(TOLLGATE_VERSION);
  json.key("description").string(kDescription);
  json.key("license").raw(R"({"name":"Apache-2.0","identifier":"Apache-2.0"})");
  json.end_object();
  json.key("servers").raw(R"([{"url":"/","description":"Where this document is."}])");
}

void write_tag(core::JsonWriter& json, std::string_view name, std::string_view description) {
  json.begin_object().key("name").string(name).key("description").string(description).end_object();
}

void write_fixed_paths(core::JsonWriter& json) {
  RouteId open = RouteId::kNone;
  for (const FixedOperation& each : fixed_operations()) {
    const Operation& operation = each.operation;
    if (operation.route != open) {
      if (open != RouteId::kNone) json.end_object();
      const std::string_view pattern = route_info(operation.route).pattern;
      json.key(pattern).begin_object();
      write_path_parameters(json, pattern);
      open = operation.route;
    }
    json.key(operation_name(operation.method));
    write_operation(json, operation, {.tag = each.tag, .data_example = {}});
  }
  json.end_object();
}

// Every code that a refusal can have.
void write_failure_schema(core::JsonWriter& json) {
  std::vector<std::string_view> codes;
  for (const int status : kCountedStatuses) {
    if (status != 0 && status < 400) continue;
    const std::string_view code = error_code(status);
    if (std::ranges::find(codes, code) == codes.end()) codes.push_back(code);
  }
  json.begin_object().key("type").string("object");
  json.key("required").raw(R"(["success","error"])");
  json.key("properties").begin_object();
  json.key("success").raw(R"({"type":"boolean","const":false})");
  json.key("error").begin_object().key("type").string("object");
  json.key("required").raw(R"(["code","message"])");
  json.key("properties").begin_object();
  json.key("code").begin_object().key("type").string("string").key("enum").begin_array();
  for (const std::string_view code : codes) json.string(code);
  json.end_array().end_object();
  json.key("message").raw(R"({"type":"string"})");
  json.key("details").raw(
      R"({"type":"array","items":{"$ref":"#/components/schemas/FieldIssue"},)"
      R"("description":"Of VALIDATION_ERROR and CONFLICT: each field that is wrong."})");
  json.end_object().end_object().end_object().end_object();
}

// A field of a definition, as an object.
void write_field_definition_schema(core::JsonWriter& json) {
  constexpr std::string_view kFlags[] = {"required", "nullable", "unique", "index"};
  constexpr std::string_view kBounds[] = {"min", "max", "gt", "ge", "gte", "lt", "le", "lte"};
  json.begin_object().key("type").string("object").key("additionalProperties").boolean(false);
  json.key("required").raw(R"(["name","type"])");
  json.key("properties").begin_object();
  json.key("name").raw(
      R"({"type":"string","maxLength":64,"pattern":"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"})");
  json.key("type").begin_object().key("type").string("string").key("enum").begin_array();
  for (int type = 0; type <= static_cast<int>(core::FieldType::kEnum); ++type) {
    json.string(core::name_of(static_cast<core::FieldType>(type)));
  }
  json.end_array().end_object();
  for (const std::string_view flag : kFlags) json.key(flag).raw(R"({"type":"boolean"})");
  for (const std::string_view bound : kBounds) {
    json.key(bound).raw(R"({"type":["number","string"]})");
  }
  json.key("choices").raw(
      R"({"type":"array","minItems":1,"maxItems":64,"items":{"type":"string","minLength":1}})");
  json.key("foreign").raw(R"({"type":"string","pattern":"^[a-z][a-z0-9_]*\\.id$"})");
  json.key("regex").raw(R"({"type":"string","description":"RE2; the whole text must match."})");
  json.key("default").raw(R"({"description":"A value of the field."})");
  json.end_object().end_object();
}

void write_object_schema(core::JsonWriter& json, const ObjectSchema& schema) {
  json.begin_object().key("type").string("object");
  json.key("description").string(schema.description);
  if (!schema.required.empty()) {
    json.key("required").begin_array();
    for_each_word(schema.required, [&](std::string_view name) { json.string(name); });
    json.end_array();
  }
  std::string properties = "{";
  for (const std::string_view members : schema.members) {
    if (members.empty()) continue;
    if (properties.size() > 1) properties += ',';
    properties += members;
  }
  json.key("properties").raw(properties + '}');
  if (schema.is_closed) json.key("additionalProperties").boolean(false);
  json.end_object();
}

void write_fixed_schemas(core::JsonWriter& json) {
  json.key("Failure");
  write_failure_schema(json);
  json.key("Field");
  write_field_definition_schema(json);
  for (const ObjectSchema& schema : object_schemas()) {
    json.key(schema.name);
    write_object_schema(json, schema);
  }
  for (const NamedJson& schema : fixed_schemas()) json.key(schema.name).raw(schema.json);
}

void write_components(core::JsonWriter& json, std::span<const core::Resource* const> resources,
                      std::span<const ResourceNames> names) {
  json.key("components").begin_object();
  json.key("securitySchemes").raw(kSecuritySchemes);
  json.key("parameters").begin_object();
  for (const NamedJson& parameter : fixed_parameters()) {
    json.key(parameter.name).raw(parameter.json);
  }
  json.end_object();
  json.key("headers");
  write_headers(json);
  json.key("responses");
  write_refusals(json);
  json.key("schemas").begin_object();
  write_fixed_schemas(json);
  for (std::size_t i = 0; i < resources.size(); ++i) {
    write_resource_schemas(json, resources[i]->schema, names[i]);
  }
  json.end_object().end_object();
}

}  // namespace

std::vector<const core::Resource*> described_resources(
    std::span<const core::Resource* const> resources) {
  std::vector<const core::Resource*> described = {&core::data_resource()};
  for (const core::Resource* const resource : resources) {
    if (resource->id >= core::kFirstDefinedResource) described.push_back(resource);
  }
  return described;
}

std::uint64_t openapi_version(std::span<const core::Resource* const> resources) noexcept {
  std::uint64_t version = core::xxhash64(core::as_bytes(std::string_view(TOLLGATE_VERSION)));
  for (const core::Resource* const resource : resources) {
    const std::uint64_t numbers[] = {resource->id, resource->version};
    version = core::xxhash64(std::as_bytes(std::span(numbers)), version);
  }
  return std::max<std::uint64_t>(version, 1);
}

std::string render_openapi(std::span<const core::Resource* const> resources) {
  const std::vector<ResourceNames> names = resource_names(resources);
  std::string text;
  text.reserve(kFixedBytes + resources.size() * kResourceBytes);
  core::JsonWriter json(text);
  json.begin_object();
  json.key("openapi").string("3.1.1");
  write_info(json);
  json.key("tags").begin_array();
  for (const Tag& tag : fixed_tags()) write_tag(json, tag.name, tag.description);
  for (std::size_t i = 0; i < resources.size(); ++i) {
    write_tag(json, names[i].one,
              "Rows of /api/" + resources[i]->schema.path + ", of the key's tenant.");
  }
  json.end_array();
  json.key("paths").begin_object();
  write_fixed_paths(json);
  for (std::size_t i = 0; i < resources.size(); ++i) {
    write_resource_paths(json, resources[i]->schema, names[i]);
  }
  json.end_object();
  write_components(json, resources, names);
  json.end_object();
  return text;
}

}  // namespace net
