#include "net/router.h"

#include <gtest/gtest.h>

namespace net {
namespace {

TEST(Router, FindsEveryPatternOfTheTable) {
  for (const RouteInfo& info : all_routes()) {
    if (info.methods == 0) continue;
    std::string path(info.pattern);
    const auto resource = path.find("{resource}");
    if (resource != std::string::npos) path.replace(resource, 10, "line_items");
    const auto id = path.find("{id}");
    if (id != std::string::npos) path.replace(id, 4, "42");
    const Route route = find_route(path);
    EXPECT_EQ(route.id, info.id) << path;
    EXPECT_EQ(route.row_id, id == std::string::npos ? 0U : 42U) << path;
    EXPECT_EQ(route.resource.empty(), resource == std::string::npos && !path.contains("/data"));
  }
}

TEST(Router, KnowsDataAsAResourceOfItsOwn) {
  EXPECT_EQ(find_route("/api/data").id, RouteId::kData);
  EXPECT_EQ(find_route("/api/data").resource, "data");
  EXPECT_EQ(find_route("/api/data/7").id, RouteId::kDataRow);
  EXPECT_EQ(find_route("/api/data/count").id, RouteId::kRowCount);
  EXPECT_EQ(find_route("/api/data/7/restore").id, RouteId::kRowRestore);
}

TEST(Router, KnowsTheOtherNameOfKeys) {
  EXPECT_EQ(find_route("/api/api_keys").id, RouteId::kKeys);
  EXPECT_EQ(find_route("/api/api_keys/7").id, RouteId::kKey);
  EXPECT_EQ(find_route("/api/api_keys/7/usage").id, RouteId::kKeyUsage);
}

TEST(Router, FindsNothingForPathsThatAreNotExactlyARoute) {
  for (const char* path : {"",
                           "/",
                           "*",
                           "/api",
                           "/api/",
                           "/api/data/",
                           "/api/Data",
                           "/api/da-ta",
                           "/api/data/7/restored",
                           "/api/data/count/7",
                           "/API/data",
                           "/api//data",
                           "/api/data/x",
                           "/api/data/1x",
                           "/api/data/+1",
                           "/api/data/-1",
                           "/api/data/1/2",
                           "/api/data/1/usage",
                           "/api/keys/1/usage/",
                           "/api/keys//usage",
                           "/api/keys/1/usages",
                           "/api/usage_logs/x",
                           "/api/me/1",
                           "/health/",
                           "/healthz",
                           "/metrics/",
                           "/api/data%2f1",
                           "(none)",
                           "(refused)"}) {
    EXPECT_EQ(find_route(path).id, RouteId::kNone) << path;
  }
}

TEST(Router, LeavesEverythingBehindAGatewaysNameToIt) {
  for (const char* path : {"/v1/authz", "/v1/authz/nginx", "/v1/authz/envoy/api/data/7",
                           "/v1/authz/caddy/", "/v1/authz/apisix//x", "/v1/authz/haproxy/%41"}) {
    EXPECT_EQ(find_route(path).id, RouteId::kAuthz) << path;
  }
  for (const char* path :
       {"/v1/authz/", "/v1/authz/kong", "/v1/authznginx", "/v1/authz/nginx2", "/v1/authz//nginx",
        "/v1/authz/Envoy", "/v1", "/v1/keys", "/v1/keys/verify/"}) {
    EXPECT_EQ(find_route(path).id, RouteId::kNone) << path;
  }
}

TEST(Router, TakesIdsFromOneToTheLargestSigned) {
  EXPECT_EQ(find_route("/api/data/0").id, RouteId::kNone);
  EXPECT_EQ(find_route("/api/data/1").row_id, 1U);
  EXPECT_EQ(find_route("/api/data/0001").row_id, 1U);
  EXPECT_EQ(find_route("/api/data/9223372036854775807").row_id, 9223372036854775807U);
  EXPECT_EQ(find_route("/api/data/9223372036854775808").id, RouteId::kNone);
  EXPECT_EQ(find_route("/api/data/99999999999999999999999").id, RouteId::kNone);
}

TEST(Router, AllowsExactlyTheMethodsThatItsAllowLineNames) {
  for (const RouteInfo& info : all_routes()) {
    if (info.methods == 0) continue;
    for (const Method method :
         {Method::kGet, Method::kHead, Method::kPost, Method::kPut, Method::kPatch, Method::kDelete,
          Method::kOptions, Method::kTrace}) {
      const std::string name = " " + std::string(method_name(method));
      const bool named = info.allow.find(name + ",") != std::string_view::npos ||
                         info.allow.find(name + "\r") != std::string_view::npos;
      EXPECT_EQ(named, (info.methods & method_bit(method)) != 0) << info.pattern << name;
    }
  }
}

}  // namespace
}  // namespace net
