#include "net/api.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <utility>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using core::OutcomeCode;
using test::ApiRig;
using test::failure;
using test::get;
using test::HttpAnswer;
using test::kAdminToken;

std::string bare(std::string_view method, std::string_view target, std::string_view more = "") {
  return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: t\r\n" +
         std::string(more) + "\r\n";
}

// A path for each row of the route table.
std::string path_of(const RouteInfo& route) {
  std::string path(route.pattern);
  for (const auto& [name, value] : {std::pair("{resource}", "data"), std::pair("{id}", "9")}) {
    if (const auto at = path.find(name); at != std::string::npos) {
      path.replace(at, std::strlen(name), value);
    }
  }
  return path;
}

TEST(Api, AnswersEveryMethodThatARouteDoesNotHaveWith405AndAllow) {
  ApiRig rig;
  for (const RouteInfo& route : all_routes()) {
    if (route.methods == 0) continue;
    for (const Method method : {Method::kGet, Method::kHead, Method::kPost, Method::kPut,
                                Method::kPatch, Method::kDelete, Method::kTrace}) {
      if ((route.methods & method_bit(method)) != 0) continue;
      const bool has_body = method != Method::kHead;
      const HttpAnswer answer = rig.ask(bare(method_name(method), path_of(route)), has_body);
      EXPECT_EQ(answer.status, 405) << method_name(method) << ' ' << route.pattern;
      EXPECT_EQ("Allow: " + answer.header("Allow") + "\r\n", route.allow);
      if (!has_body) continue;
      EXPECT_EQ(answer.body, failure("METHOD_NOT_ALLOWED", "Method not allowed for this path"));
    }
  }
}

TEST(Api, AsksForItsCredentialOnEveryRouteOfAdminAndTenant) {
  ApiRig rig;
  for (const RouteInfo& route : all_routes()) {
    const bool is_admin = route.audience == Audience::kAdmin || route.audience == Audience::kOps;
    if (!is_admin && route.audience != Audience::kTenant) continue;
    for (const Method method :
         {Method::kGet, Method::kPost, Method::kPut, Method::kPatch, Method::kDelete}) {
      if ((route.methods & method_bit(method)) == 0) continue;
      const HttpAnswer answer = rig.ask(bare(method_name(method), path_of(route)));
      EXPECT_EQ(answer.status, 401) << method_name(method) << ' ' << route.pattern;
      EXPECT_EQ(answer.header("WWW-Authenticate"), "Bearer realm=\"tollgate\"");
      EXPECT_EQ(answer.body,
                failure("UNAUTHORIZED", is_admin ? "Admin token required" : "API key required"));
    }
  }
  EXPECT_TRUE(rig.commands.waiting.empty());
}

TEST(Api, AnswersOptionsWithWhatARouteAllowsAndWithoutACredential) {
  ApiRig rig;
  for (const RouteInfo& route : all_routes()) {
    if (route.methods == 0 || route.audience == Audience::kGateway) continue;
    const HttpAnswer answer = rig.ask(bare("OPTIONS", path_of(route)));
    EXPECT_EQ(answer.status, 204) << route.pattern;
    EXPECT_EQ("Allow: " + answer.header("Allow") + "\r\n", route.allow);
    EXPECT_FALSE(answer.has("Content-Length"));
    EXPECT_FALSE(answer.has("Content-Type"));
  }
  const HttpAnswer all = rig.ask(bare("OPTIONS", "*"));
  EXPECT_EQ(all.status, 204);
  EXPECT_EQ(all.header("Allow"), "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE");
  EXPECT_EQ(rig.ask(bare("OPTIONS", "/nowhere")).status, 404);
}

TEST(Api, AnswersUnknownPathsWith404ForEveryMethod) {
  ApiRig rig;
  for (const std::string_view path :
       {"/", "/api", "/api/", "/api/nothing", "/api/data/", "/api/data/0", "/api/data/x",
        "/api/keys/1/usages", "/HEALTH"}) {
    for (const std::string_view method : {"GET", "POST", "DELETE"}) {
      const HttpAnswer answer = rig.ask(bare(method, path));
      EXPECT_EQ(answer.status, 404) << method << ' ' << path;
      EXPECT_EQ(answer.body, failure("NOT_FOUND", "No such path"));
    }
  }
}

TEST(Api, GivesHeadTheHeadOfGetAndNoBody) {
  ApiRig rig;
  rig.reader.add_row(5, 1, R"({"id":1})");
  rig.index.record("fp_a") = [] {  // Unlimited, so that both heads are equal.
    core::ApiKey key;
    key.id = 1;
    key.tenant_id = 5;
    key.limit.rate_limit.reset();
    return core::make_auth_record(key);
  }();
  for (const std::string_view path :
       {"/api/data", "/api/data/1", "/api/data/2", "/health", "/nowhere"}) {
    const HttpAnswer whole = rig.ask(get(path, "fp_a", "X-Request-ID: same\r\n"));
    std::string request = get(path, "fp_a", "X-Request-ID: same\r\n");
    const std::string text = rig.exchange(rig.client, request.replace(0, 3, "HEAD"));
    EXPECT_EQ(text, whole.head + "\r\n\r\n") << path;
    EXPECT_GT(whole.body.size(), 0U);
  }
}

TEST(Api, TakesTheAdminTokenAsABearerInAnyCaseOfTheSchemeAndNothingElse) {
  ApiRig rig;
  const auto status = [&](const std::string& more) {
    return rig.ask(bare("GET", "/api/tenants", more)).status;
  };
  const std::string token(kAdminToken);
  EXPECT_EQ(status("Authorization: Bearer " + token + "\r\n"), 200);
  EXPECT_EQ(status("authorization: bEARER " + token + "\r\n"), 200);
  EXPECT_EQ(status("Authorization: " + token + "\r\n"), 401);
  EXPECT_EQ(status("Authorization: Basic " + token + "\r\n"), 401);
  EXPECT_EQ(status("Authorization: Bearer\r\n"), 401);
  EXPECT_EQ(status("Authorization: Bearer " + token + "x\r\n"), 401);
  EXPECT_EQ(status("Authorization: Bearer " + token.substr(1) + "\r\n"), 401);
  EXPECT_EQ(status("X-API-Key: " + token + "\r\n"), 401);
  EXPECT_EQ(status("Cookie: token=" + token + "\r\n"), 401);
  EXPECT_EQ(status("Authorization: Bearer fp_a\r\n"), 401);
  EXPECT_EQ(rig.metrics.admin_refused.value(), 8U);
}

TEST(Api, TakesAKeyInItsHeaderOrAsABearer) {
  ApiRig rig;
  EXPECT_EQ(rig.ask(bare("GET", "/api/data", "X-API-Key: fp_a\r\n")).status, 200);
  EXPECT_EQ(rig.ask(bare("GET", "/api/data", "Authorization: Bearer fp_a\r\n")).status, 200);
  EXPECT_EQ(rig.ask(bare("GET", "/api/data", "Authorization: fp_a\r\n")).status, 401);
  EXPECT_EQ(rig.ask(bare("GET", "/api/data?api_key=fp_a", "")).status, 401);
}

TEST(Api, GivesEveryOutcomeOfTheGateItsStatusAndMessage) {
  ApiRig rig;
  const auto refused = [&](int status, std::string_view code, std::string_view message) {
    const HttpAnswer answer = rig.ask(get("/api/data", "fp_a"));
    EXPECT_EQ(answer.status, status) << message;
    EXPECT_EQ(answer.body, failure(code, message));
    EXPECT_EQ(answer.has("WWW-Authenticate"), status == 401) << message;
  };
  const core::AuthRecord good = rig.index.record("fp_a");
  core::AuthRecord& record = rig.index.record("fp_a");
  rig.index.tenants[5] = {};
  refused(401, "UNAUTHORIZED", "Invalid API key");
  rig.index.tenants[5] = {.exists = true, .active = true};
  record.expires_at = rig.clock.now().wall_us;
  refused(401, "UNAUTHORIZED", "API key expired");
  record = good;
  record.flags |= core::AuthRecord::kAllowedIps;
  rig.index.networks[1] = {core::parse_network("192.0.2.8/29").value()};
  refused(403, "FORBIDDEN", "Address not allowed");
  record = good;
  record.flags &= static_cast<std::uint16_t>(~core::AuthRecord::kActive);
  refused(403, "FORBIDDEN", "API key is inactive");
  record = good;
  rig.index.tenants[5].active = false;
  refused(403, "FORBIDDEN", "Tenant is inactive");
  rig.index.tenants[5].active = true;
  record.flags &= static_cast<std::uint16_t>(~core::AuthRecord::kDataRead);
  refused(403, "FORBIDDEN", "The key lacks the scope data:read");
  record = good;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rig.ask(get("/api/data", "fp_a")).status, 200);
  refused(429, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded");
  rig.usage.full = true;
  refused(503, "SERVICE_UNAVAILABLE", "Usage records can't be kept at the moment");
  EXPECT_EQ(rig.usage.reserved, 0);
  EXPECT_EQ(rig.usage.records.size(), 16U);  // All but the unknown key's and the one without room.
}

TEST(Api, ShowsTheLimitOnEveryAnswerToAnIdentifiedKey) {
  ApiRig rig;
  const auto shown = [&](std::string_view request, int status, std::string_view remaining) {
    const HttpAnswer answer = rig.ask(request);
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.header("X-RateLimit-Limit"), "10");
    EXPECT_EQ(answer.header("X-RateLimit-Remaining"), remaining);
    EXPECT_FALSE(answer.header("X-RateLimit-Reset").empty());
    EXPECT_EQ(answer.has("Retry-After"), status == 429);
    return answer;
  };
  shown(get("/api/data", "fp_a"), 200, "9");
  shown(get("/api/data/77", "fp_a"), 404, "8");
  shown(ApiRig::keyed("POST", "/api/data", "{"), 400, "7");
  shown(ApiRig::keyed("POST", "/api/data", "{}"), 422, "6");
  rig.index.record("fp_a").expires_at = 1;
  shown(get("/api/data", "fp_a"), 401, "6");
  rig.index.record("fp_a").expires_at = 0;
  for (int i = 0; i < 6; ++i) rig.ask(get("/api/data", "fp_a"));
  const HttpAnswer over = shown(get("/api/data", "fp_a"), 429, "0");
  EXPECT_GE(std::stoi(over.header("Retry-After")), 359);
  EXPECT_LE(std::stoi(over.header("Retry-After")), 361);
  // The bucket is full again within the window: an hour behind 2026-01-01T00:00:00Z at most.
  EXPECT_NEAR(std::stod(over.header("X-RateLimit-Reset")), 1'767'225'600 + 3600, 2);
}

TEST(Api, NeverSaysRetryAfterLessThanASecond) {
  ApiRig rig;
  core::ApiKey key;
  key.id = key.limiter_slot = 2;
  key.tenant_id = 5;
  key.limit = {.rate_limit = 1000, .window_s = 1, .burst = 1};
  rig.index.add("fp_b", 2, 5);
  rig.index.record("fp_b") = core::make_auth_record(key);
  EXPECT_EQ(rig.ask(get("/api/data", "fp_b")).status, 200);
  const HttpAnswer over = rig.ask(get("/api/data", "fp_b"));
  EXPECT_EQ(over.status, 429);
  EXPECT_EQ(over.header("Retry-After"), "1");
}

TEST(Api, ShowsNoLimitToAnUnlimitedKeyAndToOneThatIsNotKnown) {
  ApiRig rig;
  core::ApiKey key;
  key.id = 2;
  key.tenant_id = 5;
  key.limit.rate_limit.reset();
  rig.index.add("fp_b", 2, 5);
  rig.index.record("fp_b") = core::make_auth_record(key);
  EXPECT_FALSE(rig.ask(get("/api/data", "fp_b")).has("X-RateLimit-Limit"));
  EXPECT_FALSE(rig.ask(get("/api/data", "fp_c")).has("X-RateLimit-Limit"));
}

TEST(Api, AnswersMalformedJsonWith400AndThePosition) {
  ApiRig rig;
  const auto message = [&](std::string_view body) {
    const HttpAnswer answer = rig.ask(ApiRig::keyed("POST", "/api/data", body));
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_TRUE(answer.body.starts_with(
        R"({"success":false,"error":{"code":"BAD_REQUEST","message":"The body is not valid JSON: )"))
        << answer.body;
    return answer.body;
  };
  EXPECT_NE(message("{\n  \"name\": }").find("line 2, column 11 (byte 12)"), std::string::npos)
      << message("{\n  \"name\": }");
  EXPECT_NE(message("").find("line 1, column 1 (byte 0)"), std::string::npos) << message("");
  message("{\"a\":1,\"a\":2}");
  message("{} {}");
  message("\xFF");
}

TEST(Api, ReadsJsonWhateverTheContentTypeSays) {
  ApiRig rig;
  for (const std::string_view type :
       {"application/x-www-form-urlencoded", "text/plain", "", "\"\""}) {
    const std::string body = R"({"name":"n"})";
    const auto command =
        rig.command_of("POST /api/data HTTP/1.1\r\nHost: t\r\nX-API-Key: fp_a\r\nContent-Type: " +
                       std::string(type) + "\r\nContent-Length: 12\r\n\r\n" + body);
    EXPECT_EQ(std::get<core::CreateRow>(command.change).values[0], R"("n")") << type;
    rig.answer_with(OutcomeCode::kStoreFull);
  }
}

TEST(Api, SendsASaneRequestIdBackAndReplacesEveryOther) {
  ApiRig rig;
  const auto id_for = [&](const std::string& line) {
    return rig.ask(bare("GET", "/health", line)).header("X-Request-ID");
  };
  EXPECT_EQ(id_for("X-Request-ID: order-17.a_B\r\n"), "order-17.a_B");
  std::set<std::string> made;
  for (const std::string& line :
       {std::string(), std::string("X-Request-ID: \r\n"), std::string("X-Request-ID: a b\r\n"),
        "X-Request-ID: " + std::string(65, 'x') + "\r\n",
        std::string("X-Request-ID: <script>\r\n")}) {
    const std::string id = id_for(line);
    EXPECT_EQ(id.size(), 16U) << line;
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
    EXPECT_TRUE(made.insert(id).second) << id;
  }
  // Also for what could not be read as a request.
  EXPECT_EQ(rig.ask("GET / HTTP/1.1\r\nbroken\r\n\r\n").header("X-Request-ID").size(), 16U);
}

TEST(Api, GivesEveryOutcomeOfTheWriterItsStatus) {
  ApiRig rig;
  const auto answer_for = [&](OutcomeCode code, const char* field, const char* message) {
    rig.command_of(ApiRig::keyed("POST", "/api/data", R"({"name":"n"})"));
    return rig.answer_with(code, field, message);
  };
  const HttpAnswer gone = answer_for(OutcomeCode::kNotFound, "", "");
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.body, failure("NOT_FOUND", "Not found"));
  const HttpAnswer taken = answer_for(OutcomeCode::kConflict, "slug", "is taken");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(
      taken.body,
      R"({"success":false,"error":{"code":"CONFLICT","message":"The request conflicts with what is stored",)"
      R"("details":[{"field":"slug","message":"is taken"}]}})");
  const HttpAnswer invalid = answer_for(OutcomeCode::kInvalid, "burst", "is too large");
  EXPECT_EQ(invalid.status, 422);
  EXPECT_EQ(invalid.body, R"({"success":false,"error":{"code":"VALIDATION_ERROR",)"
                          R"("message":"The request has invalid fields",)"
                          R"("details":[{"field":"burst","message":"is too large"}]}})");
  const HttpAnswer revoked = answer_for(OutcomeCode::kCallerInvalid, "", "Invalid API key");
  EXPECT_EQ(revoked.status, 401);
  EXPECT_EQ(revoked.header("WWW-Authenticate"), "Bearer realm=\"tollgate\"");
  EXPECT_EQ(revoked.body, failure("UNAUTHORIZED", "Invalid API key"));
  const HttpAnswer inactive = answer_for(OutcomeCode::kCallerInactive, "", "tenant is inactive");
  EXPECT_EQ(inactive.status, 403);
  EXPECT_EQ(inactive.body, failure("FORBIDDEN", "tenant is inactive"));
  const HttpAnswer full = answer_for(OutcomeCode::kStoreFull, "", "");
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.body, failure("SERVICE_UNAVAILABLE", "The store is full; nothing was changed"));
  const HttpAnswer unknown = answer_for(OutcomeCode::kUnknown, "", "");
  EXPECT_EQ(unknown.status, 503);
  EXPECT_EQ(unknown.body,
            failure("SERVICE_UNAVAILABLE", "Outcome unknown: the store failed while committing"));
  std::vector<int> recorded;
  for (const auto& record : rig.usage.records) recorded.push_back(record.event.status);
  EXPECT_EQ(recorded, (std::vector<int>{404, 409, 422, 401, 403, 503, 503}));
  EXPECT_EQ(rig.usage.reserved, 0);
}

TEST(Api, TakesASuspensionBackWhereTheWriterOrTheDeskIsFull) {
  ApiRig rig;
  rig.commands.full = rig.desk.full = true;
  for (int i = 0; i < 5; ++i) {
    const HttpAnswer write = rig.ask(ApiRig::keyed("POST", "/api/data", R"({"name":"n"})"));
    EXPECT_EQ(write.status, 503);
    EXPECT_EQ(write.header("Retry-After"), "1");
    EXPECT_EQ(write.body, failure("SERVICE_UNAVAILABLE", "Changes can't be taken at the moment"));
    const HttpAnswer question = rig.admin_get("/api/usage_logs");
    EXPECT_EQ(question.status, 503);
    EXPECT_EQ(question.body, failure("SERVICE_UNAVAILABLE", "Usage can't be read at the moment"));
  }
  EXPECT_EQ(rig.usage.records.size(), 5U);
  EXPECT_EQ(rig.usage.reserved, 0);
  rig.commands.full = false;  // The connection goes on as if nothing had been.
  rig.command_of(ApiRig::keyed("POST", "/api/data", R"({"name":"n"})"));
  EXPECT_EQ(rig.answer_with(OutcomeCode::kNotFound).status, 404);
}

TEST(Api, HoldsNoMoreSuspendedRequestsThanItsMailboxHasRoomFor) {
  ApiRig rig;
  const std::string request = test::admin("DELETE", "/api/keys/1", "");
  for (std::size_t i = 0; i < Api::kSuspendedMax; ++i) {
    rig.net.client_send(rig.connect(), request);
    if (i % 64 == 0) rig.run();
  }
  rig.run();
  ASSERT_EQ(rig.commands.waiting.size(), Api::kSuspendedMax);
  const HttpAnswer answer = rig.ask(request);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, failure("SERVICE_UNAVAILABLE", "Too many changes are waiting"));
  while (!rig.commands.waiting.empty()) {
    rig.commands.take().answer(core::Outcome{.code = OutcomeCode::kNotFound, .row = {}});
  }
  rig.run();
  rig.command_of(request);
  EXPECT_EQ(rig.answer_with(OutcomeCode::kNotFound).status, 404);
}

TEST(Api, RecordsOneUseForEachIdentifiedRequestAsItWas) {
  ApiRig rig;
  rig.ask(get("/api/data?limit=7", "fp_a"));
  rig.ask(get("/api/data/" + std::string(19, '9'), "fp_a"));  // No such path: not judged.
  rig.ask(get("/api/data/123", "fp_a"));
  ASSERT_EQ(rig.usage.records.size(), 2U);
  const auto& [event, endpoint] = rig.usage.records[1];
  EXPECT_EQ(endpoint, "/api/data/123");
  EXPECT_EQ(event.key_id, 1U);
  EXPECT_EQ(event.tenant_id, 5U);
  EXPECT_EQ(event.status, 404);
  EXPECT_EQ(event.method, core::Method::kGet);
  EXPECT_TRUE(event.charged);
  EXPECT_EQ(format_address(event.address), "192.0.2.7");
  EXPECT_EQ(event.time_us, rig.clock.now().wall_us);
  EXPECT_EQ(event.limiter_ns, rig.clock.boot_now() + rig.words.offset_ns());
  EXPECT_EQ(rig.usage.records[0].endpoint, "/api/data");  // The query may hold anything.
}

// The peer of every connection here is 192.0.2.7.
TEST(Api, JudgesAndRecordsByTheAddressThatATrustedProxyForwards) {
  const std::string_view forwarded = "X-Forwarded-For: 203.0.113.9\r\n";
  for (const bool trusted : {false, true}) {
    ApiRig rig([&](ServerConfig& config) {
      if (trusted) config.api.trusted_proxies = {core::parse_network("192.0.2.0/24").value()};
    });
    rig.index.record("fp_a").flags |= core::AuthRecord::kAllowedIps;
    rig.index.networks[1] = {core::parse_network("203.0.113.9").value()};
    EXPECT_EQ(rig.ask(get("/api/me", "fp_a")).status, 403);
    EXPECT_EQ(rig.ask(get("/api/data", "fp_a", forwarded)).status, trusted ? 200 : 403);
    ASSERT_EQ(rig.usage.records.size(), 2U);
    EXPECT_EQ(format_address(rig.usage.records[0].event.address), "192.0.2.7");
    EXPECT_EQ(format_address(rig.usage.records[1].event.address),
              trusted ? "203.0.113.9" : "192.0.2.7");
  }
}

}  // namespace
}  // namespace net
