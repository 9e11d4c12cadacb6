// Who may ask on an admin's route, and what a token that is confined to one tenant sees.
#include <gtest/gtest.h>

#include "net/admin_access.h"
#include "tests/support/api_rig.h"

namespace net {
namespace {

using core::AdminRole;
using core::OutcomeCode;
using test::ApiRig;
using test::failure;

constexpr std::string_view kRest = "0123456789012345678901234567890123456789";

std::string token(std::string_view name) {
  return "ta_" + std::string(name) + std::string(kRest.substr(0, 43 - name.size()));
}

std::string request(std::string_view method, std::string_view path, std::string_view text,
                    std::string_view body = "") {
  return std::string(method) + " " + std::string(path) +
         " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + std::string(text) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// With a token of each role; that of the tenant is confined to tenant 5. Key 1 is tenant 5's, key 2
// is tenant 6's.
class ApiAdmin : public testing::Test {
 protected:
  ApiAdmin() {
    rig_.admins.add(kAll, AdminRole::kAll);
    rig_.admins.add(kReader, AdminRole::kReadOnly);
    rig_.admins.add(kTenant, AdminRole::kTenant, 5);
    for (std::uint64_t id : {1, 2}) {
      rig_.reader.key_rows[id].id = id;
      rig_.reader.key_rows[id].tenant_id = 4 + id;
      rig_.reader.tenant_rows[4 + id].id = 4 + id;
    }
    rig_.index.add("fp_b", 2, 6);
  }
  test::HttpAnswer get(std::string_view path, std::string_view text) {
    return rig_.ask(request("GET", path, text));
  }

  const std::string kAll = token("all");
  const std::string kReader = token("reader");
  const std::string kTenant = token("tenant");
  ApiRig rig_;
};

TEST_F(ApiAdmin, EveryRouteAsksForATokenAndItsRoleDecides) {
  for (const RouteInfo& info : all_routes()) {
    if (info.audience != Audience::kAdmin && info.audience != Audience::kAdminOrTenant) continue;
    std::string path(info.pattern);
    if (const auto at = path.find("{id}"); at != std::string::npos) path.replace(at, 4, "77");
    for (const Method method :
         {Method::kGet, Method::kPost, Method::kPut, Method::kPatch, Method::kDelete}) {
      if ((info.methods & method_bit(method)) == 0) continue;
      const std::string where = std::string(method_name(method)) + " " + path;
      EXPECT_EQ(rig_.ask(request(method_name(method), path, token("unknown"))).status, 401)
          << where;
      for (const auto& [text, role] :
           {std::pair(kReader, AdminRole::kReadOnly), std::pair(kTenant, AdminRole::kTenant)}) {
        if (may(role, info.id, method)) continue;
        const auto refused = rig_.ask(request(method_name(method), path, text));
        EXPECT_EQ(refused.body,
                  failure("FORBIDDEN", "The token's role " + std::string(core::role_name(role)) +
                                           " does not allow this"))
            << where;
      }
    }
  }
  EXPECT_TRUE(rig_.commands.waiting.empty());
}

TEST_F(ApiAdmin, ATokenWorksFromItsCreationUntilItIsDeletedOrExpires) {
  EXPECT_EQ(get("/api/tenants", kAll).status, 200);
  rig_.admins.token_rows[1].deleted_at = 1;
  EXPECT_EQ(get("/api/tenants", kAll).body, failure("UNAUTHORIZED", "Admin token required"));
  EXPECT_EQ(get("/api/tenants", kReader).status, 200);
  rig_.admins.token_rows[2].expires_at = rig_.clock.now().wall_us;
  const auto expired = get("/api/tenants", kReader);
  EXPECT_EQ(expired.body, failure("UNAUTHORIZED", "Admin token expired"));
  EXPECT_EQ(expired.header("WWW-Authenticate"), "Bearer realm=\"tollgate\"");
  EXPECT_EQ(rig_.metrics.admin_refused.value(), 2u);
}

TEST_F(ApiAdmin, ATenantsTokenGoesWithItsTenant) {
  EXPECT_EQ(get("/api/tenants/5", kTenant).status, 200);
  rig_.index.tenants[5].active = false;
  EXPECT_EQ(get("/api/tenants/5", kTenant).body, failure("FORBIDDEN", "Tenant is inactive"));
  rig_.index.tenants.erase(5);
  EXPECT_EQ(get("/api/tenants/5", kTenant).status, 401);
}

TEST_F(ApiAdmin, OthersRowsDoNotExistForATenantsToken) {
  for (const std::string_view path :
       {"/api/keys/2", "/api/keys/2?include_deleted=true", "/api/keys/2/usage", "/api/tenants/6"}) {
    const auto other = get(path, kTenant);
    EXPECT_EQ(other.status, 404) << path;
    std::string none(path);
    none[none.find_first_of("26")] = '9';
    EXPECT_EQ(get(none, kTenant).body, other.body) << path;
  }
}

TEST_F(ApiAdmin, ListsAreKeptToTheTenantOfTheToken) {
  rig_.exchange(rig_.client, request("GET", "/api/keys", kTenant));
  EXPECT_EQ(rig_.reader.last_query.tenant_id, 5u);
  rig_.desk.totals.front().answer(std::vector<core::KeyTotals>{});
  rig_.run();
  rig_.net.client_take(rig_.client);
  rig_.exchange(rig_.client, request("GET", "/api/usage_logs?api_key_id=2", kTenant));
  EXPECT_EQ(rig_.desk.logs.front().question.tenant_id, 5u);
  EXPECT_EQ(rig_.desk.logs.front().question.key_id, 2u);
  rig_.desk.logs.front().answer(core::UsageLogPage{});
  rig_.run();
  rig_.net.client_take(rig_.client);
  for (const std::string_view path :
       {"/api/keys?tenant_id=6", "/api/usage_logs?tenant_id=6", "/api/audit_logs?tenant_id=6"}) {
    const auto refused = get(path, kTenant);
    EXPECT_EQ(refused.status, 422) << path;
    EXPECT_NE(refused.body.find("must be the token's own"), std::string::npos) << path;
  }
}

TEST_F(ApiAdmin, AVerificationTellsATenantsTokenOfItsOwnKeysOnly) {
  const auto ask = [&](std::string_view key, std::string_view text) {
    return rig_
        .ask(request("POST", "/v1/keys/verify", text, R"({"key":")" + std::string(key) + "\"}"))
        .body;
  };
  EXPECT_NE(ask("fp_a", kTenant).find(R"("code":"VALID")"), std::string::npos);
  const std::size_t recorded = rig_.usage.records.size();
  EXPECT_EQ(ask("fp_b", kTenant), R"({"success":true,"data":{"valid":false,"code":"NOT_FOUND"}})");
  EXPECT_EQ(rig_.usage.records.size(), recorded);  // Nor was it charged.
  EXPECT_NE(ask("fp_b", kAll).find(R"("code":"VALID")"), std::string::npos);
  EXPECT_EQ(rig_.ask(request("POST", "/v1/keys/verify", kReader, R"({"key":"fp_a"})")).status, 403);
}

TEST_F(ApiAdmin, ACommandNamesWhoAsksAndFromWhere) {
  const auto command = rig_.command_of(
      "DELETE /api/keys/1 HTTP/1.1\r\nHost: t\r\nX-Request-ID: r-1"
      "\r\nAuthorization: Bearer " +
      kTenant + "\r\n\r\n");
  ASSERT_TRUE(command.actor);
  EXPECT_EQ(command.actor->token_id, 3u);
  EXPECT_EQ(command.actor->name, "token 3");
  EXPECT_EQ(core::format_address(command.actor->address), "192.0.2.7");
  EXPECT_EQ(command.actor->request_id, "r-1");
  EXPECT_EQ(rig_.answer_with(OutcomeCode::kCallerInvalid, "", "Admin token required").status, 401);
  const auto by_root = rig_.command_of(test::admin("DELETE", "/api/keys/1", ""));
  EXPECT_EQ(by_root.actor->token_id, 0u);
  EXPECT_EQ(by_root.actor->name, "root");
  rig_.answer_with(OutcomeCode::kNotFound);
  const auto by_key = rig_.command_of(ApiRig::keyed("POST", "/api/data", R"({"name":"x"})"));
  EXPECT_FALSE(by_key.actor);
}

TEST_F(ApiAdmin, AnIdempotencyKeyMeansNothingWithAnotherToken) {
  const auto digest = [&](const std::string& text) {
    std::string asked = request("POST", "/api/keys", text, R"({"name":"n","tenant_id":5})");
    asked.insert(asked.find("\r\n") + 2, "Idempotency-Key: k\r\n");
    const auto command = rig_.command_of(asked);
    rig_.answer_with(OutcomeCode::kNotFound);
    return core::to_hex(command.idempotency->key.bytes);
  };
  EXPECT_EQ(digest(kTenant), digest(kTenant));
  EXPECT_NE(digest(kTenant), digest(kAll));
  EXPECT_NE(digest(kTenant), digest(std::string(test::kAdminToken)));
}

TEST_F(ApiAdmin, ARecordOfUsageIsShownToItsTenantsToken) {
  for (const auto& [tenant, status] : {std::pair(5, 200), std::pair(6, 404)}) {
    rig_.exchange(rig_.client, request("GET", "/api/usage_logs/3", kTenant));
    core::UsageLogPage page;
    page.rows.emplace_back().id = 3;
    page.rows.back().event.tenant_id = static_cast<core::TenantId>(tenant);
    rig_.desk.logs.front().answer(std::move(page));
    rig_.desk.logs.pop_front();
    rig_.run();
    EXPECT_EQ(test::read_answer(rig_.net.client_take(rig_.client)).status, status);
  }
}

TEST_F(ApiAdmin, MetricsFromElsewhereAreForTokensOfTheWholeServer) {
  EXPECT_EQ(get("/metrics", token("unknown")).status, 401);
  EXPECT_EQ(get("/metrics", kTenant).status, 403);
  EXPECT_EQ(get("/metrics", kReader).status, 200);
  EXPECT_EQ(get("/metrics", kAll).status, 200);
}

}  // namespace
}  // namespace net
