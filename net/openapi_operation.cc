#include "net/openapi_operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "core/base/check.h"
#include "core/base/decimal.h"
#include "net/responder.h"

namespace net {
namespace {

struct Header {
  std::string_view name;
  std::string_view description;
  std::string_view schema;
};

constexpr Header kHeaders[] = {
    {"X-Request-ID", "The client's, if it is 1 to 64 letters, digits, `.`, `_` or `-`.",
     R"({"type":"string","pattern":"^[A-Za-z0-9._-]{1,64}$"})"},
    {"ETag", "The version of what is shown.",
     R"({"type":"string","pattern":"^\"[1-9][0-9]*\"$","example":"\"7\""})"},
    {"X-RateLimit-Limit", "Tokens that flow in per window. Only of a key with a limit.",
     R"({"type":"integer","minimum":0})"},
    {"X-RateLimit-Remaining", "Tokens left after this request.",
     R"({"type":"integer","minimum":0})"},
    {"X-RateLimit-Reset", "Epoch seconds at which all tokens are there again.",
     R"({"type":"integer","minimum":0})"},
    {"Idempotency-Replayed", "Of an answer that a request before with this key got.",
     R"({"type":"boolean","const":true})"},
    {"Retry-After", "Seconds to wait.", R"({"type":"integer","minimum":1})"},
    {"WWW-Authenticate", "How to authenticate (RFC 6750).", R"({"type":"string"})"},
};

constexpr std::string_view kOfLimits = "X-RateLimit-Limit X-RateLimit-Remaining X-RateLimit-Reset";

struct Refusal {
  int status;
  std::string_view name;
  std::string_view description;
  std::string_view headers;
  std::string_view message;  // Of the example.
  std::string_view details;
};

constexpr Refusal kRefusals[] = {
    {400, "BadRequest", "Malformed HTTP or JSON.", "",
     "The body is not valid JSON: line 1, column 2", ""},
    {401, "Unauthorized", "No credential, or none that is known.", "WWW-Authenticate",
     "API key required", ""},
    {403, "Forbidden", "Inactive, from elsewhere, or without the scope.", "",
     "The key lacks the scope data:read", ""},
    {404, "NotFound", "No such path or row.", "", "Not found", ""},
    {409, "Conflict", "A unique value is taken, or what is to be restored can't be.", "",
     "The request conflicts with what is stored", R"([{"field":"slug","message":"is taken"}])"},
    {412, "PreconditionFailed", "If-Match names another version.", "",
     "The row's ETag is none of those in If-Match", ""},
    {413, "PayloadTooLarge", "The body is over the server's limit.", "", "The body is too large",
     ""},
    {422, "ValidationError", "Fields or parameters that don't fit, each named in details.", "",
     "The request has invalid fields", R"([{"field":"name","message":"is required"}])"},
    {429, "TooManyRequests", "The key's limit is used up.", "Retry-After", "Rate limit exceeded",
     ""},
    {503, "ServiceUnavailable", "Not now: the store, the usage log or the server can't take it.",
     "Retry-After", "Changes can't be taken at the moment", ""},
};

void write_reference(core::JsonWriter& json, std::string_view kind, std::string_view name) {
  json.begin_object();
  json.key("$ref").string(fmt::format("#/components/{}/{}", kind, name));
  json.end_object();
}

void write_header_references(core::JsonWriter& json, std::string_view names) {
  for_each_word(names, [&](std::string_view name) {
    json.key(name);
    write_reference(json, "headers", name);
  });
}

bool has_limit(Audience audience) noexcept {
  return audience == Audience::kTenant || audience == Audience::kVerifier ||
         audience == Audience::kAdminOrTenant;
}

void write_security(core::JsonWriter& json, Audience audience) {
  json.key("security").begin_array();
  const auto with = [&](std::string_view scheme) {
    json.begin_object().key(scheme).begin_array().end_array().end_object();
  };
  if (audience == Audience::kOps) json.begin_object().end_object();
  if (audience == Audience::kAdmin || audience == Audience::kOps ||
      audience == Audience::kVerifier || audience == Audience::kAdminOrTenant) {
    with("adminToken");
  }
  if (has_limit(audience)) {
    with("apiKey");
    with("apiKeyBearer");
  }
  json.end_array();
}

void write_body(core::JsonWriter& json, const Operation& operation) {
  json.key("requestBody").begin_object();
  json.key("required").boolean(!operation.id.starts_with("rotate"));
  json.key("content").begin_object().key("application/json").begin_object();
  json.key("schema");
  write_reference(json, "schemas", operation.body);
  if (!operation.example.empty()) json.key("example").raw(operation.example);
  json.end_object().end_object().end_object();
}

void write_data_schema(core::JsonWriter& json, const Operation& operation) {
  json.key("data");
  if (operation.shape == DataShape::kPage || operation.shape == DataShape::kList) {
    json.begin_object().key("type").string("array").key("items");
    write_reference(json, "schemas", operation.data);
    json.end_object();
  } else {
    write_reference(json, "schemas", operation.data);
  }
}

void write_envelope_schema(core::JsonWriter& json, const Operation& operation) {
  const bool is_page = operation.shape == DataShape::kPage;
  json.begin_object().key("type").string("object");
  json.key("required").begin_array().string("success").string("data");
  if (is_page) json.string("meta");
  json.end_array();
  json.key("properties").begin_object();
  json.key("success").raw(R"({"type":"boolean","const":true})");
  write_data_schema(json, operation);
  if (is_page) {
    json.key("meta");
    write_reference(json, "schemas", "PageMeta");
  } else {
    json.key("message").raw(R"({"type":"string"})");
  }
  json.end_object().end_object();
}

void write_envelope_example(core::JsonWriter& json, const Operation& operation,
                            std::string_view row) {
  const bool is_page = operation.shape == DataShape::kPage;
  json.key("example").begin_object().key("success").boolean(true).key("data");
  if (is_page || operation.shape == DataShape::kList) {
    json.begin_array().raw(row).end_array();
  } else {
    json.raw(row);
  }
  if (is_page) json.key("meta").raw(R"({"limit":100,"next_cursor":null})");
  json.end_object();
}

void write_success(core::JsonWriter& json, const Operation& operation,
                   const OperationPlace& place) {
  const bool is_created = operation.method == Method::kPost && operation.id.starts_with("create");
  json.key(is_created ? "201" : "200").begin_object();
  json.key("description").string(is_created ? "Created." : "Done.");
  json.key("headers").begin_object();
  write_header_references(json, "X-Request-ID");
  if (operation.shape == DataShape::kVersioned) write_header_references(json, "ETag");
  if (operation.parameters.contains("Idempotency-Key")) {
    write_header_references(json, "Idempotency-Replayed");
  }
  if (has_limit(route_info(operation.route).audience)) write_header_references(json, kOfLimits);
  json.end_object();
  json.key("content").begin_object();
  if (operation.data.empty()) {
    json.key("text/plain").raw(R"({"schema":{"type":"string"}})");
  } else {
    json.key("application/json").begin_object().key("schema");
    write_envelope_schema(json, operation);
    if (!place.data_example.empty()) write_envelope_example(json, operation, place.data_example);
    json.end_object();
  }
  json.end_object().end_object();
}

std::set<int> refusals_of(const Operation& operation) {
  const RouteInfo& route = route_info(operation.route);
  std::set<int> statuses = {400, 503};
  if (route.audience != Audience::kAnyone) statuses.insert({401, 403});
  if (has_limit(route.audience)) statuses.insert(429);
  if (route.pattern.contains('{')) statuses.insert(404);
  if (!operation.body.empty()) statuses.insert({413, 422});
  if (operation.parameters.contains("If-Match")) statuses.insert(412);
  if (operation.parameters.contains("Idempotency-Key")) statuses.insert(422);
  for_each_word(operation.refusals, [&](std::string_view status) {
    statuses.insert(static_cast<int>(core::parse_decimal(status).value_or(0)));
  });
  return statuses;
}

void write_answers(core::JsonWriter& json, const Operation& operation,
                   const OperationPlace& place) {
  json.key("responses").begin_object();
  write_success(json, operation, place);
  if (operation.parameters.contains("If-None-Match")) {
    json.key("304").begin_object().key("description").string("The client has this version.");
    json.key("headers").begin_object();
    write_header_references(json, "ETag X-Request-ID");
    json.end_object().end_object();
  }
  for (const int status : refusals_of(operation)) {
    const auto* const refusal = std::ranges::find(kRefusals, status, &Refusal::status);
    CHECK(refusal != std::end(kRefusals));
    json.key(std::to_string(status));
    write_reference(json, "responses", refusal->name);
  }
  json.end_object();
}

}  // namespace

std::string_view operation_name(Method method) noexcept {
  switch (method) {
    case Method::kGet:
      return "get";
    case Method::kPost:
      return "post";
    case Method::kPut:
      return "put";
    case Method::kPatch:
      return "patch";
    case Method::kDelete:
      return "delete";
    default:
      CHECK(!"a method that is no operation");
  }
}

void write_operation(core::JsonWriter& json, const Operation& operation,
                     const OperationPlace& place) {
  json.begin_object();
  json.key("operationId").string(operation.id);
  json.key("summary").string(operation.summary);
  json.key("tags").begin_array().string(place.tag).end_array();
  write_security(json, route_info(operation.route).audience);
  if (!operation.parameters.empty() || !place.parameters_as_json.empty()) {
    json.key("parameters").begin_array();
    for_each_word(operation.parameters,
                  [&](std::string_view name) { write_reference(json, "parameters", name); });
    if (!place.parameters_as_json.empty()) json.raw(place.parameters_as_json);
    json.end_array();
  }
  if (!operation.body.empty()) write_body(json, operation);
  write_answers(json, operation, place);
  json.end_object();
}

void write_refusals(core::JsonWriter& json) {
  json.begin_object();
  for (const Refusal& refusal : kRefusals) {
    json.key(refusal.name).begin_object();
    json.key("description").string(refusal.description);
    json.key("headers").begin_object();
    write_header_references(json, "X-Request-ID");
    write_header_references(json, refusal.headers);
    if (refusal.status != 401 && refusal.status != 413) write_header_references(json, kOfLimits);
    json.end_object();
    json.key("content").begin_object().key("application/json").begin_object();
    json.key("schema");
    write_reference(json, "schemas", "Failure");
    json.key("example").begin_object().key("success").boolean(false).key("error").begin_object();
    json.key("code").string(error_code(refusal.status)).key("message").string(refusal.message);
    if (!refusal.details.empty()) json.key("details").raw(refusal.details);
    json.end_object().end_object().end_object().end_object().end_object();
  }
  json.end_object();
}

void write_headers(core::JsonWriter& json) {
  json.begin_object();
  for (const Header& header : kHeaders) {
    json.key(header.name).begin_object();
    json.key("description").string(header.description);
    json.key("schema").raw(header.schema);
    json.end_object();
  }
  json.end_object();
}

}  // namespace net
