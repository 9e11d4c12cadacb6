// Which resource a path names. The whole route table is in router.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "net/http_head.h"

namespace net {

// One per row of the route table: the label of metrics, and what the API dispatches on.
enum class RouteId : std::uint8_t {
  kNone,  // No such path: 404.
  kTenants,
  kTenant,
  kTenantCount,
  kTenantRestore,
  kKeys,
  kKey,
  kKeyCount,
  kKeyRestore,
  kKeyUsage,
  kKeyRotate,
  kKeyImport,
  kUsageLogs,
  kUsageLog,
  kData,
  kDataRow,
  kRows,  // Of a resource that users have defined.
  kRow,
  kRowCount,
  kRowRestore,
  kResources,
  kResource,
  kResourceIndexes,
  kAdminTokens,
  kAdminToken,
  kAdminTokenCount,
  kAuditLogs,
  kAuditLog,
  kAuditLogCount,
  kMe,
  kOwnUsage,
  kHealth,
  kHealthLive,
  kHealthReady,
  kMetrics,
  kOpenApi,
  kAuthz,
  kVerifyKey,
  kWebhooks,
  kWebhook,
  kWebhookCount,
  kWebhookRestore,
  kWebhookRotate,
  kRefused,  // A message that was refused before it could be routed.
};
inline constexpr std::size_t kRoutes = static_cast<std::size_t>(RouteId::kRefused) + 1;

enum class Audience : std::uint8_t {
  kAnyone,
  kAdmin,
  kTenant,
  kOps,
  kGateway,        // With the key of the request that a gateway asks about; any method.
  kVerifier,       // Admins, or a key with the scope to verify others.
  kAdminOrTenant,  // Admins, of all rows that their token reaches; or a key, of its tenant's own.
};

// A set of methods, one bit each.
using MethodSet = std::uint16_t;
constexpr MethodSet method_bit(Method method) noexcept {
  return static_cast<MethodSet>(1U << static_cast<unsigned>(method));
}

struct RouteInfo {
  RouteId id = RouteId::kNone;
  std::string_view pattern;  // "/api/keys/{id}": the label in metrics.
  Audience audience = Audience::kAnyone;
  MethodSet methods = 0;   // HEAD is in wherever GET is; OPTIONS is in everywhere.
  std::string_view allow;  // The Allow line for it, with its CRLF.
};

// The row of a route.
const RouteInfo& route_info(RouteId id) noexcept;
std::span<const RouteInfo> all_routes() noexcept;

struct Route {
  RouteId id = RouteId::kNone;
  std::uint64_t row_id = 0;  // The {id} of the path: 1 to 2^63-1.
  // For rows: the path's name of the resource, which may not exist. Views the path.
  std::string_view resource = {};
};

// Finds the route of a raw path. An {id} that is not a plain decimal number of that range names
// nothing: kNone. A trailing slash names nothing either, but behind the name of a gateway.
Route find_route(std::string_view path) noexcept;

}  // namespace net
