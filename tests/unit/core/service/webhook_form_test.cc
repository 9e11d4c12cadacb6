#include "core/service/webhook_form.h"

#include <gtest/gtest.h>

#include "tests/support/form_reading.h"

namespace core {
namespace {

using test::FormReading;
using test::Issues;
using test::times;

constexpr Caller kCaller{.key_id = 3, .tenant_id = 5};

auto create(std::string_view text, std::optional<Caller> caller = std::nullopt) {
  return FormReading(text, [=](Form& form) { return read_create_webhook(form, caller); });
}
auto change(std::string_view text) {
  return FormReading(text, [](Form& form) { return read_update_webhook(form, 7); });
}
auto replace(std::string_view text) {
  return FormReading(text, [](Form& form) { return read_replace_webhook(form, 7); });
}
auto secret(std::string_view text) {
  return FormReading(text,
                     [](Form& form) { return std::string(read_webhook_secret(form).text()); });
}

// The issues of a list of events.
Issues issues_of_events(const std::string& events) {
  return change(R"({"events":)" + events + "}").issues;
}

TEST(WebhookForm, MakesAWebhookOfWhatIsRequired) {
  const auto form = create(R"({"url":"https://H/a","events":["*"],"tenant_id":5})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.tenant_id, 5U);
  EXPECT_EQ(form.value.url, "https://h/a");
  EXPECT_EQ(form.value.events, std::vector<std::string>{"*"});
  EXPECT_EQ(form.value.description, "");
  EXPECT_TRUE(form.value.is_active);
  EXPECT_FALSE(form.value.ordered);
  EXPECT_FALSE(form.value.caller.has_value());
}

TEST(WebhookForm, TakesEveryFieldThatIsSent) {
  const auto form = create(
      R"({"url":"http://h","events":["key.*","a.b"],"tenant_id":5,"description":"d","is_active":false,"ordered":true})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.events, (std::vector<std::string>{"key.*", "a.b"}));
  EXPECT_EQ(form.value.description, "d");
  EXPECT_FALSE(form.value.is_active);
  EXPECT_TRUE(form.value.ordered);
}

TEST(WebhookForm, NamesAllThatDoesNotFitAtOnce) {
  EXPECT_EQ(create(R"({"url":"mailto:a@b.c","ordered":"yes","description":5,"id":1})").issues,
            (Issues{{"url", "must be an http or https address such as https://example.com/path"},
                    {"events", "is required"},
                    {"tenant_id", "is required"},
                    {"ordered", "must be true or false, not string"},
                    {"description", "must be a string, not number"},
                    {"id", "is not a known field"}}));
  EXPECT_EQ(
      create("{}").issues,
      (Issues{{"url", "is required"}, {"events", "is required"}, {"tenant_id", "is required"}}));
}

TEST(WebhookForm, BelongsToTheTenantOfTheKeyThatMakesIt) {
  const Issues kNotOwn{{"tenant_id", "must be the id of the key's own tenant"}};
  const auto form = create(R"({"url":"https://h","events":["*"]})", kCaller);
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.tenant_id, 5U);
  EXPECT_EQ(form.value.caller->key_id, 3U);
  EXPECT_EQ(create(R"({"url":"https://h","events":["*"],"tenant_id":5})", kCaller).issues,
            Issues{});
  const auto other = create(R"({"url":"https://h","events":["*"],"tenant_id":6})", kCaller);
  EXPECT_EQ(other.issues, kNotOwn);
  EXPECT_EQ(other.value.tenant_id, 5U);
  EXPECT_EQ(create(R"({"url":"https://h","events":["*"],"tenant_id":null})", kCaller)
                .issues.count("tenant_id"),
            2U);
}

TEST(WebhookForm, TakesPatternsOfEventsNoneTwice) {
  const std::string many = R"(["a.v0")" + [] {
    std::string more;
    for (std::size_t i = 1; i < kEventPatternsMax; ++i) more += ",\"a.v" + std::to_string(i) + "\"";
    return more;
  }();
  EXPECT_EQ(issues_of_events(many + "]"), Issues{});
  EXPECT_EQ(issues_of_events(many + R"(,"a.b"])"),
            (Issues{{"events", "must have at most 64 elements"}}));
  EXPECT_EQ(issues_of_events("[]"), (Issues{{"events", "must name at least one event"}}));
  EXPECT_EQ(issues_of_events(R"(["*","a.b","*"])"), (Issues{{"events", "holds \"*\" twice"}}));
  EXPECT_EQ(issues_of_events(R"(["a.b",1])"),
            (Issues{{"events", "must hold strings, not number"}}));
  const Issues grammar{{"events", R"(must hold "*", "name.*" or "name.verb", of [a-z0-9_])"}};
  for (const char* wrong : {R"(["created"])", R"(["a.b","A.b"])", R"([""])"}) {
    EXPECT_EQ(issues_of_events(wrong), grammar) << wrong;
  }
}

TEST(WebhookForm, BoundsUrlAndDescription) {
  const std::string url = "https://h/" + std::string(kWebhookUrlBytesMax - 10, 'p');
  EXPECT_EQ(change(R"({"url":")" + url + R"("})").issues, Issues{});
  EXPECT_EQ(change(R"({"url":")" + url + R"(p"})").issues,
            (Issues{{"url", "must have at most 2048 characters"}}));
  EXPECT_EQ(change(R"({"description":")" + times(500, "\xC3\xA9") + R"("})").issues, Issues{});
  EXPECT_EQ(change(R"({"description":")" + times(501, "d") + R"("})").issues,
            (Issues{{"description", "must have at most 500 characters"}}));
}

TEST(WebhookForm, ChangesOnlyWhatIsSent) {
  const auto form = change(R"({"ordered":true})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.id, 7U);
  EXPECT_TRUE(form.value.ordered.value());
  EXPECT_FALSE(form.value.url || form.value.events || form.value.description ||
               form.value.is_active || form.value.tenant_id);
  EXPECT_EQ(change(R"({"tenant_id":5,"secret":"s"})").issues,
            (Issues{{"tenant_id", "is not a known field"}, {"secret", "is not a known field"}}));
}

TEST(WebhookForm, ReplacesTheRestByDefaults) {
  const auto form = replace(R"({"url":"https://h","events":["*"],"tenant_id":5})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.tenant_id, 5U);
  EXPECT_EQ(form.value.description, "");
  EXPECT_TRUE(form.value.is_active.value());
  EXPECT_FALSE(form.value.ordered.value());
  EXPECT_EQ(replace("{}").issues, (Issues{{"url", "is required"}, {"events", "is required"}}));
}

TEST(WebhookForm, ReadsHowLongTheOldSecretSignsOn) {
  const auto rotate = [](std::string_view text) {
    return FormReading(text, [](Form& form) { return read_rotate_webhook(form, 7); });
  };
  EXPECT_EQ(rotate("{}").value.secret.overlap_s, 0U);
  EXPECT_EQ(rotate(R"({"overlap_seconds":2592000})").value.secret.overlap_s, 2592000U);
  EXPECT_EQ(rotate(R"({"overlap_seconds":2592001})").issues,
            (Issues{{"overlap_seconds", "must be an integer from 0 to 2592000"}}));
}

TEST(WebhookForm, ReadsASecretThatIsBrought) {
  EXPECT_EQ(secret(R"({"secret":"eight by"})").value, "eight by");
  EXPECT_EQ(secret("{}").value, "");
  EXPECT_EQ(secret("{}").issues, Issues{});
  EXPECT_EQ(secret(R"({"secret":"seven b"})").issues,
            (Issues{{"secret", "must have 8 to 256 bytes"}}));
  EXPECT_EQ(secret(R"({"secret":")" + std::string(257, 's') + R"("})").issues,
            (Issues{{"secret", "must have 8 to 256 bytes"}}));
  EXPECT_EQ(secret(R"({"secret":")" + times(129, "\xC3\xA9") + R"("})").issues,
            (Issues{{"secret", "must have 8 to 256 bytes"}}));
  EXPECT_EQ(secret(R"({"secret":null})").issues,
            (Issues{{"secret", "must be a string, not null"}}));
  EXPECT_EQ(secret(R"({"secret":"with\u0000zero"})").issues,
            (Issues{{"secret", "must not contain control characters"}}));
}

TEST(WebhookForm, ShowsEverythingButTheSecret) {
  Webhook webhook{.id = 7,
                  .tenant_id = 5,
                  .url = "https://h/\"",
                  .events = {"*", "a.b"},
                  .description = "d",
                  .sealed = "SEALED",
                  .previous = PreviousSealed{.sealed = "OLD", .until = 3'000'000},
                  .created_at = 1'000'000,
                  .updated_at = 2'000'000};
  std::string json;
  append_json(json, webhook);
  const std::string fields =
      R"("id":7,"tenant_id":5,"url":"https://h/\"","events":["*","a.b"],"description":"d",)"
      R"("is_active":true,"ordered":false,)"
      R"("previous_secret_expires_at":"1970-01-01T00:00:03.000000Z",)"
      R"("created_at":"1970-01-01T00:00:01.000000Z","updated_at":"1970-01-01T00:00:02.000000Z"})";
  EXPECT_EQ(json, "{" + fields);
  std::string once;
  append_json_with_secret(once, webhook, "whsec_x");
  EXPECT_EQ(once, R"({"secret":"whsec_x",)" + fields);
  webhook.previous.reset();
  webhook.deleted_at = 4'000'000;
  json.clear();
  append_json(json, webhook);
  EXPECT_NE(json.find(R"("previous_secret_expires_at":null)"), std::string::npos);
  EXPECT_TRUE(json.ends_with(R"("deleted_at":"1970-01-01T00:00:04.000000Z"})"));
}

}  // namespace
}  // namespace core
