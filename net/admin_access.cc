#include "net/admin_access.h"

namespace net {
namespace {

struct Rule {
  RouteId route;
  TenantReach reach;
};

constexpr Rule kRules[] = {
    {RouteId::kTenants, TenantReach::kNothing},
    {RouteId::kTenant, TenantReach::kLooks},
    {RouteId::kTenantCount, TenantReach::kNothing},
    {RouteId::kTenantRestore, TenantReach::kNothing},
    {RouteId::kKeys, TenantReach::kLooksAndChanges},
    {RouteId::kKey, TenantReach::kLooksAndChanges},
    {RouteId::kKeyCount, TenantReach::kNothing},  // It counts those of all tenants.
    {RouteId::kKeyRestore, TenantReach::kLooksAndChanges},
    {RouteId::kKeyUsage, TenantReach::kLooks},
    {RouteId::kKeyImport, TenantReach::kNothing},
    {RouteId::kKeyRotate, TenantReach::kLooksAndChanges},
    {RouteId::kUsageLogs, TenantReach::kLooks},
    {RouteId::kUsageLog, TenantReach::kLooks},
    {RouteId::kResources, TenantReach::kLooks},
    {RouteId::kResource, TenantReach::kLooks},
    {RouteId::kResourceIndexes, TenantReach::kNothing},
    {RouteId::kAdminTokens, TenantReach::kNothing},
    {RouteId::kAdminToken, TenantReach::kNothing},
    {RouteId::kAdminTokenCount, TenantReach::kNothing},
    {RouteId::kAuditLogs, TenantReach::kLooks},
    {RouteId::kAuditLog, TenantReach::kLooks},
    {RouteId::kAuditLogCount, TenantReach::kNothing},
    {RouteId::kMetrics, TenantReach::kNothing},
    {RouteId::kOpenApi, TenantReach::kLooks},
    {RouteId::kVerifyKey, TenantReach::kLooksAndChanges},
    {RouteId::kWebhooks, TenantReach::kLooksAndChanges},
    {RouteId::kWebhook, TenantReach::kLooksAndChanges},
    {RouteId::kWebhookCount, TenantReach::kLooks},  // Of its own tenant's.
    {RouteId::kWebhookRestore, TenantReach::kLooksAndChanges},
    {RouteId::kWebhookRotate, TenantReach::kLooksAndChanges},
};

}  // namespace

std::optional<TenantReach> tenant_reach(RouteId route) noexcept {
  for (const Rule& rule : kRules) {
    if (rule.route == route) return rule.reach;
  }
  return std::nullopt;
}

bool may(core::AdminRole role, RouteId route, Method method) noexcept {
  const bool reads = method == Method::kGet || method == Method::kHead;
  switch (role) {
    case core::AdminRole::kAll:
      return true;
    case core::AdminRole::kReadOnly:
      return reads;
    case core::AdminRole::kTenant:
      break;
  }
  const TenantReach reach = tenant_reach(route).value_or(TenantReach::kNothing);
  return reach == TenantReach::kLooksAndChanges || (reach == TenantReach::kLooks && reads);
}

}  // namespace net
