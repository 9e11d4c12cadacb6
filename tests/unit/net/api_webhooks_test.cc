#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using core::OutcomeCode;
using test::admin;
using test::ApiRig;
using test::failure;
using test::get;

constexpr std::string_view kBody = R"({"url":"https://h","events":["*"],"tenant_id":5})";

core::Webhook some_webhook(core::WebhookId id, core::TenantId tenant = 5) {
  return {.id = id,
          .tenant_id = tenant,
          .url = "https://h",
          .events = {"*"},
          .description = "",
          .sealed = "SEALED",
          .previous = std::nullopt,
          .created_at = 1'000'000,
          .updated_at = 1'000'000};
}

std::string json_of(core::WebhookId id, core::TenantId tenant = 5) {
  return R"("id":)" + std::to_string(id) + R"(,"tenant_id":)" + std::to_string(tenant) +
         R"(,"url":"https://h","events":["*"],"description":"","is_active":true,"ordered":false,)"
         R"("previous_secret_expires_at":null,"created_at":"1970-01-01T00:00:01.000000Z",)"
         R"("updated_at":"1970-01-01T00:00:01.000000Z"})";
}

core::Outcome done(const core::Webhook& webhook) {
  return {.code = OutcomeCode::kDone, .row = webhook};
}

// The text of the answer's "secret"; empty if there is none.
std::string secret_in(const std::string& body) {
  constexpr std::string_view kName = R"("secret":")";
  const auto at = body.find(kName);
  if (at == std::string::npos) return "";
  const auto begin = at + kName.size();
  return body.substr(begin, body.find('"', begin) - begin);
}

// A rig whose key "fp_a" of tenant 5 has these scopes.
class TenantRig : public ApiRig {
 public:
  explicit TenantRig(std::vector<std::string> scopes) {
    core::ApiKey& key = reader.key_rows[1];
    key.id = 1;
    key.tenant_id = 5;
    key.scopes = std::move(scopes);
  }
};

TEST(ApiWebhooks, ShowsTheSecretOnceAndPutsOnlySealedBytesIntoTheCommand) {
  ApiRig rig;
  const auto command = rig.command_of(admin("POST", "/api/webhooks", kBody));
  const auto& create = std::get<core::CreateWebhook>(command.change);
  EXPECT_FALSE(create.caller.has_value());
  EXPECT_EQ(create.tenant_id, 5U);
  const auto answer = rig.answer_with(done(some_webhook(9)));
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.header("ETag"), "\"1\"");
  const std::string secret = secret_in(answer.body);
  EXPECT_EQ(answer.body, R"({"success":true,"data":{"secret":")" + secret + R"(",)" + json_of(9) +
                             R"(,"message":"Keep the secret: it is not shown again"})");
  const auto opened = core::WebhookSecret::open(rig.secrets, 5, create.sealed);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->text(), secret);
  EXPECT_EQ(create.sealed.find(secret.substr(6)), std::string::npos);

  rig.reader.webhook_rows[9] = some_webhook(9);
  EXPECT_EQ(rig.admin_get("/api/webhooks/9").body,
            R"({"success":true,"data":{)" + json_of(9) + "}");
}

TEST(ApiWebhooks, DoesNotShowASecretThatTheClientBrought) {
  ApiRig rig;
  const auto command = rig.command_of(
      admin("POST", "/api/webhooks",
            R"({"url":"https://h","events":["*"],"tenant_id":5,"secret":"my own secret"})"));
  const auto& create = std::get<core::CreateWebhook>(command.change);
  EXPECT_EQ(core::WebhookSecret::open(rig.secrets, 5, create.sealed)->text(), "my own secret");
  const auto answer = rig.answer_with(done(some_webhook(9)));
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, R"({"success":true,"data":{)" + json_of(9) + "}");
}

TEST(ApiWebhooks, ShowsNoSecretOfAWebhookThatCouldNotBeMade) {
  ApiRig rig;
  rig.command_of(admin("POST", "/api/webhooks", kBody));
  const auto answer = rig.answer_with(OutcomeCode::kInvalid, "tenant_id", "names no tenant");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(secret_in(answer.body), "");
}

TEST(ApiWebhooks, ShowNoSecretToARepeatedRequest) {
  ApiRig rig;
  rig.reader.webhook_rows[9] = some_webhook(9);
  for (const std::string_view path : {"/api/webhooks", "/api/webhooks/9/rotate_secret"}) {
    rig.command_of(admin("POST", path, path.ends_with("s") ? kBody : "{}"));
    core::Outcome first = done(some_webhook(9));
    first.replayed = true;
    const auto answer = rig.answer_with(first);
    EXPECT_EQ(answer.header("Idempotency-Replayed"), "true");
    EXPECT_EQ(answer.body,
              R"({"success":true,"data":{)" + json_of(9) +
                  R"(,"message":"This request was answered before: only that answer showed the )"
                  R"(secret"})");
  }
}

TEST(ApiWebhooks, SendsTheLargestWebhookWhole) {
  ApiRig rig;
  rig.command_of(admin("POST", "/api/webhooks", kBody));
  core::Webhook webhook = some_webhook(9);
  webhook.url = std::string(core::kWebhookUrlBytesMax, 'u');
  webhook.description = std::string(core::kDescriptionCharactersMax, '"');
  webhook.events.assign(core::kEventPatternsMax, std::string(129, 'e'));
  const auto answer = rig.answer_with(done(webhook));
  EXPECT_EQ(answer.status, 201);
  EXPECT_GT(answer.body.size(), 11'500U);
  EXPECT_LE(answer.body.size(), 15U * 1024);
}

TEST(ApiWebhooks, SealsARotatedSecretForTheTenantOfTheWebhook) {
  ApiRig rig;
  rig.reader.webhook_rows[9] = some_webhook(9, 6);
  const auto command =
      rig.command_of(admin("POST", "/api/webhooks/9/rotate_secret", R"({"overlap_seconds":60})"));
  const auto& rotate = std::get<core::RotateWebhookSecret>(command.change);
  EXPECT_EQ(rotate.id, 9U);
  EXPECT_EQ(rotate.secret.overlap_s, 60U);
  const auto answer = rig.answer_with(done(some_webhook(9, 6)));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(core::WebhookSecret::open(rig.secrets, 6, rotate.secret.sealed)->text(),
            secret_in(answer.body));
  EXPECT_EQ(rig.ask(admin("POST", "/api/webhooks/8/rotate_secret", "")).status, 404);
}

TEST(ApiWebhooks, AdminChangesAreOnNobodysBehalf) {
  ApiRig rig;
  const auto patch = rig.command_of(admin("PATCH", "/api/webhooks/9", R"({"ordered":true})"));
  EXPECT_FALSE(std::get<core::UpdateWebhook>(patch.change).caller.has_value());
  EXPECT_EQ(rig.answer_with(done(some_webhook(9))).header("ETag"), "\"1\"");
  const auto put =
      rig.command_of(admin("PUT", "/api/webhooks/9", R"({"url":"https://h","events":["*"]})"));
  EXPECT_EQ(std::get<core::UpdateWebhook>(put.change).description, "");
  EXPECT_EQ(rig.answer_with(OutcomeCode::kVersionDiffers).status, 412);
  const auto removal = rig.command_of(admin("DELETE", "/api/webhooks/9", ""));
  EXPECT_EQ(std::get<core::DeleteWebhook>(removal.change).id, 9U);
  const auto deleted = rig.answer_with(done(some_webhook(9)));
  EXPECT_TRUE(deleted.body.ends_with(R"(,"message":"Webhook deleted"})"));
  EXPECT_FALSE(deleted.has("ETag"));
  const auto restore = rig.command_of(admin("POST", "/api/webhooks/9/restore", ""));
  EXPECT_EQ(std::get<core::RestoreWebhook>(restore.change).id, 9U);
  EXPECT_EQ(rig.answer_with(OutcomeCode::kConflict).status, 409);
}

TEST(ApiWebhooks, AreListedForTheAdminByTenantToo) {
  ApiRig rig;
  rig.reader.webhook_rows[9] = some_webhook(9);
  rig.reader.webhook_rows[10] = some_webhook(10);
  const auto answer = rig.admin_get("/api/webhooks?tenant_id=5&limit=1&include_deleted=true");
  EXPECT_EQ(answer.body, R"({"success":true,"data":[{)" + json_of(9) +
                             R"(],"meta":{"limit":1,"next_cursor":"9"}})");
  EXPECT_EQ(rig.reader.last_query.tenant_id, 5U);
  EXPECT_TRUE(rig.reader.last_query.include_deleted);
  rig.admin_get("/api/webhooks");
  EXPECT_EQ(rig.reader.last_query.tenant_id, 0U);
  EXPECT_EQ(rig.admin_get("/api/webhooks/count").body, R"({"success":true,"data":{"count":2}})");
}

TEST(ApiWebhooks, OfATenantAreAllThatItsKeySees) {
  TenantRig rig({"webhooks:*"});
  rig.reader.webhook_rows[9] = some_webhook(9);
  rig.reader.webhook_rows[10] = some_webhook(10, 6);
  EXPECT_EQ(rig.ask(get("/api/webhooks", "fp_a")).status, 200);
  EXPECT_EQ(rig.reader.last_query.tenant_id, 5U);
  EXPECT_EQ(rig.ask(get("/api/webhooks?tenant_id=6", "fp_a")).status, 422);
  EXPECT_EQ(rig.ask(get("/api/webhooks/count", "fp_a")).body,
            R"({"success":true,"data":{"count":1}})");
  EXPECT_EQ(rig.ask(get("/api/webhooks/9", "fp_a")).status, 200);
  EXPECT_EQ(rig.ask(get("/api/webhooks/10", "fp_a")).body,
            rig.ask(get("/api/webhooks/11", "fp_a")).body);
  EXPECT_EQ(rig.ask(ApiRig::keyed("POST", "/api/webhooks/10/rotate_secret", "")).status, 404);
}

TEST(ApiWebhooks, ChangesByAKeyCarryTheKeyAndItsTenant) {
  TenantRig rig({"webhooks:write"});
  rig.reader.webhook_rows[9] = some_webhook(9);
  const auto caller_of = [&](std::string_view method, std::string_view path,
                             std::string_view body) {
    const auto command = rig.command_of(ApiRig::keyed(method, path, body));
    rig.answer_with(OutcomeCode::kNotFound);
    return std::visit(
        [](const auto& change) -> core::Caller {
          if constexpr (requires { *change.caller; }) return *change.caller;
          return {};
        },
        command.change);
  };
  for (const core::Caller& caller :
       {caller_of("POST", "/api/webhooks", R"({"url":"https://h","events":["*"]})"),
        caller_of("PATCH", "/api/webhooks/9", "{}"), caller_of("DELETE", "/api/webhooks/9", ""),
        caller_of("POST", "/api/webhooks/9/restore", ""),
        caller_of("POST", "/api/webhooks/9/rotate_secret", "")}) {
    EXPECT_EQ(caller.key_id, 1U);
    EXPECT_EQ(caller.tenant_id, 5U);
  }
}

TEST(ApiWebhooks, NeedAScopeThatNamesThem) {
  for (const auto& [scopes, reads, writes] :
       {std::tuple(std::vector<std::string>{}, false, false),
        std::tuple(std::vector<std::string>{"data:*"}, false, false),
        std::tuple(std::vector<std::string>{"webhooks:read"}, true, false),
        std::tuple(std::vector<std::string>{"webhooks:write"}, false, true),
        std::tuple(std::vector<std::string>{"*"}, true, true)}) {
    TenantRig rig(scopes);
    const auto read = rig.ask(get("/api/webhooks", "fp_a"));
    EXPECT_EQ(read.status, reads ? 200 : 403);
    // A form that is refused was at least read.
    const auto write = rig.ask(ApiRig::keyed("POST", "/api/webhooks", "{}"));
    EXPECT_EQ(write.status, writes ? 422 : 403);
    if (!reads) {
      EXPECT_EQ(read.body, failure("FORBIDDEN", "The key lacks the scope webhooks:read"));
    }
    EXPECT_EQ(rig.usage.records.size(), 2U);
  }
}

TEST(ApiWebhooks, AreNobodysWithoutACredential) {
  ApiRig rig;
  EXPECT_EQ(rig.ask(get("/api/webhooks", "")).body, failure("UNAUTHORIZED", "API key required"));
  EXPECT_EQ(rig.ask(get("/api/webhooks", "fp_b")).body, failure("UNAUTHORIZED", "Invalid API key"));
}

TEST(ApiWebhooks, AnswerNotModifiedToWhoHasTheVersion) {
  ApiRig rig;
  rig.reader.webhook_rows[9] = some_webhook(9);
  rig.reader.webhook_rows[10] = some_webhook(10);
  rig.reader.webhook_rows[10].deleted_at = 1;
  EXPECT_EQ(rig.ask("GET /api/webhooks/9 HTTP/1.1\r\nHost: t\r\nIf-None-Match: \"1\"\r\n"
                    "Authorization: Bearer " +
                    std::string(test::kAdminToken) + "\r\n\r\n")
                .status,
            304);
  EXPECT_EQ(rig.admin_get("/api/webhooks/10").body, failure("NOT_FOUND", "No such webhook"));
  EXPECT_EQ(rig.admin_get("/api/webhooks/10?include_deleted=true").status, 200);
}

// With admin tokens of two roles; that of the tenant is confined to tenant 5. Webhook 9 is tenant
// 5's, webhook 10 tenant 6's.
class ApiWebhooksOfTokens : public testing::Test {
 protected:
  ApiWebhooksOfTokens() {
    rig_.admins.add(kReader, core::AdminRole::kReadOnly);
    rig_.admins.add(kTenant, core::AdminRole::kTenant, 5);
    rig_.reader.webhook_rows[9] = some_webhook(9);
    rig_.reader.webhook_rows[10] = some_webhook(10, 6);
  }
  static std::string request(std::string_view method, std::string_view path, std::string_view token,
                             std::string_view body = "") {
    return std::string(method) + " " + std::string(path) +
           " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + std::string(token) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }
  test::HttpAnswer ask(std::string_view method, std::string_view path, std::string_view token) {
    return rig_.ask(request(method, path, token));
  }

  const std::string kReader = "ta_reader" + std::string(37, '0');
  const std::string kTenant = "ta_tenant" + std::string(37, '0');
  ApiRig rig_;
};

TEST_F(ApiWebhooksOfTokens, ARoleThatOnlyReadsSeesThemAllAndChangesNone) {
  for (const std::string_view path : {"/api/webhooks/9", "/api/webhooks/10", "/api/webhooks"}) {
    EXPECT_EQ(ask("GET", path, kReader).status, 200) << path;
  }
  const auto refused = ask("DELETE", "/api/webhooks/9", kReader);
  EXPECT_EQ(refused.body, failure("FORBIDDEN", "The token's role read_only does not allow this"));
  EXPECT_EQ(ask("POST", "/api/webhooks/9/rotate_secret", kReader).status, 403);
  EXPECT_TRUE(rig_.usage.records.empty());  // It is no key.
}

TEST_F(ApiWebhooksOfTokens, OthersWebhooksDoNotExistForATenantsToken) {
  EXPECT_EQ(ask("GET", "/api/webhooks/9", kTenant).status, 200);
  for (const std::string_view path :
       {"/api/webhooks/10", "/api/webhooks/11", "/api/webhooks/10?include_deleted=true"}) {
    EXPECT_EQ(ask("GET", path, kTenant).body, failure("NOT_FOUND", "No such webhook")) << path;
  }
  EXPECT_EQ(ask("POST", "/api/webhooks/10/rotate_secret", kTenant).status, 404);
  EXPECT_TRUE(rig_.commands.waiting.empty());
  EXPECT_EQ(ask("GET", "/api/webhooks", kTenant).status, 200);
  EXPECT_EQ(rig_.reader.last_query.tenant_id, 5U);
  EXPECT_EQ(ask("GET", "/api/webhooks?tenant_id=5", kTenant).status, 200);
  const auto refused = ask("GET", "/api/webhooks?tenant_id=6", kTenant);
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find("must be the token's own"), std::string::npos);
  EXPECT_EQ(ask("GET", "/api/webhooks/count", kTenant).body,
            R"({"success":true,"data":{"count":1}})");
}

TEST_F(ApiWebhooksOfTokens, ATokensCommandNamesTheTokenAndNoKey) {
  const auto command = rig_.command_of(request("POST", "/api/webhooks", kTenant, kBody));
  ASSERT_TRUE(command.actor.has_value());
  EXPECT_EQ(command.actor->token_id, 2U);
  EXPECT_FALSE(std::get<core::CreateWebhook>(command.change).caller.has_value());
  rig_.answer_with(OutcomeCode::kInvalid, "tenant_id", "names no tenant");
  TenantRig keyed({"webhooks:*"});
  const auto by_key = keyed.command_of(ApiRig::keyed("DELETE", "/api/webhooks/9", ""));
  EXPECT_FALSE(by_key.actor.has_value());
  EXPECT_TRUE(std::get<core::DeleteWebhook>(by_key.change).caller.has_value());
}

TEST_F(ApiWebhooksOfTokens, ATokenThatEndedIsRefusedAsOne) {
  rig_.admins.token_rows[2].expires_at = 1;
  EXPECT_EQ(ask("GET", "/api/webhooks", kTenant).body,
            failure("UNAUTHORIZED", "Admin token expired"));
  rig_.admins.token_rows[2].expires_at = 0;
  rig_.index.tenants[5].active = false;
  EXPECT_EQ(ask("GET", "/api/webhooks", kTenant).body, failure("FORBIDDEN", "Tenant is inactive"));
}

}  // namespace
}  // namespace net
