#include <gtest/gtest.h>

#include "tests/support/api_rig.h"
#include "tests/support/resource_reading.h"

namespace net {
namespace {

using test::ApiRig;
using test::failure;
using test::get;

core::Address loopback(int) noexcept {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1};
}

const std::string kOk =
    R"({"success":true,"data":{"status":"ok","version":")" TOLLGATE_VERSION R"("}})";

TEST(Health, IsReadyAndLiveWithoutACredential) {
  ApiRig rig;
  for (const std::string_view path : {"/health", "/health/live", "/health/ready"}) {
    const auto answer = rig.ask(get(path, ""));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, kOk);
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
  }
}

TEST(Health, StaysLiveButNotReadyWhileTheProcessStops) {
  ApiRig rig;
  rig.is_ready = false;
  EXPECT_EQ(rig.ask(get("/health/live", "")).body, kOk);
  for (const std::string_view path : {"/health", "/health/ready"}) {
    const auto answer = rig.ask(get(path, ""));
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body,
              failure("SERVICE_UNAVAILABLE", "Not ready: stopping, or the store refuses changes"));
  }
}

TEST(Metrics, NeedTheAdminTokenFromAnotherMachine) {
  ApiRig rig;
  EXPECT_EQ(rig.ask(get("/metrics", "")).status, 401);
  EXPECT_EQ(rig.ask(get("/metrics", "fp_a")).status, 401);
  const auto answer = rig.admin_get("/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(answer.body.find("\n# TYPE "), std::string::npos);
}

TEST(Metrics, AreOpenOnLoopbackAndOnAnOperatorsAddress) {
  ApiRig local([](ServerConfig& config) { config.address_of = &loopback; });
  EXPECT_EQ(local.ask(get("/metrics", "")).status, 200);
  ApiRig operators([](ServerConfig& config) { config.ops_listeners = 1; });
  EXPECT_EQ(operators.ask(get("/metrics", "")).status, 200);
  EXPECT_EQ(operators.ask(get("/api/tenants", "")).status, 401);  // Open for /metrics alone.
}

TEST(OpenApiRoute, NeedsTheAdminTokenFromAnotherMachineAlone) {
  ApiRig rig;
  EXPECT_EQ(rig.ask(get("/openapi.json", "")).status, 401);
  EXPECT_EQ(rig.ask(get("/openapi.json", "fp_a")).status, 401);
  const auto answer = rig.admin_get("/openapi.json");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  EXPECT_EQ(answer.header("Cache-Control"), "no-cache");
  ApiRig local([](ServerConfig& config) { config.address_of = &loopback; });
  EXPECT_EQ(local.ask(get("/openapi.json", "")).status, 200);
}

TEST(OpenApiRoute, Answers304UntilADefinitionChanges) {
  ApiRig rig([](ServerConfig& config) { config.address_of = &loopback; });
  const auto first = rig.ask(get("/openapi.json", ""));
  const std::string tag = first.header("ETag");
  const auto again = [&] {
    return rig.ask("GET /openapi.json HTTP/1.1\r\nHost: t\r\nIf-None-Match: " + tag + "\r\n\r\n");
  };
  const auto unchanged = again();
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.header("Cache-Control"), "no-cache");
  EXPECT_EQ(rig.ask(get("/openapi.json", "")).body, first.body);

  core::Resource resource;
  resource.id = core::kFirstDefinedResource;
  resource.schema.name = "Thing";
  resource.schema.path = "things";
  resource.schema.fields = {test::field_of("name:string:required")};
  rig.reader.defined.push_back(resource);
  const auto changed = again();
  EXPECT_EQ(changed.status, 200);
  EXPECT_NE(changed.header("ETag"), tag);
  EXPECT_NE(changed.body.find("/api/things"), std::string::npos);
}

}  // namespace
}  // namespace net
