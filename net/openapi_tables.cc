#include "net/openapi_tables.h"

namespace net {
namespace {

constexpr Tag kTags[] = {
    {"Tenants", "Who owns keys and rows. For the admin."},
    {"Keys", "API keys: what they may do and how often. For the admin."},
    {"Usage", "What was asked with which key, and how it was answered."},
    {"Resources", "Definitions of the resources that every tenant has rows of. For the admin."},
    {"Admin tokens", "Named tokens of admins, and what they may do."},
    {"Audit log", "What admins have changed."},
    {"Webhooks", "Where events are to be sent. For the admin, and for keys with a scope of them."},
    {"Caller", "What a key can say about itself."},
    {"Verification", "For services that hold somebody else's key."},
    {"Operators", "Health, metrics, this document."},
};

constexpr FixedOperation kOperations[] = {
    {{RouteId::kTenants, Method::kGet, "listTenants", "List tenants",
      "limit cursor include_deleted slug", "", "", DataShape::kPage, "Tenant", "422"},
     "Tenants"},
    {{RouteId::kTenants, Method::kPost, "createTenant", "Create a tenant", "Idempotency-Key",
      "TenantCreate", R"({"name":"Acme","plan":"free"})", DataShape::kVersioned, "Tenant", "409"},
     "Tenants"},
    {{RouteId::kTenantCount, Method::kGet, "countTenants", "Count tenants", "", "", "",
      DataShape::kOne, "Count", "422"},
     "Tenants"},
    {{RouteId::kTenant, Method::kGet, "getTenant", "Show a tenant", "include_deleted If-None-Match",
      "", "", DataShape::kVersioned, "Tenant", "422"},
     "Tenants"},
    {{RouteId::kTenant, Method::kPut, "replaceTenant", "Replace a tenant", "If-Match",
      "TenantReplace", R"({"name":"Acme","plan":"pro"})", DataShape::kVersioned, "Tenant", "409"},
     "Tenants"},
    {{RouteId::kTenant, Method::kPatch, "updateTenant", "Change a tenant", "If-Match",
      "TenantUpdate", R"({"plan":"pro"})", DataShape::kVersioned, "Tenant", "409"},
     "Tenants"},
    {{RouteId::kTenant, Method::kDelete, "deleteTenant", "Delete a tenant; its keys no longer work",
      "If-Match", "", "", DataShape::kOne, "Tenant", ""},
     "Tenants"},
    {{RouteId::kTenantRestore, Method::kPost, "restoreTenant", "Restore a deleted tenant",
      "If-Match Idempotency-Key", "", "", DataShape::kVersioned, "Tenant", "409"},
     "Tenants"},
    {{RouteId::kKeys, Method::kGet, "listKeys", "List API keys",
      "limit cursor include_deleted tenant_id", "", "", DataShape::kPage, "ApiKey", "422"},
     "Keys"},
    {{RouteId::kKeys, Method::kPost, "createKey",
      "Create an API key; the answer alone shows its secret", "Idempotency-Key", "ApiKeyCreate",
      R"({"name":"Production Key","tenant_id":1,"scopes":["data:read"],"rate_limit":1000})",
      DataShape::kVersioned, "ApiKeyWithSecret", "409"},
     "Keys"},
    {{RouteId::kKeyCount, Method::kGet, "countKeys", "Count API keys", "", "", "", DataShape::kOne,
      "Count", "422"},
     "Keys"},
    {{RouteId::kKey, Method::kGet, "getKey", "Show an API key", "include_deleted If-None-Match", "",
      "", DataShape::kVersioned, "ApiKey", "422"},
     "Keys"},
    {{RouteId::kKey, Method::kPut, "replaceKey", "Replace an API key's settings", "If-Match",
      "ApiKeyReplace", R"({"name":"Production Key","scopes":["data:read"],"rate_limit":500})",
      DataShape::kVersioned, "ApiKey", "409"},
     "Keys"},
    {{RouteId::kKey, Method::kPatch, "updateKey", "Change an API key's settings", "If-Match",
      "ApiKeyUpdate", R"({"rate_limit":2000})", DataShape::kVersioned, "ApiKey", "409"},
     "Keys"},
    {{RouteId::kKey, Method::kDelete, "deleteKey", "Revoke an API key", "If-Match", "", "",
      DataShape::kOne, "ApiKey", ""},
     "Keys"},
    {{RouteId::kKeyRestore, Method::kPost, "restoreKey", "Restore a revoked API key",
      "If-Match Idempotency-Key", "", "", DataShape::kVersioned, "ApiKey", "409"},
     "Keys"},
    {{RouteId::kKeyRotate, Method::kPost, "rotateKey",
      "Give an API key another secret, which the answer alone shows", "If-Match Idempotency-Key",
      "ApiKeyRotate", R"({"overlap_seconds":0})", DataShape::kVersioned, "ApiKeyWithSecret", "409"},
     "Keys"},
    {{RouteId::kKeyImport, Method::kPost, "importKeys",
      "Create up to 1000 keys whose secrets exist elsewhere", "", "ApiKeyImport",
      R"({"keys":[{"name":"Moved Key","tenant_id":1,)"
      R"("sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]})",
      DataShape::kOne, "ImportReport", ""},
     "Keys"},
    {{RouteId::kKeyUsage, Method::kGet, "getKeyUsage", "Counts and series of one key",
      "from to window group_by", "", "", DataShape::kOne, "Usage", "422"},
     "Usage"},
    {{RouteId::kUsageLogs, Method::kGet, "listUsageLogs", "The usage log, oldest first",
      "limit cursor api_key_id tenant_id endpoint method status_code ip_address log_from log_to",
      "", "", DataShape::kPage, "UsageLog", "422"},
     "Usage"},
    {{RouteId::kUsageLog, Method::kGet, "getUsageLog", "One record of the usage log", "", "", "",
      DataShape::kOne, "UsageLog", "422"},
     "Usage"},
    {{RouteId::kResources, Method::kGet, "listResources", "List definitions", "", "", "",
      DataShape::kList, "Resource", ""},
     "Resources"},
    {{RouteId::kResources, Method::kPost, "createResource",
      "Define a resource; it is served at once", "Idempotency-Key", "ResourceCreate",
      R"({"name":"Example","fields":["number:string:required,max:20,unique",{"name":"amount","type":"money","ge":0,"index":true},"due_on:date"]})",
      DataShape::kVersioned, "Resource", "409"},
     "Resources"},
    {{RouteId::kResource, Method::kGet, "getResource", "Show a definition", "If-None-Match", "", "",
      DataShape::kVersioned, "Resource", ""},
     "Resources"},
    {{RouteId::kResource, Method::kPatch, "addFields", "Add fields to a definition", "If-Match",
      "ResourceUpdate", R"({"add_fields":["note:text"]})", DataShape::kVersioned, "Resource",
      "409"},
     "Resources"},
    {{RouteId::kResource, Method::kDelete, "deleteResource", "Delete a definition and its routes",
      "If-Match", "", "", DataShape::kOne, "Resource", "409"},
     "Resources"},
    {{RouteId::kResourceIndexes, Method::kPost, "addIndex",
      "Build the index of a field, while the resource is served", "If-Match Idempotency-Key",
      "IndexCreate", R"({"field":"due_on"})", DataShape::kVersioned, "Resource", "409"},
     "Resources"},
    {{RouteId::kAdminTokens, Method::kGet, "listAdminTokens", "List admin tokens",
      "limit cursor include_deleted", "", "", DataShape::kPage, "AdminToken", "422"},
     "Admin tokens"},
    {{RouteId::kAdminTokens, Method::kPost, "createAdminToken",
      "Make an admin token; the answer alone shows its text", "Idempotency-Key", "AdminTokenCreate",
      R"({"name":"dashboard","role":"read_only"})", DataShape::kVersioned, "AdminTokenWithSecret",
      "409"},
     "Admin tokens"},
    {{RouteId::kAdminTokenCount, Method::kGet, "countAdminTokens", "Count admin tokens", "", "", "",
      DataShape::kOne, "Count", "422"},
     "Admin tokens"},
    {{RouteId::kAdminToken, Method::kGet, "getAdminToken", "Show an admin token",
      "include_deleted If-None-Match", "", "", DataShape::kVersioned, "AdminToken", "422"},
     "Admin tokens"},
    {{RouteId::kAdminToken, Method::kPatch, "updateAdminToken", "Rename an admin token or end it",
      "If-Match", "AdminTokenUpdate", R"({"name":"graphs"})", DataShape::kVersioned, "AdminToken",
      "409"},
     "Admin tokens"},
    {{RouteId::kAdminToken, Method::kDelete, "deleteAdminToken", "End an admin token for good",
      "If-Match", "", "", DataShape::kOne, "AdminToken", ""},
     "Admin tokens"},
    {{RouteId::kAuditLogs, Method::kGet, "listAuditLogs", "What admins have changed",
      "limit cursor audit_sort tenant_id actor action resource row_id log_from log_to", "", "",
      DataShape::kPage, "AuditLog", "422"},
     "Audit log"},
    {{RouteId::kAuditLogCount, Method::kGet, "countAuditLogs", "Count all entries", "", "", "",
      DataShape::kOne, "Count", "422"},
     "Audit log"},
    {{RouteId::kAuditLog, Method::kGet, "getAuditLog", "One entry of the audit log", "", "", "",
      DataShape::kOne, "AuditLog", "422"},
     "Audit log"},
    {{RouteId::kWebhooks, Method::kGet, "listWebhooks", "List webhooks",
      "limit cursor include_deleted tenant_id", "", "", DataShape::kPage, "Webhook", "422"},
     "Webhooks"},
    {{RouteId::kWebhooks, Method::kPost, "createWebhook",
      "Create a webhook; the answer alone shows a secret that was made", "Idempotency-Key",
      "WebhookCreate", R"({"tenant_id":1,"url":"https://hooks.example.com/in","events":["key.*"]})",
      DataShape::kVersioned, "WebhookWithSecret", "409"},
     "Webhooks"},
    {{RouteId::kWebhookCount, Method::kGet, "countWebhooks", "Count webhooks", "", "", "",
      DataShape::kOne, "Count", "422"},
     "Webhooks"},
    {{RouteId::kWebhook, Method::kGet, "getWebhook", "Show a webhook",
      "include_deleted If-None-Match", "", "", DataShape::kVersioned, "Webhook", "422"},
     "Webhooks"},
    {{RouteId::kWebhook, Method::kPut, "replaceWebhook", "Replace a webhook", "If-Match",
      "WebhookReplace", R"({"url":"https://hooks.example.com/in","events":["*"]})",
      DataShape::kVersioned, "Webhook", ""},
     "Webhooks"},
    {{RouteId::kWebhook, Method::kPatch, "updateWebhook", "Change a webhook", "If-Match",
      "WebhookUpdate", R"({"is_active":false})", DataShape::kVersioned, "Webhook", ""},
     "Webhooks"},
    {{RouteId::kWebhook, Method::kDelete, "deleteWebhook", "Delete a webhook", "If-Match", "", "",
      DataShape::kOne, "Webhook", ""},
     "Webhooks"},
    {{RouteId::kWebhookRestore, Method::kPost, "restoreWebhook", "Restore a deleted webhook",
      "If-Match Idempotency-Key", "", "", DataShape::kVersioned, "Webhook", "409"},
     "Webhooks"},
    {{RouteId::kWebhookRotate, Method::kPost, "rotateWebhookSecret",
      "Give a webhook another secret; the answer alone shows one that was made",
      "If-Match Idempotency-Key", "WebhookRotate", R"({"overlap_seconds":3600})",
      DataShape::kVersioned, "WebhookWithSecret", ""},
     "Webhooks"},
    {{RouteId::kMe, Method::kGet, "getMe", "What the key may do", "", "", "", DataShape::kOne,
      "Caller", "404"},
     "Caller"},
    {{RouteId::kOwnUsage, Method::kGet, "getOwnUsage", "Counts and series of the key that asks",
      "from to window group_by", "", "", DataShape::kOne, "Usage", "404 422"},
     "Usage"},
    {{RouteId::kVerifyKey, Method::kPost, "verifyKey", "Judge a key as if it had been used", "",
      "KeyQuestion",
      R"({"key":"fp_0123456789012345678901234567890123456789012","scope":"orders:read","ip":"192.0.2.1"})",
      DataShape::kOne, "KeyFinding", ""},
     "Verification"},
    {{RouteId::kHealth, Method::kGet, "getHealth", "Whether requests are served", "", "", "",
      DataShape::kOne, "Health", ""},
     "Operators"},
    {{RouteId::kHealthLive, Method::kGet, "getLiveness", "Whether the process lives", "", "", "",
      DataShape::kOne, "Health", ""},
     "Operators"},
    {{RouteId::kHealthReady, Method::kGet, "getReadiness", "Whether requests are served", "", "",
      "", DataShape::kOne, "Health", ""},
     "Operators"},
    {{RouteId::kMetrics, Method::kGet, "getMetrics", "Metrics in the Prometheus text format", "",
      "", "", DataShape::kOne, "", ""},
     "Operators"},
    {{RouteId::kOpenApi, Method::kGet, "getOpenApi", "This document", "If-None-Match", "", "",
      DataShape::kOne, "", ""},
     "Operators"},
};

// {resource} is completed by whoever writes them.
constexpr Operation kRowOperations[] = {
    {RouteId::kRows, Method::kGet, "list", "List", "limit cursor include_deleted", "", "",
     DataShape::kPage, "", "422"},
    {RouteId::kRows, Method::kPost, "create", "Create", "Idempotency-Key", "Create", "",
     DataShape::kVersioned, "", "404 409"},
    {RouteId::kRowCount, Method::kGet, "count", "Count", "", "", "", DataShape::kOne, "Count", ""},
    {RouteId::kRow, Method::kGet, "get", "Show", "If-None-Match", "", "", DataShape::kVersioned, "",
     ""},
    {RouteId::kRow, Method::kPut, "replace", "Replace", "If-Match", "Create", "",
     DataShape::kVersioned, "", "409"},
    {RouteId::kRow, Method::kPatch, "update", "Change", "If-Match", "Update", "",
     DataShape::kVersioned, "", "409"},
    {RouteId::kRow, Method::kDelete, "delete", "Delete", "If-Match", "", "", DataShape::kOne, "",
     ""},
    {RouteId::kRowRestore, Method::kPost, "restore", "Restore", "If-Match Idempotency-Key", "", "",
     DataShape::kVersioned, "", "409"},
};

constexpr NamedJson kParameters[] = {
    {"id", R"({"name":"id","in":"path","required":true,"schema":{"type":"integer",)"
           R"("format":"int64","minimum":1}})"},
    {"limit", R"({"name":"limit","in":"query","description":"Rows of a page, at most.",)"
              R"("schema":{"type":"integer","minimum":1,"maximum":1000,"default":100}})"},
    {"cursor",
     R"({"name":"cursor","in":"query","description":"meta.next_cursor of the page before.",)"
     R"("schema":{"type":"string"}})"},
    {"include_deleted",
     R"({"name":"include_deleted","in":"query","description":"Deleted rows too, with )"
     R"(deleted_at.","schema":{"type":"boolean","default":false}})"},
    {"slug", R"({"name":"slug","in":"query","description":"The one with this slug, or none.",)"
             R"("schema":{"type":"string"}})"},
    {"tenant_id", R"({"name":"tenant_id","in":"query","description":"Of this tenant only.",)"
                  R"("schema":{"type":"integer","format":"int64","minimum":1}})"},
    {"api_key_id", R"({"name":"api_key_id","in":"query","description":"Of this key only.",)"
                   R"("schema":{"type":"integer","format":"int64","minimum":1}})"},
    {"from",
     R"({"name":"from","in":"query","description":"Rounded down to a whole minute; an hour )"
     R"(before `to` if absent.","schema":{"type":"string","format":"date-time"}})"},
    {"to", R"({"name":"to","in":"query","description":"Rounded up to a whole minute; now if )"
           R"(absent.","schema":{"type":"string","format":"date-time"}})"},
    {"window", R"({"name":"window","in":"query","description":"Rows of the series are this long; )"
               R"(without it there is one for all.","schema":{"type":"string","enum":["minute",)"
               R"("hour"]}})"},
    {"group_by", R"({"name":"group_by","in":"query","style":"form","explode":false,)"
                 R"("schema":{"type":"array","items":{"type":"string","enum":["endpoint","method",)"
                 R"("status","key"]}}})"},
    {"endpoint",
     R"({"name":"endpoint","in":"query","description":"The path as it was asked for; with )"
     R"(`*` at the end, paths that begin so.","schema":{"type":"string"}})"},
    {"method",
     R"({"name":"method","in":"query","description":"GET, POST, ...; OTHER for methods that )"
     R"(are not known.","schema":{"type":"string"}})"},
    {"status_code",
     R"({"name":"status_code","in":"query","description":"404, or 4xx for the class.",)"
     R"("schema":{"type":"string","pattern":"^[1-5]([0-9]{2}|xx)$"}})"},
    {"ip_address", R"({"name":"ip_address","in":"query","description":"An address or a network.",)"
                   R"("schema":{"type":"string"}})"},
    {"log_from", R"({"name":"from","in":"query","description":"Records of that moment and after.",)"
                 R"("schema":{"type":"string","format":"date-time"}})"},
    {"log_to", R"({"name":"to","in":"query","description":"Records before that moment.",)"
               R"("schema":{"type":"string","format":"date-time"}})"},
    {"audit_sort", R"({"name":"sort","in":"query","description":"-id: newest first.",)"
                   R"("schema":{"type":"string","enum":["id","-id"],"default":"id"}})"},
    {"actor", R"({"name":"actor","in":"query","description":"The token's name.",)"
              R"("schema":{"type":"string"}})"},
    {"action", R"({"name":"action","in":"query","schema":{"type":"string",)"
               R"("examples":["key.created"]}})"},
    {"resource", R"({"name":"resource","in":"query","schema":{"type":"string",)"
                 R"("examples":["api_keys"]}})"},
    {"row_id", R"({"name":"row_id","in":"query","schema":{"type":"integer","format":"int64",)"
               R"("minimum":1}})"},
    {"Idempotency-Key",
     R"({"name":"Idempotency-Key","in":"header","description":"For 24 hours a repeated )"
     R"(request with this key gets the answer of the first.","schema":{"type":"string",)"
     R"("minLength":1,"maxLength":255,"pattern":"^[!-~]+$"}})"},
    {"If-Match",
     R"({"name":"If-Match","in":"header","description":"ETags, joined by commas, or `*`: )"
     R"(the change is made only if the row is in such a version; else 412.",)"
     R"("schema":{"type":"string","examples":["\"7\"","*"]}})"},
    {"If-None-Match",
     R"({"name":"If-None-Match","in":"header","description":"ETags: 304 if the version is )"
     R"(one of them.","schema":{"type":"string"}})"},
    {"X-Request-ID",
     R"({"name":"X-Request-ID","in":"header","description":"Comes back in the answer and )"
     R"(stands in the access log.","schema":{"type":"string","pattern":"^[A-Za-z0-9._-]{1,)"
     R"(64}$"}})"},
};

}  // namespace

std::span<const Tag> fixed_tags() noexcept {
  return kTags;
}

std::span<const FixedOperation> fixed_operations() noexcept {
  return kOperations;
}

std::span<const Operation> row_operations() noexcept {
  return kRowOperations;
}

std::span<const NamedJson> fixed_parameters() noexcept {
  return kParameters;
}

}  // namespace net
