#include "net/admin_access.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace net {
namespace {

using core::AdminRole;

constexpr Method kMethods[] = {Method::kGet, Method::kHead,  Method::kPost,
                               Method::kPut, Method::kPatch, Method::kDelete};

bool takes_tokens(const RouteInfo& info) {
  return info.audience == Audience::kAdmin || info.audience == Audience::kOps ||
         info.audience == Audience::kVerifier || info.audience == Audience::kAdminOrTenant;
}

TEST(AdminAccess, EveryRouteThatTakesATokenIsDecidedAboutAndNoOther) {
  for (const RouteInfo& info : all_routes()) {
    EXPECT_EQ(tenant_reach(info.id).has_value(), takes_tokens(info))
        << info.pattern << ": say in admin_access.cc what tokens of one tenant may do there";
  }
}

TEST(AdminAccess, TheRoleAllMayDoAllAndReadOnlyMayReadAll) {
  for (const RouteInfo& info : all_routes()) {
    for (const Method method : kMethods) {
      const bool reads = method == Method::kGet || method == Method::kHead;
      EXPECT_TRUE(may(AdminRole::kAll, info.id, method));
      EXPECT_EQ(may(AdminRole::kReadOnly, info.id, method), reads) << info.pattern;
    }
  }
}

TEST(AdminAccess, ATenantsTokenChangesKeysAndWebhooksAndNothingElse) {
  std::vector<std::string_view> changed;
  for (const RouteInfo& info : all_routes()) {
    if (may(AdminRole::kTenant, info.id, Method::kPost)) changed.push_back(info.pattern);
  }
  EXPECT_EQ(changed,
            (std::vector<std::string_view>{
                "/api/keys", "/api/keys/{id}", "/api/keys/{id}/restore", "/api/keys/{id}/rotate",
                "/v1/keys/verify", "/api/webhooks", "/api/webhooks/{id}",
                "/api/webhooks/{id}/restore", "/api/webhooks/{id}/rotate_secret"}));
}

TEST(AdminAccess, ATenantsTokenSeesNothingThatIsAboutAllTenants) {
  for (const RouteId route :
       {RouteId::kTenants, RouteId::kTenantCount, RouteId::kKeyCount, RouteId::kAdminTokens,
        RouteId::kAdminToken, RouteId::kAdminTokenCount, RouteId::kAuditLogCount,
        RouteId::kMetrics}) {
    EXPECT_FALSE(may(AdminRole::kTenant, route, Method::kGet)) << route_info(route).pattern;
  }
  for (const RouteId route : {RouteId::kTenant, RouteId::kKeys, RouteId::kKey, RouteId::kKeyUsage,
                              RouteId::kUsageLogs, RouteId::kAuditLogs, RouteId::kAuditLog,
                              RouteId::kWebhooks, RouteId::kWebhook, RouteId::kWebhookCount}) {
    EXPECT_TRUE(may(AdminRole::kTenant, route, Method::kHead)) << route_info(route).pattern;
  }
}

}  // namespace
}  // namespace net
