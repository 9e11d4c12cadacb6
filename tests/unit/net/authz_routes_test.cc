#include "net/authz_routes.h"

#include <gtest/gtest.h>

namespace net {
namespace {

using core::Method;

// The scope for a request: "(none)" where no row matches.
std::string scope(const AuthzRoutes& routes, Method method, std::string_view path) {
  const auto found = routes.scope_for(method, path);
  return found ? std::string(*found) : "(none)";
}

TEST(AuthzRoutes, NeedNothingWhereThereAreNone) {
  EXPECT_EQ(scope({}, Method::kGet, "/"), "(none)");
}

TEST(AuthzRoutes, GiveTheScopeOfTheFirstRowThatMatches) {
  AuthzRoutes routes;
  for (const char* row : {"GET /orders/public -", "GET /orders orders:read",
                          "* /orders orders:write", "DELETE / *", "  POST\t/verify/  verify  "}) {
    EXPECT_TRUE(routes.add(row).has_value()) << row;
  }
  EXPECT_EQ(scope(routes, Method::kGet, "/orders/public"), "");
  EXPECT_EQ(scope(routes, Method::kGet, "/orders/public/1"), "");
  EXPECT_EQ(scope(routes, Method::kPut, "/orders/public"), "orders:write");
  EXPECT_EQ(scope(routes, Method::kGet, "/orders"), "orders:read");
  EXPECT_EQ(scope(routes, Method::kGet, "/orders/7"), "orders:read");
  EXPECT_EQ(scope(routes, Method::kOther, "/orders/7"), "orders:write");
  EXPECT_EQ(scope(routes, Method::kDelete, "/anything"), "*");
  EXPECT_EQ(scope(routes, Method::kPost, "/verify/x"), "verify");
}

TEST(AuthzRoutes, MatchWholeSegmentsOnly) {
  AuthzRoutes routes;
  ASSERT_TRUE(routes.add("GET /orders orders:read").has_value());
  ASSERT_TRUE(routes.add("GET /bills/ bills:read").has_value());
  for (const char* path : {"/orders2", "/order", "/Orders", "/x/orders", "/bills", "/"}) {
    EXPECT_EQ(scope(routes, Method::kGet, path), "(none)") << path;
  }
  EXPECT_EQ(scope(routes, Method::kGet, "/bills/"), "bills:read");
  EXPECT_EQ(scope(routes, Method::kHead, "/orders"), "(none)");
}

TEST(AuthzRoutes, RefuseARowThatIsNotMethodPrefixAndScope) {
  AuthzRoutes routes;
  for (const char* row :
       {"", "GET", "GET /orders", "GET /orders a:read b", "get /orders a:read", "OTHER / a:read",
        "GET orders a:read", "GET /orders orders", "GET /orders a:delete", "GET /orders --"}) {
    const auto added = routes.add(row);
    ASSERT_FALSE(added.has_value()) << row;
    EXPECT_FALSE(added.error().empty());
  }
  EXPECT_EQ(scope(routes, Method::kGet, "/orders"), "(none)");
}

TEST(AuthzRoutes, AreAtMostAsManyAsTheirBound) {
  AuthzRoutes routes;
  for (std::size_t i = 0; i < AuthzRoutes::kRowsMax; ++i) {
    ASSERT_TRUE(routes.add("GET /orders orders:read").has_value());
  }
  EXPECT_FALSE(routes.add("GET /orders orders:read").has_value());
}

}  // namespace
}  // namespace net
