#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using core::OutcomeCode;
using test::admin;
using test::ApiRig;
using test::failure;

core::AdminToken some_token() {
  core::AdminToken token;
  token.id = 3;
  token.name = "ops";
  token.display = "ta_AbCd...wXyZ";
  token.version = 2;
  return token;
}

TEST(ApiAdminTokens, ANewOneIsShownOnceAndItsDigestAloneIsInTheCommand) {
  ApiRig rig;
  const auto command = rig.command_of(
      admin("POST", "/api/admin_tokens", R"({"name":"ops","role":"tenant","tenant_id":5})"));
  const auto& create = std::get<core::CreateAdminToken>(command.change);
  EXPECT_EQ(create.name, "ops");
  EXPECT_EQ(create.role, core::AdminRole::kTenant);
  EXPECT_EQ(create.tenant_id, 5u);
  const auto answer = rig.answer_with({.code = OutcomeCode::kDone, .row = some_token()});
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.header("ETag"), "\"2\"");
  const std::size_t at = answer.body.find(R"("token":"ta_)");
  ASSERT_NE(at, std::string::npos) << answer.body;
  const std::string text = answer.body.substr(at + 9, core::kSecretBytes);
  EXPECT_TRUE(core::ct_equal(create.digest, core::Hasher().sha256(text)));
  EXPECT_EQ(create.display, text.substr(0, 7) + "..." + text.substr(42));
  EXPECT_NE(answer.body.find(R"("message":"Keep the token: it is not shown again")"),
            std::string::npos);
}

TEST(ApiAdminTokens, ARepeatedCreationShowsTheRowWithoutItsSecret) {
  ApiRig rig;
  rig.command_of(admin("POST", "/api/admin_tokens", R"({"name":"ops","role":"all"})"));
  const auto answer =
      rig.answer_with({.code = OutcomeCode::kDone, .row = some_token(), .replayed = true});
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body.find(R"("token":)"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find("only that answer showed the token"), std::string::npos);
}

TEST(ApiAdminTokens, NamesTheFieldsThatDoNotFit) {
  ApiRig rig;
  const auto refused = rig.ask(admin("POST", "/api/admin_tokens", R"({"role":"king"})"));
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find(R"({"field":"name","message":"is required"})"), std::string::npos);
  EXPECT_NE(refused.body.find(R"({"field":"role",)"), std::string::npos);
  EXPECT_TRUE(rig.commands.waiting.empty());
}

TEST(ApiAdminTokens, ListsShowsAndCounts) {
  ApiRig rig;
  rig.admins.add("x", core::AdminRole::kReadOnly);
  rig.admins.add("y", core::AdminRole::kAll).deleted_at = 1;
  EXPECT_EQ(rig.admin_get("/api/admin_tokens/count").body,
            R"({"success":true,"data":{"count":2}})");
  const auto all = rig.admin_get("/api/admin_tokens?limit=7&cursor=3&include_deleted=true");
  EXPECT_EQ(all.body.find(R"({"success":true,"data":[{"id":1,"name":"token 1")"), 0u) << all.body;
  EXPECT_NE(all.body.find(R"("meta":{"limit":7,"next_cursor":null})"), std::string::npos);
  EXPECT_EQ(rig.admins.last_query.limit, 7u);
  EXPECT_EQ(rig.admins.last_query.after_id, 3u);
  EXPECT_TRUE(rig.admins.last_query.include_deleted);
  EXPECT_EQ(rig.admin_get("/api/admin_tokens/1").header("ETag"), "\"1\"");
  EXPECT_EQ(rig.admin_get("/api/admin_tokens/2").body, failure("NOT_FOUND", "No such admin token"));
  EXPECT_EQ(rig.admin_get("/api/admin_tokens/2?include_deleted=true").status, 200);
  EXPECT_EQ(rig.admin_get("/api/admin_tokens/9").status, 404);
  EXPECT_EQ(rig.admin_get("/api/admin_tokens?tenant_id=1").status, 422);
}

TEST(ApiAdminTokens, ChangesNameAndEnd) {
  ApiRig rig;
  const auto command =
      rig.command_of(admin("PATCH", "/api/admin_tokens/3", R"({"name":"new","expires_at":null})"));
  const auto& update = std::get<core::UpdateAdminToken>(command.change);
  EXPECT_EQ(update.id, 3u);
  EXPECT_EQ(update.name, "new");
  EXPECT_EQ(update.expires_at, 0);
  const auto answer = rig.answer_with({.code = OutcomeCode::kDone, .row = some_token()});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("ETag"), "\"2\"");
  EXPECT_EQ(rig.ask(admin("PATCH", "/api/admin_tokens/3", R"({"role":"all"})")).status, 422);
}

TEST(ApiAdminTokens, EndsOneForGood) {
  ApiRig rig;
  const auto command = rig.command_of(admin("DELETE", "/api/admin_tokens/3", ""));
  EXPECT_EQ(std::get<core::DeleteAdminToken>(command.change).id, 3u);
  const auto answer = rig.answer_with({.code = OutcomeCode::kDone, .row = some_token()});
  EXPECT_NE(answer.body.find(R"("message":"Admin token ended")"), std::string::npos);
  EXPECT_EQ(rig.ask(admin("POST", "/api/admin_tokens/3/restore", "")).status, 404);
  EXPECT_EQ(rig.ask(admin("PUT", "/api/admin_tokens/3", "{}")).status, 405);
}

}  // namespace
}  // namespace net
