#include "net/router.h"

#include <array>
#include <limits>

#include "core/base/check.h"
#include "core/base/decimal.h"

namespace net {
namespace {

constexpr MethodSet kGetHead =
    method_bit(Method::kGet) | method_bit(Method::kHead) | method_bit(Method::kOptions);
constexpr MethodSet kCollection = kGetHead | method_bit(Method::kPost);
constexpr MethodSet kItem =
    kGetHead | method_bit(Method::kPut) | method_bit(Method::kPatch) | method_bit(Method::kDelete);
constexpr MethodSet kAction = method_bit(Method::kPost) | method_bit(Method::kOptions);

constexpr std::string_view kAllowAction = "Allow: OPTIONS, POST\r\n";
constexpr std::string_view kAllowGet = "Allow: GET, HEAD, OPTIONS\r\n";
constexpr std::string_view kAllowCollection = "Allow: GET, HEAD, OPTIONS, POST\r\n";
constexpr std::string_view kAllowItem = "Allow: GET, HEAD, OPTIONS, PUT, PATCH, DELETE\r\n";

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
    {RouteId::kUsageLogs, "/api/usage_logs", Audience::kAdmin, kGetHead, kAllowGet},
    {RouteId::kData, "/api/data", Audience::kTenant, kCollection, kAllowCollection},
    {RouteId::kDataRow, "/api/data/{id}", Audience::kTenant, kItem, kAllowItem},
    {RouteId::kMe, "/api/me", Audience::kTenant, kGetHead, kAllowGet},
    {RouteId::kHealth, "/health", Audience::kAnyone, kGetHead, kAllowGet},
    {RouteId::kHealthLive, "/health/live", Audience::kAnyone, kGetHead, kAllowGet},
    {RouteId::kHealthReady, "/health/ready", Audience::kAnyone, kGetHead, kAllowGet},
    {RouteId::kMetrics, "/metrics", Audience::kOps, kGetHead, kAllowGet},
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
    {"data", RouteId::kData, RouteId::kDataRow},
    {"keys", RouteId::kKeys, RouteId::kKey, RouteId::kKeyCount},
    {"api_keys", RouteId::kKeys, RouteId::kKey, RouteId::kKeyCount},
    {"tenants", RouteId::kTenants, RouteId::kTenant, RouteId::kTenantCount},
    {"usage_logs", RouteId::kUsageLogs, RouteId::kNone},
    {"me", RouteId::kMe, RouteId::kNone},
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
};

// `rest` is what follows the resource's name: "", "/count", "/12" or "/12/usage".
Route find_in(const Resource& resource, std::string_view rest) noexcept {
  if (rest.empty()) return {resource.collection, 0};
  if (resource.count != RouteId::kNone && rest == "/count") return {resource.count, 0};
  if (resource.item == RouteId::kNone) return {};
  rest.remove_prefix(1);
  const std::string_view id_text = rest.substr(0, rest.find('/'));
  const auto id = core::parse_decimal(
      id_text, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  if (!id || *id == 0) return {};
  rest.remove_prefix(id_text.size());
  if (rest.empty()) return {resource.item, *id};
  for (const ItemPart& part : kItemParts) {
    if (part.item == resource.item && part.name == rest) return {part.route, *id};
  }
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
    return {};
  }
  for (const RouteInfo& route : kTable) {
    if (route.methods != 0 && route.pattern == path) return {route.id, 0};
  }
  return {};
}

}  // namespace net
