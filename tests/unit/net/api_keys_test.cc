#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using core::OutcomeCode;
using test::admin;
using test::ApiRig;
using test::failure;
using test::get;

core::ApiKey some_key(core::KeyId id) {
  core::ApiKey key;
  key.id = id;
  key.tenant_id = 5;
  key.name = "n";
  key.display = "fp_AAAA...zzzz";
  key.created_at = key.updated_at = 1'000'000;
  return key;
}

std::string json_of(core::KeyId id, std::string_view last_used_at = "null") {
  return R"("id":)" + std::to_string(id) +
         R"(,"tenant_id":5,"name":"n","display":"fp_AAAA...zzzz","scopes":[],"rate_limit":1000,)"
         R"("rate_window":3600,"burst":1000,"algorithm":"token_bucket","allowed_ips":[],"is_active":true,)"
         R"("expires_at":null,"previous_secret_expires_at":null,"last_used_at":)" +
         std::string(last_used_at) +
         R"(,"metadata":{},"created_at":"1970-01-01T00:00:01.000000Z",)"
         R"("updated_at":"1970-01-01T00:00:01.000000Z"})";
}

core::Outcome done(const core::ApiKey& key) {
  return {.code = OutcomeCode::kDone, .row = key};
}

// The text of the answer's "key"; empty if there is none.
std::string secret_in(const std::string& body) {
  const auto at = body.find(R"("key":")");
  return at == std::string::npos ? "" : body.substr(at + 7, core::kSecretBytes);
}

TEST(ApiKeys, ShowsTheSecretOnceAndPutsOnlyItsDigestIntoTheCommand) {
  ApiRig rig;
  const auto command = rig.command_of(admin("POST", "/api/keys", R"({"name":"n","tenant_id":5})"));
  const auto& create = std::get<core::CreateKey>(command.change);
  EXPECT_EQ(create.tenant_id, 5U);
  core::ApiKey key = some_key(9);
  key.display = create.display;
  const auto answer = rig.answer_with(done(key));
  EXPECT_EQ(answer.status, 201);
  const std::string secret = secret_in(answer.body);
  ASSERT_TRUE(secret.starts_with("fp_")) << answer.body;
  EXPECT_TRUE(answer.body.starts_with(R"({"success":true,"data":{"key":"fp_)"));
  EXPECT_TRUE(answer.body.ends_with(R"(,"message":"Keep the key: it is not shown again"})"));
  EXPECT_TRUE(core::ct_equal(core::Hasher().sha256(secret), create.digest));
  EXPECT_EQ(create.display, secret.substr(0, 7) + "..." + secret.substr(secret.size() - 4));
  for (const std::string& text : {create.name, create.display, create.metadata}) {
    EXPECT_EQ(text.find(secret.substr(7, 32)), std::string::npos);
  }

  rig.reader.key_rows[9] = key;
  rig.net.client_send(rig.client, admin("GET", "/api/keys/9", ""));
  rig.run();
  rig.desk.totals.front().answer(std::vector<core::KeyTotals>{{}});
  rig.run();
  const auto later = test::read_answer(rig.net.client_take(rig.client));
  EXPECT_EQ(secret_in(later.body), "");
  EXPECT_EQ(later.body.find(secret.substr(7, 32)), std::string::npos);
}

TEST(ApiKeys, MakesAnotherSecretForEveryKey) {
  ApiRig rig;
  std::string before;
  for (int i = 0; i < 3; ++i) {
    rig.command_of(admin("POST", "/api/keys", R"({"name":"n","tenant_id":5})"));
    const std::string secret = secret_in(rig.answer_with(done(some_key(9))).body);
    EXPECT_NE(secret, before);
    before = secret;
  }
}

TEST(ApiKeys, ShowsNoSecretOfAKeyThatCouldNotBeMade) {
  ApiRig rig;
  rig.command_of(admin("POST", "/api/keys", R"({"name":"n","tenant_id":6})"));
  const auto answer = rig.answer_with(OutcomeCode::kInvalid, "tenant_id", "does not exist");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.body.find("fp_"), std::string::npos);
}

TEST(ApiKeys, SendsTheLargestKeyWhole) {
  ApiRig rig;
  rig.command_of(admin("POST", "/api/keys", R"({"name":"n","tenant_id":5})"));
  core::ApiKey key = some_key(9);
  key.name = std::string(100, '"');
  key.scopes.assign(64, std::string(core::kScopeNameBytesMax, 's') + ":write");
  key.metadata = R"({"a":")" + std::string(4088, 'm') + R"("})";
  key.allowed_ips.assign(core::kAllowedIpsMax,
                         *core::parse_network("1111:2222:3333:4444:5555:6666:7777:8888/127"));
  const auto answer = rig.answer_with(done(key));
  EXPECT_EQ(answer.status, 201);
  EXPECT_GT(answer.body.size(), 10'500U);
  EXPECT_LE(answer.body.size(), 14U * 1024);
  EXPECT_EQ(secret_in(answer.body).size(), core::kSecretBytes);
}

TEST(ApiKeys, ServesTheAliasOfTheRoute) {
  ApiRig rig;
  const auto command =
      rig.command_of(admin("POST", "/api/api_keys", R"({"name":"n","tenant_id":5})"));
  EXPECT_TRUE(std::holds_alternative<core::CreateKey>(command.change));
  rig.answer_with(OutcomeCode::kStoreFull);
}

TEST(ApiKeys, ShowsAKeyWithWhenItWasLastUsed) {
  ApiRig rig;
  rig.reader.key_rows[9] = some_key(9);
  rig.net.client_send(rig.client, admin("GET", "/api/keys/9", ""));
  rig.run();
  ASSERT_EQ(rig.desk.totals.size(), 1U);
  EXPECT_EQ(rig.desk.totals.front().question, std::vector<core::KeyId>{9});
  rig.desk.totals.front().answer(
      std::vector<core::KeyTotals>{{.total = 3, .last_used_at = 2'000'000}});
  rig.run();
  EXPECT_EQ(test::read_answer(rig.net.client_take(rig.client)).body,
            R"({"success":true,"data":{)" + json_of(9, R"("1970-01-01T00:00:02.000000Z")") + "}");
}

TEST(ApiKeys, ShowsAKeyAlsoWhereItsUsageIsNotKnown) {
  ApiRig rig;
  rig.reader.key_rows[9] = some_key(9);
  rig.net.client_send(rig.client, admin("GET", "/api/keys/9", ""));
  rig.run();
  rig.desk.totals.front().answer(std::monostate{});
  rig.run();
  EXPECT_EQ(test::read_answer(rig.net.client_take(rig.client)).body,
            R"({"success":true,"data":{)" + json_of(9) + "}");
}

TEST(ApiKeys, DoesNotFindADeletedKeyNorOneThatNeverWas) {
  ApiRig rig;
  rig.reader.key_rows[9] = some_key(9);
  rig.reader.key_rows[9].deleted_at = 1;
  for (const std::string_view path : {"/api/keys/9", "/api/keys/10"}) {
    const auto answer = rig.admin_get(path);
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.body, failure("NOT_FOUND", "No such key"));
  }
}

TEST(ApiKeys, ListsKeysWithTheirTotalsInOrder) {
  ApiRig rig;
  for (core::KeyId id = 1; id <= 3; ++id) rig.reader.key_rows[id] = some_key(id);
  rig.net.client_send(rig.client, admin("GET", "/api/keys?limit=2&tenant_id=5", ""));
  rig.run();
  EXPECT_EQ(rig.reader.last_query.tenant_id, 5U);
  EXPECT_EQ(rig.desk.totals.front().question, (std::vector<core::KeyId>{1, 2}));
  rig.desk.totals.front().answer(std::vector<core::KeyTotals>{{}, {.last_used_at = 2'000'000}});
  rig.run();
  EXPECT_EQ(test::read_answer(rig.net.client_take(rig.client)).body,
            R"({"success":true,"data":[{)" + json_of(1) + ",{" +
                json_of(2, R"("1970-01-01T00:00:02.000000Z")") +
                R"(],"meta":{"limit":2,"next_cursor":"2"}})");
}

TEST(ApiKeys, RefusesAListOfATenantThatIsNoNumber) {
  ApiRig rig;
  EXPECT_EQ(rig.admin_get("/api/keys?tenant_id=x").status, 422);
  EXPECT_EQ(rig.admin_get("/api/keys?tenant_id=0").status, 422);
  EXPECT_EQ(rig.admin_get("/api/keys?include_deleted=1").status, 422);
  EXPECT_TRUE(rig.desk.totals.empty());
}

TEST(ApiKeys, RotatesWithASecretThatOnlyItsAnswerShows) {
  ApiRig rig;
  const auto command =
      rig.command_of(admin("POST", "/api/keys/9/rotate", R"({"overlap_seconds":60})"));
  const auto& rotate = std::get<core::RotateKey>(command.change);
  EXPECT_EQ(rotate.id, 9U);
  EXPECT_EQ(rotate.secret.overlap_s, 60U);
  const auto answer = rig.answer_with(done(some_key(9)));
  EXPECT_EQ(answer.status, 200);
  const std::string secret = secret_in(answer.body);
  ASSERT_TRUE(secret.starts_with("fp_")) << answer.body;
  EXPECT_TRUE(core::ct_equal(core::Hasher().sha256(secret), rotate.secret.digest));
  EXPECT_EQ(rotate.secret.display, secret.substr(0, 7) + "..." + secret.substr(secret.size() - 4));
  EXPECT_TRUE(answer.body.ends_with(R"(,"message":"Keep the key: it is not shown again"})"));
}

TEST(ApiKeys, RotatesAtOnceWhereNoBodyIsSent) {
  ApiRig rig;
  const auto command = rig.command_of(admin("POST", "/api/api_keys/9/rotate", ""));
  EXPECT_EQ(std::get<core::RotateKey>(command.change).secret.overlap_s, 0U);
  const auto answer = rig.answer_with(OutcomeCode::kNotFound);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body.find("fp_"), std::string::npos);
  EXPECT_EQ(rig.admin_get("/api/keys/9/rotate").status, 405);
  EXPECT_EQ(rig.ask(admin("POST", "/api/keys/9/rotate", "[]")).status, 422);
}

TEST(ApiKeys, ChangesAndRevokesThroughCommands) {
  ApiRig rig;
  const auto change = rig.command_of(admin("PATCH", "/api/keys/9", R"({"rate_limit":null})"));
  EXPECT_EQ(std::get<core::UpdateKey>(change.change).id, 9U);
  EXPECT_TRUE(std::get<core::UpdateKey>(change.change).limit.rate_limit_sent);
  EXPECT_EQ(rig.answer_with(done(some_key(9))).body,
            R"({"success":true,"data":{)" + json_of(9) + "}");
  const auto revoke = rig.command_of(admin("DELETE", "/api/keys/9", ""));
  EXPECT_EQ(std::get<core::DeleteKey>(revoke.change).id, 9U);
  EXPECT_EQ(rig.answer_with(done(some_key(9))).body,
            R"({"success":true,"data":{)" + json_of(9) + R"(,"message":"Key revoked"})");
}

// A request of the admin with a field and a body.
std::string admin_with(std::string_view method, std::string_view path, std::string_view field,
                       std::string_view body = "") {
  std::string request = admin(method, path, body);
  return request.insert(request.find("\r\n") + 2, std::string(field) + "\r\n");
}

TEST(ApiKeys, ReplaceAndRestoreThroughCommands) {
  ApiRig rig;
  core::ApiKey key = some_key(9);
  key.version = 3;
  const auto replace = rig.command_of(admin("PUT", "/api/keys/9", R"({"name":"m"})"));
  EXPECT_EQ(std::get<core::UpdateKey>(replace.change).metadata, "{}");
  const auto replaced = rig.answer_with(done(key));
  EXPECT_EQ(replaced.status, 200);
  EXPECT_EQ(replaced.header("ETag"), "\"3\"");
  const auto restore = rig.command_of(admin("POST", "/api/keys/9/restore", ""));
  EXPECT_EQ(std::get<core::RestoreKey>(restore.change).id, 9U);
  const auto restored = rig.answer_with(done(key));
  EXPECT_EQ(restored.status, 200);
  EXPECT_EQ(restored.body, R"({"success":true,"data":{)" + json_of(9) + "}");
  EXPECT_EQ(restored.header("ETag"), "\"3\"");
}

TEST(ApiKeys, PutIfMatchIntoTheCommandAndAnswer412WhereItDiffers) {
  ApiRig rig;
  for (const auto& [method, path] :
       {std::pair("PUT", "/api/keys/9"), std::pair("PATCH", "/api/keys/9"),
        std::pair("DELETE", "/api/keys/9"), std::pair("POST", "/api/keys/9/rotate"),
        std::pair("POST", "/api/keys/9/restore")}) {
    const bool has_body = std::string_view(path).ends_with("9") && method[0] == 'P';
    const auto command = rig.command_of(
        admin_with(method, path, "If-Match: \"2\"", has_body ? R"({"name":"m"})" : ""));
    ASSERT_TRUE(command.if_match) << method;
    EXPECT_EQ(command.if_match->versions, std::vector<std::uint64_t>{2});
    const auto answer = rig.answer_with(OutcomeCode::kVersionDiffers);
    EXPECT_EQ(answer.status, 412);
    EXPECT_EQ(answer.body,
              failure("PRECONDITION_FAILED", "The row's ETag is none of those in If-Match"));
    EXPECT_FALSE(answer.has("ETag"));
  }
}

TEST(ApiKeys, AreNotSentAgainToWhoHasTheirVersion) {
  ApiRig rig;
  rig.reader.key_rows[9] = some_key(9);
  rig.reader.key_rows[9].version = 3;
  const auto answer = rig.ask(admin_with("GET", "/api/keys/9", "If-None-Match: \"3\""));
  EXPECT_EQ(answer.status, 304);
  EXPECT_EQ(answer.header("ETag"), "\"3\"");
  EXPECT_FALSE(answer.has("Content-Length"));
  EXPECT_FALSE(answer.has("Content-Type"));
  EXPECT_TRUE(rig.desk.totals.empty());
  rig.net.client_send(rig.client, admin_with("GET", "/api/keys/9", "If-None-Match: \"2\""));
  rig.run();
  rig.desk.totals.front().answer(std::vector<core::KeyTotals>{{}});
  rig.run();
  const auto shown = test::read_answer(rig.net.client_take(rig.client));
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.header("ETag"), "\"3\"");
}

TEST(ApiKeys, ShowADeletedKeyToWhoAsksForIt) {
  ApiRig rig;
  rig.reader.key_rows[9] = some_key(9);
  rig.reader.key_rows[9].deleted_at = 1;
  rig.net.client_send(rig.client, admin("GET", "/api/keys/9?include_deleted=true", ""));
  rig.run();
  ASSERT_EQ(rig.desk.totals.size(), 1U);
  rig.desk.totals.front().answer(std::vector<core::KeyTotals>{{}});
  rig.run();
  const auto shown = test::read_answer(rig.net.client_take(rig.client));
  EXPECT_NE(shown.body.find(R"("deleted_at":"1970-01-01T00:00:00.000001Z")"), std::string::npos);
  EXPECT_EQ(rig.admin_get("/api/keys/9?include_deleted=false").status, 404);
  EXPECT_EQ(rig.admin_get("/api/keys/9?deleted=true").status, 422);
}

TEST(ApiKeys, AreCounted) {
  ApiRig rig;
  for (core::KeyId id = 1; id <= 3; ++id) rig.reader.key_rows[id] = some_key(id);
  EXPECT_EQ(rig.admin_get("/api/keys/count").body, R"({"success":true,"data":{"count":3}})");
  EXPECT_EQ(rig.admin_get("/api/api_keys/count").status, 200);
  EXPECT_EQ(rig.admin_get("/api/keys/count?tenant_id=5").status, 422);
}

}  // namespace
}  // namespace net
