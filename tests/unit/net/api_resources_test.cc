#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using core::OutcomeCode;
using test::admin;
using test::ApiRig;
using test::failure;

core::Resource notes() {
  core::Resource resource;
  resource.id = 16;
  resource.schema.name = "Note";
  resource.schema.path = "notes";
  core::Field text;
  text.name = "text";
  resource.schema.fields = {text};
  resource.created_at = 1'000'000;
  resource.updated_at = 2'000'000;
  return resource;
}

constexpr std::string_view kDefinition =
    R"({"name":"Note","fields":[{"name":"text","type":"string","required":true}]})";

TEST(ApiResources, DefinesOneFromItsFields) {
  ApiRig rig;
  const auto command = rig.command_of(admin("POST", "/api/resources", kDefinition));
  const auto& create = std::get<core::CreateResource>(command.change);
  EXPECT_EQ(create.schema.name, "Note");
  EXPECT_EQ(create.schema.path, "notes");
  ASSERT_EQ(create.schema.fields.size(), 1u);
  EXPECT_TRUE(create.schema.fields[0].required);
  const auto answer = rig.answer_with({.code = OutcomeCode::kDone, .row = notes()});
  EXPECT_EQ(answer.status, 201);
  EXPECT_NE(answer.body.find(R"({"success":true,"data":{"id":16,"name":"Note","path":"notes",)"),
            std::string::npos)
      << answer.body;
  EXPECT_NE(answer.body.find(R"("created_at":"1970-01-01T00:00:01.000000Z","updated_at":)"
                             R"("1970-01-01T00:00:02.000000Z","index_builds":[]}})"),
            std::string::npos)
      << answer.body;
}

TEST(ApiResources, ARouteOfTheProgramIsNoPathForOne) {
  ApiRig rig;
  for (const std::string_view path :
       {"keys", "api_keys", "tenants", "resources", "usage_logs", "me", "usage", "webhooks",
        "audit_logs", "events", "deliveries"}) {
    const auto refused = rig.ask(admin("POST", "/api/resources",
                                       R"({"name":"Note","path":")" + std::string(path) +
                                           R"(","fields":[{"name":"text","type":"string"}]})"));
    EXPECT_EQ(refused.status, 422) << path;
    EXPECT_NE(refused.body.find(R"({"field":"path",)"), std::string::npos) << refused.body;
  }
}

TEST(ApiResources, NamesTheFieldAndTheRuleThatDoNotFit) {
  ApiRig rig;
  const auto refused = rig.ask(admin(
      "POST", "/api/resources", R"({"name":"Note","fields":[{"name":"text","type":"blob"}]})"));
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find("fields.0.type"), std::string::npos) << refused.body;
  EXPECT_TRUE(rig.commands.waiting.empty());
}

TEST(ApiResources, ListsAndShowsWhatUsersHaveDefined) {
  ApiRig rig;
  rig.reader.defined = {core::data_resource(), notes()};
  const auto all = rig.ask(admin("GET", "/api/resources", ""));
  EXPECT_EQ(all.body.find(R"({"success":true,"data":[{"id":16,"name":"Note")"), 0u) << all.body;
  EXPECT_EQ(rig.ask(admin("GET", "/api/resources/16", "")).status, 200);
  EXPECT_EQ(rig.ask(admin("GET", "/api/resources/17", "")).body,
            failure("NOT_FOUND", "No such resource"));
  EXPECT_EQ(rig.ask(admin("GET", "/api/resources/4294967312", "")).status, 404);
  rig.reader.defined[1].deleted_at = 1;
  EXPECT_EQ(rig.ask(admin("GET", "/api/resources/16", "")).status, 404);
}

TEST(ApiResources, AddsFieldsBehindTheOthers) {
  ApiRig rig;
  const auto command = rig.command_of(admin(
      "PATCH", "/api/resources/16",
      R"({"add_fields":[{"name":"color","type":"color"},{"name":"size","type":"integer"}]})"));
  const auto& change = std::get<core::AddFields>(command.change);
  EXPECT_EQ(change.id, 16u);
  ASSERT_EQ(change.fields.size(), 2u);
  EXPECT_EQ(change.fields[1].type, core::FieldType::kInteger);
  EXPECT_EQ(rig.answer_with({.code = OutcomeCode::kDone, .row = notes()}).status, 200);
  for (const std::string_view body :
       {"{}", R"({"add_fields":{}})", R"({"add_fields":[{"name":"x","type":"y"}]})",
        R"({"name":"Other"})"}) {
    EXPECT_EQ(rig.ask(admin("PATCH", "/api/resources/16", body)).status, 422) << body;
  }
}

TEST(ApiResources, HasAnIndexBuiltAndShowsHowFarItIs) {
  ApiRig rig;
  const auto command =
      rig.command_of(admin("POST", "/api/resources/16/indexes", R"({"field":"text"})"));
  EXPECT_EQ(std::get<core::AddIndex>(command.change).id, 16u);
  EXPECT_EQ(std::get<core::AddIndex>(command.change).field, "text");
  rig.reader.defined = {notes()};
  rig.reader.builds = {{.resource = 17, .field = 0},
                       {.resource = 16, .field = 0, .rows = 12, .progress = 0.25}};
  const std::string_view shown = R"("index_builds":[{"field":"text","rows":12,"progress":0.250}])";
  const auto answer = rig.answer_with({.code = OutcomeCode::kDone, .row = notes()});
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(shown), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find(R"("message":"The index is being built")"), std::string::npos);
  EXPECT_NE(rig.admin_get("/api/resources/16").body.find(shown), std::string::npos);
  EXPECT_NE(rig.admin_get("/api/resources").body.find(shown), std::string::npos);
  for (const std::string_view body :
       {"{}", R"({"field":7})", R"({"field":""})", R"({"name":"x"})"}) {
    EXPECT_EQ(rig.ask(admin("POST", "/api/resources/16/indexes", body)).status, 422) << body;
  }
}

TEST(ApiResources, DeletesOne) {
  ApiRig rig;
  const auto command = rig.command_of(admin("DELETE", "/api/resources/16", ""));
  EXPECT_EQ(std::get<core::DeleteResource>(command.change).id, 16u);
  const auto answer = rig.answer_with({.code = OutcomeCode::kDone, .row = notes()});
  EXPECT_NE(answer.body.find(R"("message":"Resource deleted")"), std::string::npos);
}

TEST(ApiResources, AreTheAdminsAlone) {
  ApiRig rig;
  EXPECT_EQ(rig.ask(test::get("/api/resources", "fp_a")).status, 401);
}

}  // namespace
}  // namespace net
