#include "net/router.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/base/check.h"
#include "core/base/decimal.h"
#include "net/gateway.h"

namespace net {
namespace {

constexpr MethodSet kGetHead =
    method_bit(Method::kGet) | method_bit(Method::kHead) | method_bit(Method::kOptions);
constexpr MethodSet kCollection = kGetHead | method_bit(Method::kPost);
constexpr MethodSet kItem =
    kGetHead | method_bit(Method::kPut) | method_bit(Method::kPatch) | method_bit(Method::kDelete);
constexpr MethodSet kChangeable =
    kGetHead | method_bit(Method::kPatch) | method_bit(Method::kDelete);
constexpr MethodSet kAction = method_bit(Method::kPost) | method_bit(Method::kOptions);
constexpr MethodSet kEveryMethod = kItem | kCollection | method_bit(Method::kTrace);

constexpr std::string_view kAllowGet = "Allow: GET, HEAD, OPTIONS\r\n";
constexpr std::string_view kAllowCollection = "Allow: GET, HEAD, OPTIONS, POST\r\n";
constexpr std::string_view kAllowAction = "Allow: OPTIONS, POST\r\n";
constexpr std::string_view kAllowChangeable = "Allow: GET, HEAD, OPTIONS, PATCH, DELETE\r\n";
constexpr std::string_view kAllowItem = "Allow: GET, HEAD, OPTIONS, PUT, PATCH, DELETE\r\n";
constexpr std::string_view kAllowEvery =
    "Allow: GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE, TRACE\r\n";

// In the order of RouteId.
constexpr std::array<RouteInfo, kRoutes> kTable = {{
    {RouteId::kNone, "(none)", Audience::kAnyone, 0, ""},
    {RouteId::kTenants, "/api/tenants", Audience::kAdmin, kCollection, kAllowCollection},
    {RouteId::kTenant, "/api/tenants/{id}", Audience::kAdmin, kItem, kAllowItem},
    {RouteId::kTenantCount, "/api/tenants/count", Audience::kAdmin, kGetHead, kAllowGet},
    {RouteId::kTenantRestore, "/api/tenants/{id}/restore", Audience::kAdmin, kAction, kAllowAction},
    {RouteId::kKeys, "/api/keys", Audience::kAdmin, kCollection, kAllowCollection},
    {RouteId::kKey, "/api/keys/{id}", Audience::kAdmin, kItem, kAllowItem},
    {RouteId::kKeyCount, "/api/keys/count", Audience::kAdmin, kGetHead, kAllowGet},
    {RouteId::kKeyRestore, "/api/keys/{id}/restore", Audience::kAdmin, kAction, kAllowAction},
    {RouteId::kKeyUsage, "/api/keys/{id}/usage", Audience::kAdmin, kGetHead, kAllowGet},
    {RouteId::kKeyRotate, "/api/keys/{id}/rotate", Audience::kAdmin, kAction, kAllowAction},
    {RouteId::kKeyImport, "/api/keys/import", Audience::kAdmin, kAction, kAllowAction},
    {RouteId::kUsageLogs, "/api/usage_logs", Audience::kAdmin, kGetHead, kAllowGet},
    {RouteId::kUsageLog, "/api/usage_logs/{id}", Audience::kAdmin, kGetHead, kAllowGet},
    {RouteId::kData, "/api/data", Audience::kTenant, kCollection, kAllowCollection},
    {RouteId::kDataRow, "/api/data/{id}", Audience::kTenant, kItem, kAllowItem},
    {RouteId::kRows, "/api/{resource}", Audience::kTenant, kCollection, kAllowCollection},
    {RouteId::kRow, "/api/{resource}/{id}", Audience::kTenant, kItem, kAllowItem},
    {RouteId::kRowCount, "/api/{resource}/count", Audience::kTenant, kGetHead, kAllowGet},
    {RouteId::kRowRestore, "/api/{resource}/{id}/restore", Audience::kTenant, kAction,
     kAllowAction},
    {RouteId::kResources, "/api/resources", Audience::kAdmin, kCollection, kAllowCollection},
    {RouteId::kResource, "/api/resources/{id}", Audience::kAdmin, kChangeable, kAllowChangeable},
    {RouteId::kResourceIndexes, "/api/resources/{id}/indexes", Audience::kAdmin, kAction,
     kAllowAction},
    {RouteId::kAdminTokens, "/api/admin_tokens", Audience::kAdmin, kCollection, kAllowCollection},
    {RouteId::kAdminToken, "/api/admin_tokens/{id}", Audience::kAdmin, kChangeable,
     kAllowChangeable},
    {RouteId::kAdminTokenCount, "/api/admin_tokens/count", Audience::kAdmin, kGetHead, kAllowGet},
    {RouteId::kAuditLogs, "/api/audit_logs", Audience::kAdmin, kGetHead, kAllowGet},
    {RouteId::kAuditLog, "/api/audit_logs/{id}", Audience::kAdmin, kGetHead, kAllowGet},
    {RouteId::kAuditLogCount, "/api/audit_logs/count", Audience::kAdmin, kGetHead, kAllowGet},
    {RouteId::kMe, "/api/me", Audience::kTenant, kGetHead, kAllowGet},
    {RouteId::kOwnUsage, "/api/usage", Audience::kTenant, kGetHead, kAllowGet},
    {RouteId::kHealth, "/health", Audience::kAnyone, kGetHead, kAllowGet},
    {RouteId::kHealthLive, "/health/live", Audience::kAnyone, kGetHead, kAllowGet},
    {RouteId::kHealthReady, "/health/ready", Audience::kAnyone, kGetHead, kAllowGet},
    {RouteId::kMetrics, "/metrics", Audience::kOps, kGetHead, kAllowGet},
    {RouteId::kOpenApi, "/openapi.json", Audience::kOps, kGetHead, kAllowGet},
    {RouteId::kAuthz, "/v1/authz", Audience::kGateway, kEveryMethod, kAllowEvery},
    {RouteId::kVerifyKey, "/v1/keys/verify", Audience::kVerifier, kAction, kAllowAction},
    {RouteId::kWebhooks, "/api/webhooks", Audience::kAdminOrTenant, kCollection, kAllowCollection},
    {RouteId::kWebhook, "/api/webhooks/{id}", Audience::kAdminOrTenant, kItem, kAllowItem},
    {RouteId::kWebhookCount, "/api/webhooks/count", Audience::kAdminOrTenant, kGetHead, kAllowGet},
    {RouteId::kWebhookRestore, "/api/webhooks/{id}/restore", Audience::kAdminOrTenant, kAction,
     kAllowAction},
    {RouteId::kWebhookRotate, "/api/webhooks/{id}/rotate_secret", Audience::kAdminOrTenant, kAction,
     kAllowAction},
    {RouteId::kRefused, "(refused)", Audience::kAnyone, 0, ""},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].id) != i) return false;
  }
  return true;
}
static_assert(in_order());

// A resource's name in a path, and the routes behind it.
struct Resource {
  std::string_view name;
  RouteId collection;
  RouteId item;                    // kNone: it has no items.
  RouteId count = RouteId::kNone;  // .../count; kNone: it has none.
};

constexpr Resource kResources[] = {
    {"keys", RouteId::kKeys, RouteId::kKey, RouteId::kKeyCount},
    {"api_keys", RouteId::kKeys, RouteId::kKey, RouteId::kKeyCount},
    {"tenants", RouteId::kTenants, RouteId::kTenant, RouteId::kTenantCount},
    {"resources", RouteId::kResources, RouteId::kResource},
    {"admin_tokens", RouteId::kAdminTokens, RouteId::kAdminToken, RouteId::kAdminTokenCount},
    {"audit_logs", RouteId::kAuditLogs, RouteId::kAuditLog, RouteId::kAuditLogCount},
    {"webhooks", RouteId::kWebhooks, RouteId::kWebhook, RouteId::kWebhookCount},
    {"usage_logs", RouteId::kUsageLogs, RouteId::kUsageLog},
    {"me", RouteId::kMe, RouteId::kNone},
    {"usage", RouteId::kOwnUsage, RouteId::kNone},
};

// What can stand behind the {id} of an item.
struct ItemPart {
  RouteId item;
  std::string_view name;
  RouteId route;
};

constexpr ItemPart kItemParts[] = {
    {RouteId::kKey, "/usage", RouteId::kKeyUsage},
    {RouteId::kKey, "/rotate", RouteId::kKeyRotate},
    {RouteId::kKey, "/restore", RouteId::kKeyRestore},
    {RouteId::kTenant, "/restore", RouteId::kTenantRestore},
    {RouteId::kResource, "/indexes", RouteId::kResourceIndexes},
    {RouteId::kWebhook, "/restore", RouteId::kWebhookRestore},
    {RouteId::kWebhook, "/rotate_secret", RouteId::kWebhookRotate},
};

// Takes "/12" off the front of `rest`; 0 if it doesn't begin so.
std::uint64_t take_id(std::string_view& rest) noexcept {
  rest.remove_prefix(1);
  const std::string_view text = rest.substr(0, rest.find('/'));
  const auto id = core::parse_decimal(
      text, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  rest.remove_prefix(text.size());
  return id.value_or(0);
}

// `rest` is what follows the resource's name: "", "/count", "/12" or "/12/usage".
Route find_in(const Resource& resource, std::string_view rest) noexcept {
  if (rest.empty()) return {resource.collection, 0};
  if (resource.count != RouteId::kNone && rest == "/count") return {resource.count, 0};
  if (resource.collection == RouteId::kKeys && rest == "/import") return {RouteId::kKeyImport, 0};
  if (resource.item == RouteId::kNone) return {};
  const std::uint64_t id = take_id(rest);
  if (id == 0) return {};
  if (rest.empty()) return {resource.item, id};
  for (const ItemPart& part : kItemParts) {
    if (part.item == resource.item && part.name == rest) return {part.route, id};
  }
  return {};
}

// The same for rows, of Data or of what users have defined.
Route find_rows(std::string_view name, std::string_view rest) noexcept {
  const bool is_data = name == "data";
  const bool is_name = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!is_name) return {};
  if (rest.empty()) return {is_data ? RouteId::kData : RouteId::kRows, 0, name};
  if (rest == "/count") return {RouteId::kRowCount, 0, name};
  const std::uint64_t id = take_id(rest);
  if (id == 0) return {};
  if (rest.empty()) return {is_data ? RouteId::kDataRow : RouteId::kRow, id, name};
  if (rest == "/restore") return {RouteId::kRowRestore, id, name};
  return {};
}

}  // namespace

const RouteInfo& route_info(RouteId id) noexcept {
  const auto index = static_cast<std::size_t>(id);
  CHECK(index < kTable.size());
  return kTable[index];
}

std::span<const RouteInfo> all_routes() noexcept {
  return kTable;
}

Route find_route(std::string_view path) noexcept {
  if (path.starts_with("/api/")) {
    const std::string_view tail = path.substr(5);
    const std::string_view name = tail.substr(0, tail.find('/'));
    for (const Resource& resource : kResources) {
      if (resource.name == name) return find_in(resource, tail.substr(name.size()));
    }
    return find_rows(name, tail.substr(name.size()));
  }
  if (gateway_of(path)) return {RouteId::kAuthz, 0};
  for (const RouteInfo& route : kTable) {
    if (route.methods != 0 && route.pattern == path) return {route.id, 0};
  }
  return {};
}

}  // namespace net
