#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using core::OutcomeCode;
using test::admin;
using test::ApiRig;
using test::failure;

core::Tenant some_tenant(core::TenantId id) {
  return {.id = id,
          .name = "Acme",
          .slug = "acme",
          .plan = "free",
          .is_active = true,
          .created_at = 1'000'000,
          .updated_at = 1'000'000};
}

std::string json_of(core::TenantId id) {
  return R"({"id":)" + std::to_string(id) +
         R"(,"name":"Acme","slug":"acme","plan":"free","is_active":true,)"
         R"("created_at":"1970-01-01T00:00:01.000000Z",)"
         R"("updated_at":"1970-01-01T00:00:01.000000Z"})";
}

core::Outcome done(core::TenantId id) {
  return {.code = OutcomeCode::kDone, .row = some_tenant(id)};
}

TEST(ApiTenants, CreatesATenantThroughACommandOfThisMoment) {
  ApiRig rig;
  const auto command = rig.command_of(admin("POST", "/api/tenants", R"({"name":"Acme"})"));
  EXPECT_EQ(command.when, rig.clock.now().wall_us);
  EXPECT_EQ(std::get<core::CreateTenant>(command.change).name, "Acme");
  const auto answer = rig.answer_with(done(4));
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, R"({"success":true,"data":)" + json_of(4) + "}");
  EXPECT_TRUE(rig.usage.records.empty());  // The admin's requests are nobody's use.
}

TEST(ApiTenants, FindsATenantByItsSlug) {
  ApiRig rig;
  rig.reader.tenant_rows[4] = some_tenant(4);
  EXPECT_TRUE(rig.admin_get("/api/tenants?slug=acme")
                  .body.starts_with(R"({"success":true,"data":[)" + json_of(4) +
                                    R"(],"meta":{"limit":100,"next_cursor":null})"));
  for (const char* slug : {"nobody", "A%20b", ""}) {
    EXPECT_TRUE(rig.admin_get("/api/tenants?slug=" + std::string(slug))
                    .body.starts_with(R"({"success":true,"data":[],)"))
        << slug;
  }
}

TEST(ApiTenants, RefusesABodyThatDoesNotFitWithAllThatIsWrong) {
  ApiRig rig;
  const auto answer = rig.ask(admin("POST", "/api/tenants", R"({"slug":"A","colour":1})"));
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(
      answer.body,
      R"({"success":false,"error":{"code":"VALIDATION_ERROR",)"
      R"("message":"The request has invalid fields","details":[)"
      R"({"field":"name","message":"is required"},)"
      R"({"field":"slug","message":"must be lower-case letters and digits in words joined by '-'"},)"
      R"({"field":"colour","message":"is not a known field"}]}})");
  EXPECT_EQ(rig.ask(admin("POST", "/api/tenants", "{")).status, 400);
  EXPECT_EQ(rig.ask(admin("PATCH", "/api/tenants/4", "[]")).status, 422);
  EXPECT_TRUE(rig.commands.waiting.empty());
}

TEST(ApiTenants, ShowsATenantUntilItIsDeleted) {
  ApiRig rig;
  rig.reader.tenant_rows[4] = some_tenant(4);
  EXPECT_EQ(rig.admin_get("/api/tenants/4").body, R"({"success":true,"data":)" + json_of(4) + "}");
  rig.reader.tenant_rows[4].deleted_at = 1;
  for (const std::string_view path : {"/api/tenants/4", "/api/tenants/5"}) {
    const auto answer = rig.admin_get(path);
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.body, failure("NOT_FOUND", "No such tenant"));
  }
}

TEST(ApiTenants, PagesThroughTheListWithTheCursorOfThePageBefore) {
  ApiRig rig;
  for (core::TenantId id = 1; id <= 3; ++id) rig.reader.tenant_rows[id] = some_tenant(id);
  EXPECT_EQ(rig.admin_get("/api/tenants?limit=2").body,
            R"({"success":true,"data":[)" + json_of(1) + "," + json_of(2) +
                R"(],"meta":{"limit":2,"next_cursor":"2"}})");
  EXPECT_EQ(
      rig.admin_get("/api/tenants?limit=2&cursor=2").body,
      R"({"success":true,"data":[)" + json_of(3) + R"(],"meta":{"limit":2,"next_cursor":null}})");
  EXPECT_EQ(rig.admin_get("/api/tenants?cursor=3").body,
            R"({"success":true,"data":[],"meta":{"limit":100,"next_cursor":null}})");
  EXPECT_FALSE(rig.reader.last_query.include_deleted);
  rig.admin_get("/api/tenants?include_deleted=true");
  EXPECT_TRUE(rig.reader.last_query.include_deleted);
  EXPECT_EQ(rig.admin_get("/api/tenants?limit=0&page=2").status, 422);
}

TEST(ApiTenants, ChangesOnlyWhatIsSent) {
  ApiRig rig;
  const auto command = rig.command_of(admin("PATCH", "/api/tenants/4", R"({"is_active":false})"));
  const auto& change = std::get<core::UpdateTenant>(command.change);
  EXPECT_EQ(change.id, 4U);
  EXPECT_EQ(change.is_active, false);
  EXPECT_FALSE(change.name || change.slug || change.plan);
  const auto answer = rig.answer_with(done(4));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"success":true,"data":)" + json_of(4) + "}");
}

TEST(ApiTenants, DeletesATenantAndSaysWhatBecomesOfItsKeys) {
  ApiRig rig;
  const auto command = rig.command_of(admin("DELETE", "/api/tenants/4", ""));
  EXPECT_EQ(std::get<core::DeleteTenant>(command.change).id, 4U);
  const auto answer = rig.answer_with(done(4));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"success":true,"data":)" + json_of(4) +
                             R"(,"message":"Tenant deleted; its keys no longer work"})");
  rig.command_of(admin("DELETE", "/api/tenants/5", ""));
  EXPECT_EQ(rig.answer_with(OutcomeCode::kNotFound).status, 404);
}

TEST(ApiTenants, ReplaceRestoreAndCount) {
  ApiRig rig;
  const auto replace = rig.command_of(admin("PUT", "/api/tenants/4", R"({"name":"Acme"})"));
  EXPECT_EQ(std::get<core::UpdateTenant>(replace.change).plan, "free");
  const auto replaced = rig.answer_with(done(4));
  EXPECT_EQ(replaced.status, 200);
  EXPECT_EQ(replaced.header("ETag"), "\"1\"");
  const auto restore = rig.command_of(admin("POST", "/api/tenants/4/restore", ""));
  EXPECT_EQ(std::get<core::RestoreTenant>(restore.change).id, 4U);
  const auto restored = rig.answer_with(done(4));
  EXPECT_EQ(restored.status, 200);
  EXPECT_EQ(restored.body, R"({"success":true,"data":)" + json_of(4) + "}");
  rig.reader.tenant_rows[4] = some_tenant(4);
  EXPECT_EQ(rig.admin_get("/api/tenants/count").body, R"({"success":true,"data":{"count":1}})");
  EXPECT_EQ(rig.admin_get("/api/tenants/4").header("ETag"), "\"1\"");
  rig.reader.tenant_rows[4].deleted_at = 1;
  EXPECT_EQ(rig.admin_get("/api/tenants/4").status, 404);
  EXPECT_EQ(rig.admin_get("/api/tenants/4?include_deleted=true").status, 200);
}

}  // namespace
}  // namespace net
