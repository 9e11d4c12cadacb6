// The routes of those who ask about somebody else's request.
#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using test::ApiRig;
using test::failure;
using test::HttpAnswer;

// Keys in the index and in the reader, as the store has them in both.
class AuthzRig : public ApiRig {
 public:
  explicit AuthzRig(const std::function<void(ServerConfig&)>& adapt = {}) : ApiRig(adapt) {}

  void add_key(std::string_view secret, core::KeyId id, std::vector<std::string> scopes,
               std::optional<std::uint32_t> limit = 10) {
    core::ApiKey key;
    key.id = id;
    key.tenant_id = 5;
    key.name = "k";
    key.scopes = std::move(scopes);
    key.limit = {.rate_limit = limit, .window_s = 3600, .burst = limit.value_or(1)};
    key.limiter_slot = static_cast<std::uint32_t>(id);
    index.add(secret, id, 5) = core::make_auth_record(key);
    reader.key_rows[id] = key;
  }
};

std::string lines(std::string_view method, std::string_view uri) {
  return "X-Original-Method: " + std::string(method) + "\r\nX-Original-URI: " + std::string(uri) +
         "\r\n";
}

std::string question(std::string_view key, std::string_view method, std::string_view uri,
                     std::string_view target = "/v1/authz/nginx") {
  return test::get(target, key, lines(method, uri));
}

TEST(ApiAuthz, SaysYesWithAnEmpty200ThatNamesKeyAndTenant) {
  AuthzRig rig;
  const HttpAnswer answer = rig.ask(question("fp_a", "DELETE", "/orders/7?x=y"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.header("Content-Length"), "0");
  EXPECT_FALSE(answer.has("Content-Type"));
  EXPECT_EQ(answer.header("X-Api-Key-Id"), "1");
  EXPECT_EQ(answer.header("X-Tenant-Id"), "5");
  EXPECT_EQ(answer.header("X-RateLimit-Limit"), "10");
  EXPECT_EQ(answer.header("X-RateLimit-Remaining"), "9");
}

TEST(ApiAuthz, NamesTheLargestIdsInFull) {
  AuthzRig rig;
  core::AuthRecord& record = rig.index.record("fp_a");
  record.key_id = record.tenant_id = ~std::uint64_t{0};
  rig.index.tenants[~std::uint64_t{0}] = {.exists = true, .active = true};
  const HttpAnswer answer = rig.ask(question("fp_a", "GET", "/"));
  EXPECT_EQ(answer.header("X-Api-Key-Id"), "18446744073709551615");
  EXPECT_EQ(answer.header("X-Tenant-Id"), "18446744073709551615");
}

TEST(ApiAuthz, RecordsTheOriginalMethodAndPathWithoutItsQuery) {
  AuthzRig rig;
  rig.ask(question("fp_a", "DELETE", "/orders/7?secret=1"));
  const std::string path = "/" + std::string(300, 'x');
  rig.ask(question("fp_a", "PROPFIND", path));
  ASSERT_EQ(rig.usage.records.size(), 2U);
  EXPECT_EQ(rig.usage.records[0].endpoint, "/orders/7");
  EXPECT_EQ(rig.usage.records[0].event.method, core::Method::kDelete);
  EXPECT_EQ(rig.usage.records[0].event.status, 200);
  EXPECT_TRUE(rig.usage.records[0].event.charged);
  EXPECT_EQ(rig.usage.records[1].endpoint, path.substr(0, core::kEndpointBytesMax));
  EXPECT_EQ(rig.usage.records[1].event.method, core::Method::kOther);
}

TEST(ApiAuthz, TellsNginxEveryRefusalButTwoAs403) {
  AuthzRig rig;
  const HttpAnswer missing = rig.ask(question("", "GET", "/"));
  EXPECT_EQ(missing.status, 401);
  EXPECT_TRUE(missing.has("WWW-Authenticate"));
  EXPECT_FALSE(missing.has("X-Api-Key-Id"));
  for (int i = 0; i < 10; ++i) rig.ask(question("fp_a", "GET", "/"));
  const HttpAnswer over = rig.ask(question("fp_a", "GET", "/", "/v1/authz"));
  EXPECT_EQ(over.status, 403);
  EXPECT_EQ(over.header("X-Error-Status"), "429");
  EXPECT_GE(std::stoi(over.header("Retry-After")), 1);
  EXPECT_EQ(over.header("X-RateLimit-Remaining"), "0");
  EXPECT_EQ(over.body, failure("RATE_LIMIT_EXCEEDED", "Rate limit exceeded"));
  EXPECT_EQ(rig.usage.records.back().event.status, 429);
  rig.usage.full = true;
  const HttpAnswer full = rig.ask(question("fp_a", "GET", "/"));
  EXPECT_EQ(full.status, 403);
  EXPECT_EQ(full.header("X-Error-Status"), "503");
  EXPECT_EQ(full.header("Retry-After"), "1");
}

TEST(ApiAuthz, TellsOtherGatewaysTheStatusItself) {
  for (const std::string name : {"traefik", "caddy", "apisix", "haproxy", "envoy"}) {
    AuthzRig rig;
    const std::string request =
        test::get("/v1/authz/" + name + (name == "envoy" ? "/orders/1" : ""), "fp_a",
                  name == "envoy" ? lines("DELETE", "/spoofed")
                                  : "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /orders/1\r\n" +
                                        lines("DELETE", "/spoofed"));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(rig.ask(request).status, 200) << name;
    const HttpAnswer over = rig.ask(request);
    EXPECT_EQ(over.status, 429) << name;
    EXPECT_FALSE(over.has("X-Error-Status"));
    EXPECT_TRUE(over.has("Retry-After"));
    EXPECT_EQ(rig.usage.records.back().endpoint, "/orders/1");
    EXPECT_EQ(rig.usage.records.back().event.method, core::Method::kGet);
  }
}

TEST(ApiAuthz, AnswersAnyMethodThatAGatewayAsksWith) {
  AuthzRig rig;
  for (const std::string method :
       {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
    const std::string request =
        method + " /v1/authz/envoy/orders HTTP/1.1\r\nHost: t\r\nX-API-Key: fp_a\r\n\r\n";
    EXPECT_EQ(rig.ask(request).status, 200) << method;
  }
  EXPECT_EQ(rig.usage.records.size(), 8U);
  EXPECT_EQ(rig.ask("OPTIONS /v1/authz/envoy/orders HTTP/1.1\r\nHost: t\r\n\r\n").status, 401);
}

TEST(ApiAuthz, IgnoresABodyThatAGatewaySendsAlong) {
  AuthzRig rig;
  const HttpAnswer answer = rig.ask(
      "POST /v1/authz/apisix HTTP/1.1\r\nHost: t\r\nX-API-Key: fp_a\r\n"
      "X-Forwarded-Method: POST\r\nX-Forwarded-Uri: /orders\r\nContent-Length: 3\r\n\r\n{x}");
  EXPECT_EQ(answer.status, 200);
}

TEST(ApiAuthz, NeedsTheScopeOfOurOwnResourceByTheOriginalMethod) {
  AuthzRig rig;
  rig.add_key("fp_r", 2, {"data:read"}, std::nullopt);
  const auto status = [&](std::string_view method, std::string_view uri) {
    return rig.ask(question("fp_r", method, uri)).status;
  };
  for (const char* method : {"GET", "HEAD", "OPTIONS"}) EXPECT_EQ(status(method, "/api/data"), 200);
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "PROPFIND", "get"}) {
    EXPECT_EQ(status(method, "/api/data/7"), 403) << method;
  }
  // However the path is written, and with whatever behind it.
  for (const char* uri : {"/api/data?x", "//api//data", "/%61pi/dat%61", "/api%2fdata/1",
                          "/api/data/", "/api/data/x/y"}) {
    EXPECT_EQ(status("DELETE", uri), 403) << uri;
  }
  EXPECT_EQ(status("DELETE", "/open/../api/data"), 403);
  EXPECT_EQ(status("GET", "/open/../api/data"), 403);
  EXPECT_EQ(status("DELETE", "/api/datax"), 200);
  EXPECT_EQ(status("DELETE", "/api/me"), 200);
  EXPECT_EQ(rig.ask(question("fp_r", "DELETE", "/api/data")).body,
            failure("FORBIDDEN", "The key lacks the scope data:write"));
  // Not by what the configuration or a spoofed field says.
  EXPECT_EQ(
      rig.ask(question("fp_r", "DELETE", "/api/data", "/v1/authz/nginx?scope=data:read")).status,
      403);
  EXPECT_EQ(rig.ask(test::get("/v1/authz/nginx", "fp_r",
                              "X-Forwarded-Method: GET\r\n" + lines("DELETE", "/api/data")))
                .status,
            403);
}

TEST(ApiAuthz, NeedsTheScopeOfWebhooksForTheirPaths) {
  AuthzRig rig;
  rig.add_key("fp_w", 2, {"webhooks:read"}, std::nullopt);
  rig.add_key("fp_d", 3, {"data:*"}, std::nullopt);
  EXPECT_EQ(rig.ask(question("fp_w", "GET", "/api/webhooks/7")).status, 200);
  EXPECT_EQ(rig.ask(question("fp_w", "POST", "/api/webhooks/7/rotate_secret")).body,
            failure("FORBIDDEN", "The key lacks the scope webhooks:write"));
  EXPECT_EQ(rig.ask(question("fp_d", "GET", "/api/webhooks")).status, 403);
}

TEST(ApiAuthz, NeedsTheScopeThatTheQuestionNamesForOtherPaths) {
  AuthzRig rig;
  rig.add_key("fp_r", 2, {"orders:read"}, std::nullopt);
  rig.add_key("fp_all", 3, {}, std::nullopt);
  const auto status = [&](std::string_view key, std::string_view query) {
    return rig.ask(question(key, "GET", "/orders", "/v1/authz/nginx" + std::string(query))).status;
  };
  EXPECT_EQ(status("fp_r", ""), 200);
  EXPECT_EQ(status("fp_r", "?scope="), 200);
  EXPECT_EQ(status("fp_r", "?scope=orders:read"), 200);
  EXPECT_EQ(status("fp_r", "?scope=orders%3Aread&other=1"), 200);
  EXPECT_EQ(status("fp_r", "?scope=orders:write"), 403);
  EXPECT_EQ(status("fp_r", "?scope=data:read"), 403);
  EXPECT_EQ(status("fp_r", "?scope=data:write"), 403);
  EXPECT_EQ(status("fp_all", "?scope=orders:write"), 200);
  EXPECT_EQ(status("fp_all", "?scope=verify"), 403);
  for (const char* bad : {"?scope=orders", "?scope=orders:read&scope=data:read", "?scope=a%20b"}) {
    const HttpAnswer answer =
        rig.ask(question("fp_all", "GET", "/orders", "/v1/authz/nginx" + std::string(bad)));
    EXPECT_EQ(answer.status, 403) << bad;
    EXPECT_EQ(answer.header("X-Error-Status"), "400");
  }
}

TEST(ApiAuthz, TakesNoScopeFromTheQueryOfAnEnvoyRequest) {
  AuthzRig rig;
  rig.add_key("fp_r", 2, {"orders:read"}, std::nullopt);
  EXPECT_EQ(rig.ask(test::get("/v1/authz/envoy/x?scope=openid&scope=1", "fp_r")).status, 200);
  EXPECT_EQ(rig.ask(test::get("/v1/authz/envoy/x?scope=bills:read", "fp_r")).status, 200);
}

TEST(ApiAuthz, NeedsTheScopeOfTheRouteMapBeforeTheQuestions) {
  AuthzRig rig([](ServerConfig& config) {
    CHECK(config.api.authz_routes.add("GET /orders orders:read").has_value());
    CHECK(config.api.authz_routes.add("GET /open -").has_value());
    CHECK(config.api.authz_routes.add("* /api/data -").has_value());
  });
  rig.add_key("fp_r", 2, {"bills:read"}, std::nullopt);
  const std::string target = "/v1/authz/nginx?scope=bills:read";
  const HttpAnswer refused = rig.ask(question("fp_r", "GET", "/orders/7", target));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body, failure("FORBIDDEN", "The key lacks the scope orders:read"));
  EXPECT_EQ(rig.ask(question("fp_r", "GET", "/%6frders/7", target)).status, 403);
  EXPECT_EQ(rig.ask(question("fp_r", "POST", "/orders/7", target)).status, 200);
  EXPECT_EQ(rig.ask(question("fp_r", "GET", "/open", "/v1/authz/nginx?scope=x:read")).status, 200);
  EXPECT_EQ(rig.ask(question("fp_r", "GET", "/api/data", target)).status, 403);
}

TEST(ApiAuthz, RefusesAQuestionThatTellsNoOriginalRequestWithoutATokenOrRecord) {
  AuthzRig rig;
  const HttpAnswer nginx = rig.ask(test::get("/v1/authz", "fp_a"));
  EXPECT_EQ(nginx.status, 403);
  EXPECT_EQ(nginx.header("X-Error-Status"), "400");
  const HttpAnswer caddy = rig.ask(test::get("/v1/authz/caddy", "fp_a", lines("GET", "/")));
  EXPECT_EQ(caddy.status, 400);
  EXPECT_NE(caddy.body.find("docs/gateways"), std::string::npos);
  EXPECT_EQ(rig.ask(test::get("/v1/authz/kong", "fp_a")).status, 404);
  EXPECT_TRUE(rig.usage.records.empty());
  EXPECT_EQ(rig.ask(question("fp_a", "GET", "/")).header("X-RateLimit-Remaining"), "9");
}

// {"key":KEY} and what else there is.
std::string verification(std::string_view key, std::string_view more = "") {
  return test::admin("POST", "/v1/keys/verify",
                     R"({"key":")" + std::string(key) + "\"" + std::string(more) + "}");
}

std::string code_of(const HttpAnswer& answer) {
  const std::size_t at = answer.body.find(R"("code":")") + 8;
  return answer.body.substr(at, answer.body.find('"', at) - at);
}

TEST(ApiVerify, TellsAllAboutAGoodKeyAndTakesItsToken) {
  AuthzRig rig;
  rig.add_key("fp_k", 2, {"orders:read"});
  const HttpAnswer answer = rig.ask(verification("fp_k", R"(,"scope":"orders:read")"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            R"({"success":true,"data":{"valid":true,"code":"VALID","key_id":2,"tenant_id":5,)"
            R"("name":"k","scopes":["orders:read"],"metadata":{},"expires_at":null,)"
            R"("rate_limit":{"limit":10,"remaining":9,"reset":1767225960,"retry_after":null}}})");
  EXPECT_FALSE(answer.has("X-RateLimit-Limit"));  // The admin has none.
  ASSERT_EQ(rig.usage.records.size(), 1U);
  EXPECT_EQ(rig.usage.records[0].event.key_id, 2U);
  EXPECT_EQ(rig.usage.records[0].event.status, 200);
  EXPECT_EQ(rig.usage.records[0].event.method, core::Method::kPost);
  EXPECT_EQ(rig.usage.records[0].endpoint, "/v1/keys/verify");
  EXPECT_TRUE(rig.usage.records[0].event.charged);
}

TEST(ApiVerify, AnswersEveryFindingWith200AndItsCode) {
  AuthzRig rig;
  rig.add_key("fp_k", 2, {"orders:read"}, 1);
  const auto code = [&](std::string_view more = "") {
    const HttpAnswer answer = rig.ask(verification("fp_k", more));
    EXPECT_EQ(answer.status, 200);
    return code_of(answer);
  };
  const core::AuthRecord good = rig.index.record("fp_k");
  core::AuthRecord& record = rig.index.record("fp_k");
  EXPECT_EQ(code_of(rig.ask(verification("fp_unknown"))), "NOT_FOUND");
  record.expires_at = 1;
  EXPECT_EQ(code(), "EXPIRED");
  record = good;
  record.flags &= static_cast<std::uint16_t>(~core::AuthRecord::kActive);
  EXPECT_EQ(code(), "DISABLED");
  record = good;
  rig.index.tenants[5].active = false;
  EXPECT_EQ(code(), "DISABLED");
  rig.index.tenants[5].active = true;
  EXPECT_EQ(code(R"(,"scope":"orders:write")"), "INSUFFICIENT_PERMISSIONS");
  EXPECT_EQ(code(R"(,"scope":"data:read")"), "INSUFFICIENT_PERMISSIONS");
  EXPECT_EQ(code(), "VALID");
  EXPECT_EQ(code(), "RATE_LIMITED");
  std::vector<int> statuses;
  statuses.reserve(rig.usage.records.size());
  for (const auto& each : rig.usage.records) statuses.push_back(each.event.status);
  EXPECT_EQ(statuses, (std::vector<int>{401, 403, 403, 403, 403, 200, 429}));
  const HttpAnswer limited = rig.ask(verification("fp_k"));
  EXPECT_NE(limited.body.find(R"("valid":false)"), std::string::npos);
  EXPECT_NE(limited.body.find(R"("remaining":0,)"), std::string::npos);
  EXPECT_NE(limited.body.find(R"("retry_after":3600)"), std::string::npos) << limited.body;
  EXPECT_EQ(rig.ask(verification("fp_unknown")).body,
            R"({"success":true,"data":{"valid":false,"code":"NOT_FOUND"}})");
}

TEST(ApiVerify, TellsNullAsTheLimitOfAnUnlimitedKey) {
  AuthzRig rig;
  rig.add_key("fp_k", 2, {}, std::nullopt);
  EXPECT_NE(rig.ask(verification("fp_k")).body.find(R"("rate_limit":null)"), std::string::npos);
}

// A request with a key as the credential.
std::string asked_by(std::string_view caller, std::string_view body) {
  return "POST /v1/keys/verify HTTP/1.1\r\nHost: t\r\nX-API-Key: " + std::string(caller) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

TEST(ApiVerify, LetsAKeyAskThatHasTheScopeByName) {
  AuthzRig rig;
  rig.add_key("fp_v", 2, {"verify"});
  rig.add_key("fp_all", 3, {"*"});
  const std::string body = R"({"key":"fp_a"})";
  const HttpAnswer answer = rig.ask(asked_by("fp_v", body));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(code_of(answer), "VALID");
  EXPECT_EQ(answer.header("X-RateLimit-Remaining"), "9");  // The caller's own.
  ASSERT_EQ(rig.usage.records.size(), 2U);
  EXPECT_EQ(rig.usage.records[0].event.key_id, 1U);
  EXPECT_EQ(rig.usage.records[1].event.key_id, 2U);

  for (const char* caller : {"fp_all", "fp_a"}) {
    const HttpAnswer refused = rig.ask(asked_by(caller, body));
    EXPECT_EQ(refused.status, 403) << caller;
    EXPECT_EQ(refused.body, failure("FORBIDDEN", "The key lacks the scope verify"));
  }
  EXPECT_EQ(rig.ask(asked_by("fp_nobody", body)).body, failure("UNAUTHORIZED", "Invalid API key"));
  EXPECT_EQ(rig.ask("POST /v1/keys/verify HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n").status,
            401);
}

TEST(ApiVerify, JudgesAKeyThatAsksAboutItselfTwice) {
  AuthzRig rig;
  rig.add_key("fp_v", 2, {"verify"}, 1);
  const HttpAnswer answer = rig.ask(asked_by("fp_v", R"({"key":"fp_v"})"));
  EXPECT_EQ(code_of(answer), "RATE_LIMITED");
  EXPECT_EQ(rig.usage.records.size(), 2U);
  EXPECT_EQ(rig.usage.reserved, 0);
}

TEST(ApiVerify, NamesEveryFieldThatDoesNotFit) {
  AuthzRig rig;
  const auto refused = [&](std::string_view body) {
    return rig.ask(test::admin("POST", "/v1/keys/verify", body));
  };
  EXPECT_EQ(refused("{").status, 400);
  for (const char* body :
       {"{}", R"({"key":""})", R"({"key":1})", R"({"key":"fp_a","scope":"orders"})",
        R"({"key":"fp_a","cost":2})", "[]"}) {
    const HttpAnswer answer = refused(body);
    EXPECT_EQ(answer.status, 422) << body;
    EXPECT_EQ(answer.body.find("fp_a"), std::string::npos);
  }
  EXPECT_EQ(refused(R"({"key":")" + std::string(513, 'x') + "\"}").status, 422);
  EXPECT_TRUE(rig.usage.records.empty());
}

TEST(ApiVerify, Answers503WhereAKeyCanNotBeJudged) {
  AuthzRig rig;
  rig.usage.full = true;
  const HttpAnswer answer = rig.ask(verification("fp_a"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("Retry-After"), "1");
  EXPECT_EQ(rig.usage.reserved, 0);
}

}  // namespace
}  // namespace net
