#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using test::admin;
using test::ApiRig;
using test::failure;

constexpr std::string_view kConfined = "ta_0123456789012345678901234567890123456789012";

class ApiAudit : public testing::Test {
 protected:
  ApiAudit() {
    for (std::uint64_t id : {1, 2}) {
      rig_.admins.entries[id].id = id;
      rig_.admins.entries[id].action = "key.created";
      rig_.admins.entries[id].tenant_id = 4 + id;
    }
  }
  ApiRig rig_;
};

TEST_F(ApiAudit, ReadsEveryFilterOfTheQuery) {
  const auto answer = rig_.admin_get(
      "/api/audit_logs?limit=5&cursor=9&sort=-id&tenant_id=3&row_id=4&actor=ops&action=key.created"
      "&resource=keys&from=1970-01-01T00:00:01Z&to=1970-01-01T00:00:02Z");
  EXPECT_EQ(answer.status, 200);
  const core::AuditQuery& query = rig_.admins.last_audit_query;
  EXPECT_EQ(query.limit, 5u);
  EXPECT_EQ(query.after_id, 9u);
  EXPECT_TRUE(query.newest_first);
  EXPECT_EQ(query.tenant_id, 3u);
  EXPECT_EQ(query.row_id, 4u);
  EXPECT_EQ(query.actor, "ops");
  EXPECT_EQ(query.action, "key.created");
  EXPECT_EQ(query.resource, "api_keys");
  EXPECT_EQ(query.from, 1'000'000);
  EXPECT_EQ(query.to, 2'000'000);
}

TEST_F(ApiAudit, NamesTheParametersThatDoNotFit) {
  for (const std::string_view query :
       {"sort=name", "row_id=0", "from=yesterday", "limit=0", "what=1", "tenant_id=x"}) {
    const auto refused = rig_.admin_get("/api/audit_logs?" + std::string(query));
    EXPECT_EQ(refused.status, 422) << query;
    EXPECT_NE(refused.body.find(query.substr(0, query.find('='))), std::string::npos);
  }
}

TEST_F(ApiAudit, ListsShowsAndCounts) {
  const auto all = rig_.admin_get("/api/audit_logs");
  EXPECT_EQ(all.body.find(R"({"success":true,"data":[{"id":1,)"), 0u) << all.body;
  EXPECT_EQ(rig_.admin_get("/api/audit_logs/2").status, 200);
  EXPECT_EQ(rig_.admin_get("/api/audit_logs/3").body, failure("NOT_FOUND", "No such audit entry"));
  EXPECT_EQ(rig_.admin_get("/api/audit_logs/count").body, R"({"success":true,"data":{"count":2}})");
}

TEST_F(ApiAudit, IsOnlyRead) {
  for (const std::string_view method : {"POST", "PUT", "PATCH", "DELETE"}) {
    for (const std::string_view path :
         {"/api/audit_logs", "/api/audit_logs/1", "/api/audit_logs/count"}) {
      EXPECT_EQ(rig_.ask(admin(method, path, "{}")).status, 405) << method << path;
    }
  }
}

TEST_F(ApiAudit, IsKeptToTheTenantOfTheToken) {
  rig_.admins.add(kConfined, core::AdminRole::kTenant, 5);
  const auto get = [&](std::string_view path) {
    return rig_.ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " +
                    std::string(kConfined) + "\r\n\r\n");
  };
  EXPECT_EQ(get("/api/audit_logs").status, 200);
  EXPECT_EQ(rig_.admins.last_audit_query.tenant_id, 5u);
  EXPECT_EQ(get("/api/audit_logs/1").status, 200);
  EXPECT_EQ(get("/api/audit_logs/2").body, failure("NOT_FOUND", "No such audit entry"));
  EXPECT_EQ(get("/api/audit_logs/count").status, 403);
}

}  // namespace
}  // namespace net
