#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using test::admin;
using test::ApiRig;

const std::string kDigest(64, 'a');

std::string key(std::string_view rest) {
  return R"({"name":"n","sha256":")" + kDigest + "\"," + std::string(rest) + "}";
}

TEST(ApiImport, MakesOneCommandOfAllGoodKeys) {
  ApiRig rig;
  const auto command = rig.command_of(
      admin("POST", "/api/keys/import",
            R"({"keys":[)" + key(R"("tenant_id":5)") + "," + key(R"("tenant":"acme")") + "]}"));
  const auto& import = std::get<core::ImportKeys>(command.change);
  ASSERT_EQ(import.keys.size(), 2U);
  EXPECT_EQ(import.keys[0].key.tenant_id, 5U);
  EXPECT_EQ(import.keys[1].tenant_slug, "acme");
  const auto answer = rig.answer_with(
      {.code = core::OutcomeCode::kDone,
       .row = core::ImportReport{.created = 1, .first_id = 9, .existing = 1, .refused = {}}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"success":true,"data":{"created":1,"existing":1,"first_id":9,)"
                         R"("refused":[]}})");
}

TEST(ApiImport, AnswersWhatTheFormAndTheStoreRefusedInOneList) {
  ApiRig rig;
  rig.command_of(admin("POST", "/api/keys/import",
                       R"({"keys":[)" + key(R"("tenant_id":5)") + "," + key(R"("x":5)") + "]}"));
  const auto answer = rig.answer_with(
      {.code = core::OutcomeCode::kDone,
       .row = core::ImportReport{.refused = {{0, "tenant_id", "names no tenant"}}}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body.contains(
      R"("refused":[{"index":0,"field":"tenant_id","message":"names no tenant"},)"
      R"({"index":1,"field":"tenant_id","message":"is required"},)"
      R"({"index":1,"field":"x","message":"is not a known field"}])"))
      << answer.body;
}

TEST(ApiImport, RefusesABodyThatIsNoListOfKeys) {
  ApiRig rig;
  const auto answer = rig.ask(admin("POST", "/api/keys/import", R"({"keys":1})"));
  EXPECT_EQ(answer.status, 422);
  EXPECT_TRUE(answer.body.contains(R"({"field":"keys","message":"must be a list, not number"})"))
      << answer.body;
  EXPECT_EQ(rig.ask(admin("POST", "/api/keys/import", "[")).status, 400);
}

TEST(ApiImport, IsTheAdminsOnly) {
  ApiRig rig;
  EXPECT_EQ(rig.ask(ApiRig::keyed("POST", "/api/keys/import", R"({"keys":[]})")).status, 401);
  EXPECT_EQ(rig.admin_get("/api/keys/import").status, 405);
  EXPECT_EQ(find_route("/api/api_keys/import").id, RouteId::kKeyImport);
}

TEST(ApiImport, SaysWhenTheOutcomeIsNotKnown) {
  ApiRig rig;
  rig.command_of(
      admin("POST", "/api/keys/import", R"({"keys":[)" + key(R"("tenant_id":5)") + "]}"));
  EXPECT_EQ(rig.answer_with(core::OutcomeCode::kUnknown).status, 503);
}

}  // namespace
}  // namespace net
