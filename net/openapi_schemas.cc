// The schemas of the server's own rows, bodies and answers, as JSON.
#include "net/openapi_tables.h"

namespace net {
namespace {

// Members of objects.
constexpr std::string_view kId =
    R"("id":{"type":"integer","format":"int64","minimum":1,"readOnly":true})";

constexpr std::string_view kSlug =
    R"("slug":{"type":"string","pattern":"^[a-z0-9]+(-[a-z0-9]+)*$","maxLength":100,)"
    R"("description":"Unique."})";

constexpr std::string_view kTenantSettings =
    R"("name":{"type":"string","minLength":1,"maxLength":100},"plan":{"type":"string",)"
    R"("minLength":1,"maxLength":50,"description":"Default: free."},)"
    R"("is_active":{"type":"boolean","description":"Default: true. False: its keys get )"
    R"(403."})";

constexpr std::string_view kTimesDeleted =
    R"("created_at":{"type":"string","format":"date-time","readOnly":true},)"
    R"("updated_at":{"type":"string","format":"date-time","readOnly":true},)"
    R"("deleted_at":{"type":"string","format":"date-time","readOnly":true,)"
    R"("description":"Only of a deleted one."})";

constexpr std::string_view kSlugOrNull =
    R"("slug":{"type":["string","null"],"pattern":"^[a-z0-9]+(-[a-z0-9]+)*$",)"
    R"("maxLength":100,"description":"Unique; made from the name if absent."})";

constexpr std::string_view kKeyIds =
    R"("id":{"type":"integer","format":"int64","minimum":1,"readOnly":true},)"
    R"("tenant_id":{"type":"integer","format":"int64","minimum":1},)"
    R"("burst":{"type":"integer","minimum":0,"maximum":2147483647,"description":"Tokens )"
    R"(kept at most."})";

constexpr std::string_view kKeySettings =
    R"("name":{"type":"string","minLength":1,"maxLength":100},"scopes":{"type":"array",)"
    R"("maxItems":64,"items":{"type":"string","pattern":"^(\\*|verify|[a-z0-9_]{1,)"
    R"(64}:(read|write|\\*))$"},"description":"Empty: all of the tenant's own data."},)"
    R"("rate_limit":{"type":["integer","null"],"minimum":0,"maximum":2147483647,)"
    R"("description":"Tokens per window, default 1000. 0 blocks, null is unlimited."},)"
    R"("rate_window":{"type":"integer","minimum":1,"maximum":31536000,)"
    R"("description":"Seconds; default 3600."},"algorithm":{"type":"string",)"
    R"("enum":["token_bucket"]},"allowed_ips":{"type":"array","maxItems":32,)"
    R"("items":{"type":"string"},"description":"Addresses and networks; empty: from )"
    R"(anywhere."},"is_active":{"type":"boolean"},"expires_at":{"type":["string","null"],)"
    R"("format":"date-time","description":"Null: never."},"metadata":{"type":"object",)"
    R"("additionalProperties":true})";

constexpr std::string_view kKeyShown =
    R"("display":{"type":"string","readOnly":true,"description":"What may be shown of the )"
    R"(secret."},"last_used_at":{"type":["string","null"],"format":"date-time",)"
    R"("readOnly":true},"previous_secret_expires_at":{"type":["string","null"],)"
    R"("format":"date-time","readOnly":true})";

constexpr std::string_view kSecretAndIds =
    R"("key":{"type":"string","readOnly":true,"pattern":"^fp_[A-Za-z0-9_-]{43}$",)"
    R"("description":"The secret: not shown again, not to a repeated Idempotency-Key )"
    R"(either."},"id":{"type":"integer","format":"int64","minimum":1,"readOnly":true},)"
    R"("tenant_id":{"type":"integer","format":"int64","minimum":1},)"
    R"("burst":{"type":"integer","minimum":0,"maximum":2147483647,"description":"Tokens )"
    R"(kept at most."})";

constexpr std::string_view kKeyTenant =
    R"("tenant_id":{"type":"integer","format":"int64","minimum":1})";

constexpr std::string_view kBurstSent =
    R"("burst":{"type":["integer","null"],"minimum":1,"maximum":2147483647,)"
    R"("description":"Tokens kept at most; default: rate_limit."})";

constexpr std::string_view kImported =
    R"("tenant_id":{"type":"integer","format":"int64","minimum":1},)"
    R"("tenant":{"type":"string","maxLength":100,"pattern":"^[a-z0-9]+(-[a-z0-9]+)*$",)"
    R"("description":"The slug of its tenant."},"sha256":{"type":"string",)"
    R"("pattern":"^[0-9a-fA-F]{64}$","description":"Of the secret, which is not sent."},)"
    R"("display":{"type":"string","minLength":1,"maxLength":32,"description":"Default: )"
    R"(imported."})";

constexpr std::string_view kResourceNames =
    R"("name":{"type":"string","pattern":"^[A-Z][A-Za-z0-9]{0,63}$"},)"
    R"("path":{"type":"string","maxLength":64,"pattern":"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"},)"
    R"("read_only":{"type":"boolean"})";

constexpr std::string_view kFieldsShown =
    R"("fields":{"type":"array","items":{"$ref":"#/components/schemas/Field"}})";

constexpr std::string_view kIndexBuilds =
    R"("index_builds":{"type":"array","description":"Indexes that are being built.","items":{)"
    R"("type":"object","required":["field","rows","progress"],"properties":{)"
    R"("field":{"type":"string"},"rows":{"type":"integer","minimum":0},)"
    R"("progress":{"type":"number","minimum":0,"maximum":1}}}})";

constexpr std::string_view kIndexField =
    R"("field":{"type":"string","minLength":1,"maxLength":64})";

constexpr std::string_view kTimes =
    R"("created_at":{"type":"string","format":"date-time","readOnly":true},)"
    R"("updated_at":{"type":"string","format":"date-time","readOnly":true})";

constexpr std::string_view kResourceNamesSent =
    R"("name":{"type":"string","pattern":"^[A-Z][A-Za-z0-9]{0,63}$"},)"
    R"("path":{"type":["string","null"],"maxLength":64,)"
    R"("pattern":"^[a-z][a-z0-9]*(_[a-z0-9]+)*$","description":"Made from the name if )"
    R"(absent."},"read_only":{"type":"boolean","description":"True: rows can't be written. )"
    R"(Default: false."})";

constexpr std::string_view kFieldsSent =
    R"("fields":{"type":"array","maxItems":65,)"
    R"("items":{"$ref":"#/components/schemas/FieldDefinition"}})";

constexpr std::string_view kAddFields =
    R"("add_fields":{"type":"array",)"
    R"("items":{"$ref":"#/components/schemas/FieldDefinition"}})";

constexpr std::string_view kWebhookIds =
    R"("id":{"type":"integer","format":"int64","minimum":1,"readOnly":true},)"
    R"("tenant_id":{"type":"integer","format":"int64","minimum":1},)"
    R"("previous_secret_expires_at":{"type":["string","null"],"format":"date-time",)"
    R"("readOnly":true})";

constexpr std::string_view kWebhookTenant =
    R"("tenant_id":{"type":"integer","format":"int64","minimum":1,"description":"Required )"
    R"(of an admin; a key's own if absent."})";

constexpr std::string_view kWebhookSettings =
    R"("url":{"type":"string","minLength":1,"maxLength":2048,"description":"Absolute http or )"
    R"(https, without user, password and fragment."},"events":{"type":"array","minItems":1,)"
    R"("maxItems":64,"uniqueItems":true,"items":{"type":"string",)"
    R"("pattern":"^(\\*|[a-z0-9_]{1,64}\\.(\\*|[a-z0-9_]{1,64}))$"}},)"
    R"("description":{"type":"string","maxLength":500},"is_active":{"type":"boolean",)"
    R"("description":"Default: true."},"ordered":{"type":"boolean","description":"Default: )"
    R"(false. True: an event waits until those before it have been delivered."})";

constexpr std::string_view kWebhookSecret =
    R"("secret":{"type":"string","readOnly":true,"description":"Only where it was made by the )"
    R"(server: not shown again, not to a repeated Idempotency-Key either."})";

constexpr std::string_view kWebhookSecretSent =
    R"("secret":{"type":"string","minLength":8,"maxLength":256,"writeOnly":true,)"
    R"("description":"whsec_ and the base64 of 24 to 64 bytes, or 8 to 256 bytes of any other )"
    R"(text. Made if absent."})";

constexpr std::string_view kOverlap =
    R"("overlap_seconds":{"type":"integer","minimum":0,"maximum":2592000,)"
    R"("description":"For so long events are to be signed with the old one, too. Default: 0."})";

constexpr std::string_view kTokenText =
    R"("token":{"type":"string","readOnly":true,"pattern":"^ta_[A-Za-z0-9_-]{43}$",)"
    R"("description":"The text: not shown again, not to a repeated Idempotency-Key either."},)"
    R"("id":{"type":"integer","format":"int64","minimum":1,"readOnly":true})";

constexpr std::string_view kTokenSettings =
    R"("name":{"type":"string","minLength":1,"maxLength":100},"expires_at":{"type":["string",)"
    R"("null"],"format":"date-time","description":"Null: never."})";

constexpr std::string_view kTokenRole =
    R"("role":{"type":"string","enum":["all","read_only","tenant"]},)"
    R"("tenant_id":{"type":["integer","null"],"format":"int64","minimum":1,)"
    R"("description":"The tenant that the role tenant is confined to; null for others."})";

constexpr std::string_view kTokenShown =
    R"("role":{"type":"string","enum":["all","read_only","tenant"]},)"
    R"("tenant_id":{"type":["integer","null"],"format":"int64"},"display":{"type":"string",)"
    R"("readOnly":true,"description":"What may be shown of the text."},"name":{"type":"string"},)"
    R"("expires_at":{"type":["string","null"],"format":"date-time"})";

constexpr ObjectSchema kObjects[] = {
    {"Tenant",
     "A tenant.",
     "id name slug plan is_active created_at updated_at",
     {kId, kSlug, kTenantSettings, kTimesDeleted},
     false},
    {"TenantCreate", "A new tenant.", "name", {kSlugOrNull, kTenantSettings}, true},
    {"TenantReplace",
     "A tenant; what is absent gets its default, but the slug stays.",
     "name",
     {kSlug, kTenantSettings},
     true},
    {"TenantUpdate", "What is to change.", "", {kSlug, kTenantSettings}, true},
    {"ApiKey",
     "An API key, without its secret.",
     "id tenant_id burst name scopes rate_limit rate_window algorithm allowed_ips is_active "
     "expires_at metadata display last_used_at previous_secret_expires_at created_at updated_at",
     {kKeyIds, kKeySettings, kKeyShown, kTimesDeleted},
     false},
    {"ApiKeyWithSecret",
     "An API key with its secret.",
     "id tenant_id burst name scopes rate_limit rate_window algorithm allowed_ips is_active "
     "expires_at metadata display last_used_at previous_secret_expires_at created_at updated_at",
     {kSecretAndIds, kKeySettings, kKeyShown, kTimesDeleted},
     false},
    {"ApiKeyCreate",
     "A new API key.",
     "name tenant_id",
     {kKeyTenant, kBurstSent, kKeySettings},
     true},
    {"ApiKeyReplace",
     "An API key's settings; what is absent gets its default.",
     "name",
     {kKeyTenant, kBurstSent, kKeySettings},
     true},
    {"ApiKeyUpdate", "What is to change.", "", {kBurstSent, kKeySettings}, true},
    {"ImportedKey",
     "A key to import, with `tenant_id` or `tenant`.",
     "name sha256",
     {kImported, kBurstSent, kKeySettings},
     true},
    {"AdminToken",
     "An admin token, without its text.",
     "id name display role tenant_id expires_at created_at updated_at",
     {kId, kTokenShown, kTimesDeleted},
     false},
    {"AdminTokenWithSecret",
     "An admin token with its text.",
     "id name display role tenant_id expires_at created_at updated_at",
     {kTokenText, kTokenShown, kTimesDeleted},
     false},
    {"AdminTokenCreate", "A new admin token.", "name role", {kTokenSettings, kTokenRole}, true},
    {"AdminTokenUpdate", "What is to change.", "", {kTokenSettings}, true},
    {"Webhook",
     "A webhook, without its secret.",
     "id tenant_id previous_secret_expires_at url events description is_active ordered created_at "
     "updated_at",
     {kWebhookIds, kWebhookSettings, kTimesDeleted},
     false},
    {"WebhookWithSecret",
     "A webhook, with its secret if that was made just now.",
     "id tenant_id previous_secret_expires_at url events description is_active ordered created_at "
     "updated_at",
     {kWebhookSecret, kWebhookIds, kWebhookSettings, kTimesDeleted},
     false},
    {"WebhookCreate",
     "A new webhook.",
     "url events",
     {kWebhookTenant, kWebhookSecretSent, kWebhookSettings},
     true},
    {"WebhookReplace",
     "A webhook; what is absent gets its default, but the secret stays.",
     "url events",
     {kKeyTenant, kWebhookSettings},
     true},
    {"WebhookUpdate", "What is to change.", "", {kWebhookSettings}, true},
    {"WebhookRotate", "Another secret.", "", {kOverlap, kWebhookSecretSent}, true},
    {"Resource",
     "The definition of a resource.",
     "id name path read_only fields created_at updated_at index_builds",
     {kId, kResourceNames, kFieldsShown, kTimes, kIndexBuilds},
     false},
    {"ResourceCreate", "A new definition.", "name fields", {kResourceNamesSent, kFieldsSent}, true},
    {"IndexCreate", "The field that is to be indexed.", "field", {kIndexField}, true},
    {"ResourceUpdate",
     "Fields that are added behind those there are.",
     "add_fields",
     {kAddFields},
     true},
};

constexpr NamedJson kSchemas[] = {
    {"ApiKeyRotate",
     R"({"type":"object","additionalProperties":false,)"
     R"("properties":{"overlap_seconds":{"type":"integer","minimum":0,"maximum":2592000,)"
     R"("description":"For so long the old secret works on. Default: 0."}}})"},
    {"ApiKeyImport", R"({"type":"object","additionalProperties":false,"required":["keys"],)"
                     R"("properties":{"keys":{"type":"array","maxItems":1000,)"
                     R"("items":{"$ref":"#/components/schemas/ImportedKey"}}}})"},
    {"ImportReport",
     R"({"type":"object","required":["created","existing","first_id","refused"],)"
     R"("properties":{"created":{"type":"integer","format":"int64","minimum":0},)"
     R"("existing":{"type":"integer","format":"int64","minimum":0},)"
     R"("first_id":{"type":["integer","null"],"format":"int64"},"refused":{"type":"array",)"
     R"("items":{"$ref":"#/components/schemas/RefusedKey"}}}})"},
    {"RefusedKey",
     R"({"type":"object","required":["index","field","message"],)"
     R"("properties":{"index":{"type":"integer","minimum":0},"field":{"type":"string"},)"
     R"("message":{"type":"string"}}})"},
    {"AuditLog",
     R"({"type":"object","required":["id","created_at","actor","actor_id","ip_address",)"
     R"("request_id","action","resource","row_id","tenant_id","before","after"],)"
     R"("properties":{"id":{"type":"integer","format":"int64"},"created_at":{"type":"string",)"
     R"("format":"date-time"},"actor":{"type":"string"},"actor_id":{"type":["integer","null"],)"
     R"("format":"int64"},"ip_address":{"type":["string","null"]},)"
     R"("request_id":{"type":["string","null"]},"action":{"type":"string"},)"
     R"("resource":{"type":"string"},"row_id":{"type":"integer","format":"int64"},)"
     R"("tenant_id":{"type":["integer","null"],"format":"int64"},)"
     R"("before":{"type":["object","null"],"additionalProperties":true,)"
     R"("description":"The row as its own route shows it."},)"
     R"("after":{"type":["object","null"],"additionalProperties":true}}})"},
    {"PageMeta",
     R"({"type":"object","required":["limit","next_cursor"],)"
     R"("properties":{"limit":{"type":"integer","minimum":1,"maximum":1000},)"
     R"("next_cursor":{"type":["string","null"],"description":"What to send as cursor for )"
     R"(the page behind; null at the end."}}})"},
    {"Count", R"({"type":"object","required":["count"],"properties":{"count":{"type":"integer",)"
              R"("format":"int64","minimum":0}}})"},
    {"FieldIssue",
     R"({"type":"object","required":["field","message"],)"
     R"("properties":{"field":{"type":"string","description":"Its name as sent; empty for )"
     R"(the body as a whole."},"message":{"type":"string"}}})"},
    {"Health",
     R"({"type":"object","required":["status","version"],)"
     R"("properties":{"status":{"type":"string","enum":["ok"]},"version":{"type":"string"}}})"},
    {"Caller", R"({"type":"object","required":["key_id","tenant_id","name","display","scopes",)"
               R"("rate_limit","expires_at"],"properties":{"key_id":{"type":"integer",)"
               R"("format":"int64"},"tenant_id":{"type":"integer","format":"int64"},)"
               R"("name":{"type":"string"},"display":{"type":"string"},"scopes":{"type":"array",)"
               R"("items":{"type":"string"}},"rate_limit":{"type":["object","null"],)"
               R"("required":["limit","window","burst","remaining"],)"
               R"("properties":{"limit":{"type":"integer"},"window":{"type":"integer"},)"
               R"("burst":{"type":"integer"},"remaining":{"type":"integer"}}},)"
               R"("expires_at":{"type":["string","null"],"format":"date-time"}}})"},
    {"Usage",
     R"({"type":"object","required":["api_key_id","from","to","count","rejected","total",)"
     R"("last_used_at","rate_limit","series"],"properties":{"api_key_id":{"type":"integer",)"
     R"("format":"int64"},"from":{"type":"string","format":"date-time"},)"
     R"("to":{"type":"string","format":"date-time"},"count":{"type":"integer",)"
     R"("format":"int64","minimum":0},"rejected":{"type":"integer","format":"int64",)"
     R"("minimum":0},"total":{"type":"integer","format":"int64","minimum":0},)"
     R"("last_used_at":{"type":["string","null"],"format":"date-time"},)"
     R"("rate_limit":{"type":"object","required":["limit","remaining","reset"],)"
     R"("properties":{"limit":{"type":["integer","null"]},"remaining":{"type":["integer",)"
     R"("null"]},"reset":{"type":["integer","null"],"description":"Epoch seconds."}}},)"
     R"("series":{"type":"array","items":{"$ref":"#/components/schemas/UsageRow"}}}})"},
    {"UsageRow",
     R"({"type":"object","required":["start","end","group","count","rejected","errors",)"
     R"("p50_us","p90_us","p99_us"],"properties":{"start":{"type":"string",)"
     R"("format":"date-time"},"end":{"type":"string","format":"date-time"},)"
     R"("group":{"type":"object","properties":{"endpoint":{"type":"string"},)"
     R"("method":{"type":"string"},"status":{"type":"integer"},"key":{"type":"integer",)"
     R"("format":"int64"}}},"count":{"type":"integer","format":"int64","minimum":0},)"
     R"("rejected":{"type":"integer","format":"int64","minimum":0},)"
     R"("errors":{"type":"integer","format":"int64","minimum":0},"p50_us":{"type":"integer",)"
     R"("format":"int64","minimum":0},"p90_us":{"type":"integer","format":"int64",)"
     R"("minimum":0},"p99_us":{"type":"integer","format":"int64","minimum":0}}})"},
    {"UsageLog",
     R"({"type":"object","required":["id","api_key_id","tenant_id","endpoint","method",)"
     R"("status_code","response_time","response_time_us","ip_address","created_at"],)"
     R"("properties":{"id":{"type":"integer","format":"int64"},)"
     R"("api_key_id":{"type":"integer","format":"int64"},"tenant_id":{"type":"integer",)"
     R"("format":"int64"},"endpoint":{"type":"string"},"method":{"type":"string"},)"
     R"("status_code":{"type":"integer"},"response_time":{"type":"integer",)"
     R"("description":"Milliseconds."},"response_time_us":{"type":"integer"},)"
     R"("ip_address":{"type":"string"},"created_at":{"type":"string","format":"date-time"}}})"},
    {"KeyQuestion",
     R"({"type":"object","additionalProperties":false,"required":["key"],)"
     R"("properties":{"key":{"type":"string","minLength":1,"maxLength":512},)"
     R"("scope":{"type":"string","maxLength":80},"ip":{"type":"string","maxLength":64,)"
     R"("description":"The address that the key was used from; the caller's if absent."}}})"},
    {"KeyFinding",
     R"({"type":"object","required":["valid","code"],)"
     R"("properties":{"valid":{"type":"boolean"},"code":{"type":"string","enum":["VALID",)"
     R"("NOT_FOUND","EXPIRED","DISABLED","FORBIDDEN","INSUFFICIENT_PERMISSIONS",)"
     R"("RATE_LIMITED"]},"key_id":{"type":"integer","format":"int64"},)"
     R"("tenant_id":{"type":"integer","format":"int64"},"name":{"type":"string"},)"
     R"("scopes":{"type":"array","items":{"type":"string"}},"metadata":{"type":"object",)"
     R"("additionalProperties":true},"expires_at":{"type":["string","null"],)"
     R"("format":"date-time"},"rate_limit":{"type":["object","null"],"required":["limit",)"
     R"("remaining","reset","retry_after"],"properties":{"limit":{"type":"integer"},)"
     R"("remaining":{"type":"integer"},"reset":{"type":"integer"},)"
     R"("retry_after":{"type":["integer","null"]}}}}})"},
    {"FieldDefinition",
     R"({"description":"A field: an object, or NAME:TYPE:RULE,RULE as one text.",)"
     R"("anyOf":[{"type":"string"},{"$ref":"#/components/schemas/Field"}]})"},
};

}  // namespace

std::span<const ObjectSchema> object_schemas() noexcept {
  return kObjects;
}

std::span<const NamedJson> fixed_schemas() noexcept {
  return kSchemas;
}

}  // namespace net
