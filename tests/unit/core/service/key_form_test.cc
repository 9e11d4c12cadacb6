#include "core/service/key_form.h"

#include <gtest/gtest.h>

#include "tests/support/form_reading.h"

namespace core {
namespace {

using test::FormReading;
using test::Issues;
using test::times;

constexpr WallMicros kNow = 1'000'000 * kMicrosPerSecond;  // 1970-01-12T13:46:40Z

auto create(std::string_view text) {
  return FormReading(text, [](Form& form) { return read_create_key(form, kNow); });
}
auto create_with(std::string_view more) {
  return create(R"({"name":"n","tenant_id":1,)" + std::string(more) + "}");
}
auto change(std::string_view text) {
  return FormReading(text, [](Form& form) { return read_update_key(form, 7); });
}

TEST(KeyForm, MakesAKeyOfNameAndTenantWithTheDefaults) {
  const auto form = create(R"({"name":"n","tenant_id":12})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.name, "n");
  EXPECT_EQ(form.value.tenant_id, 12U);
  EXPECT_TRUE(form.value.scopes.empty());
  EXPECT_EQ(form.value.limit, (RateLimit{.rate_limit = 1000, .window_s = 3600, .burst = 1000}));
  EXPECT_TRUE(form.value.is_active);
  EXPECT_EQ(form.value.expires_at, 0);
  EXPECT_EQ(form.value.metadata, "{}");
  EXPECT_TRUE(form.value.display.empty());  // The secret is no matter of the form's.
}

TEST(KeyForm, RequiresNameAndTenantAndNamesUnknownFields) {
  EXPECT_EQ(create(R"({"key":"fp_mine","display":"x"})").issues,
            (Issues{{"name", "is required"},
                    {"tenant_id", "is required"},
                    {"key", "is not a known field"},
                    {"display", "is not a known field"}}));
  const Issues bad_id{{"tenant_id", "must be an integer from 1 to 9223372036854775807"}};
  EXPECT_EQ(create(R"({"name":"n","tenant_id":0})").issues, bad_id);
  EXPECT_EQ(create(R"({"name":"n","tenant_id":-1})").issues, bad_id);
  EXPECT_EQ(create(R"({"name":"n","tenant_id":9223372036854775808})").issues, bad_id);
  EXPECT_EQ(create(R"({"name":"n","tenant_id":9223372036854775807})").issues, Issues{});
}

TEST(KeyForm, ReadsZeroAsBlockedAndNullAsUnlimited) {
  const auto blocked = create_with(R"("rate_limit":0)");
  EXPECT_EQ(blocked.issues, Issues{});
  EXPECT_EQ(blocked.value.limit.rate_limit, 0U);
  EXPECT_EQ(blocked.value.limit.burst, 1U);  // A burst is never less.
  const auto unlimited = create_with(R"("rate_limit":null)");
  EXPECT_EQ(unlimited.issues, Issues{});
  EXPECT_EQ(unlimited.value.limit.rate_limit, std::nullopt);
}

TEST(KeyForm, TakesRateLimitsToBothEdgesAndNoneBeyond) {
  // Ten million a second is the fastest: the greatest limit needs a window of 215 s.
  EXPECT_EQ(create_with(R"("rate_limit":2147483647,"rate_window":215)").issues, Issues{});
  EXPECT_EQ(create_with(R"("rate_limit":1)").value.limit.rate_limit, 1U);
  const Issues refused{{"rate_limit", "must be an integer from 0 to 2147483647"}};
  EXPECT_EQ(create_with(R"("rate_limit":2147483648)").issues, refused);
  EXPECT_EQ(create_with(R"("rate_limit":-1)").issues, refused);
  EXPECT_EQ(create_with(R"("rate_limit":10.5)").issues, refused);
}

TEST(KeyForm, TakesWindowsOfASecondToAYear) {
  EXPECT_EQ(create_with(R"("rate_window":1)").value.limit.window_s, 1U);
  EXPECT_EQ(create_with(R"("rate_window":31536000)").value.limit.window_s, 31'536'000U);
  const Issues refused{{"rate_window", "must be an integer from 1 to 31536000"}};
  EXPECT_EQ(create_with(R"("rate_window":0)").issues, refused);
  EXPECT_EQ(create_with(R"("rate_window":31536001)").issues, refused);
  EXPECT_EQ(create_with(R"("rate_window":null)").issues,
            (Issues{{"rate_window", "must be an integer, not null"}}));
}

TEST(KeyForm, LetsTheBurstFollowTheLimitUnlessItIsSent) {
  EXPECT_EQ(create_with(R"("rate_limit":50)").value.limit.burst, 50U);
  EXPECT_EQ(create_with(R"("rate_limit":50,"burst":null)").value.limit.burst, 50U);
  EXPECT_EQ(create_with(R"("rate_limit":50,"burst":5)").value.limit.burst, 5U);
  EXPECT_EQ(create_with(R"("rate_limit":50,"burst":1)").issues, Issues{});
  EXPECT_EQ(create_with(R"("burst":0)").issues,
            (Issues{{"burst", "must be an integer from 1 to 2147483647"}}));
}

TEST(KeyForm, RefusesAPairOfLimitAndWindowThatNoBucketCanHold) {
  EXPECT_EQ(create_with(R"("rate_limit":10000000,"rate_window":1)").issues, Issues{});
  EXPECT_EQ(create_with(R"("rate_limit":10000001,"rate_window":1)").issues,
            (Issues{{"rate_limit", "is more than 10000000 a second: say null for unlimited"}}));
  // A burst of two tokens a year is refilled in two years.
  EXPECT_EQ(create_with(R"("rate_limit":1,"rate_window":31536000)").issues, Issues{});
  EXPECT_EQ(create_with(R"("rate_limit":1,"rate_window":31536000,"burst":2)").issues,
            (Issues{{"burst", "is too large: it would take more than 416 days to fill"}}));
}

TEST(KeyForm, TakesScopesOfTheGrammarOnly) {
  const auto scopes = create_with(R"("scopes":["*","data:read","line_items:*"])");
  EXPECT_EQ(scopes.issues, Issues{});
  EXPECT_EQ(scopes.value.scopes, (std::vector<std::string>{"*", "data:read", "line_items:*"}));
  for (const std::string_view bad : {R"("")", R"("data")", R"("data:delete")", R"("Data:read")"}) {
    const auto form = create_with(R"("scopes":["*",)" + std::string(bad) + "]");
    ASSERT_EQ(form.issues.size(), 1U) << bad;
    EXPECT_EQ(form.issues.begin()->first, "scopes") << bad;
  }
  EXPECT_EQ(create_with(R"("scopes":[)" + times(63, R"("*",)") + R"("*"])").issues, Issues{});
  EXPECT_EQ(create_with(R"("scopes":[)" + times(64, R"("*",)") + R"("*"])").issues,
            (Issues{{"scopes", "must have at most 64 elements"}}));
}

TEST(KeyForm, RefusesAnExpiryThatIsNotInTheFutureWhenAKeyIsMade) {
  const Issues refused{{"expires_at", "must lie in the future"}};
  EXPECT_EQ(create_with(R"("expires_at":"1970-01-12T13:46:40Z")").issues, refused);
  EXPECT_EQ(create_with(R"("expires_at":"1970-01-01T00:00:00Z")").issues, refused);
  const auto good = create_with(R"("expires_at":"1970-01-12T13:46:40.000001Z")");
  EXPECT_EQ(good.issues, Issues{});
  EXPECT_EQ(good.value.expires_at, kNow + 1);
  EXPECT_EQ(create_with(R"("expires_at":null)").value.expires_at, 0);
}

TEST(KeyForm, AllowsAnExpiryInThePastInAChangeSinceThatIsHowAKeyIsExpired) {
  EXPECT_EQ(change(R"({"expires_at":"1970-01-12T13:46:39Z"})").value.expires_at,
            kNow - kMicrosPerSecond);
  EXPECT_EQ(change(R"({"expires_at":null})").value.expires_at, 0);
  EXPECT_EQ(change("{}").value.expires_at, std::nullopt);
}

TEST(KeyForm, NeverTakesTheEpochForNever) {
  const auto form = change(R"({"expires_at":"1970-01-01T00:00:00Z"})");
  EXPECT_EQ(form.issues, Issues{});
  ASSERT_TRUE(form.value.expires_at.has_value());
  EXPECT_NE(*form.value.expires_at, 0);
  EXPECT_LE(*form.value.expires_at, 1);
}

TEST(KeyForm, KnowsOneAlgorithm) {
  EXPECT_EQ(create_with(R"("algorithm":"token_bucket")").issues, Issues{});
  EXPECT_EQ(create_with(R"("algorithm":"leaky")").issues,
            (Issues{{"algorithm", "must be \"token_bucket\""}}));
}

TEST(KeyForm, TakesAnObjectOfAtMostFourKilobytesAsMetadata) {
  EXPECT_EQ(create_with(R"("metadata": { "a" : 1 } )").value.metadata, R"({"a":1})");
  for (const std::string_view bad : {"[]", "null", "\"{}\"", "1"}) {
    EXPECT_EQ(create_with(R"("metadata":)" + std::string(bad)).issues,
              (Issues{{"metadata", "must be a JSON object"}}))
        << bad;
  }
  const auto of_bytes = [](std::size_t bytes) {  // {"a":"..."}: eight bytes around the text.
    return create_with(R"("metadata":{"a":")" + times(bytes - 8, "x") + R"("})").issues;
  };
  EXPECT_EQ(of_bytes(4096), Issues{});
  EXPECT_EQ(of_bytes(4097), (Issues{{"metadata", "must have at most 4096 bytes as compact JSON"}}));
}

TEST(KeyForm, ChangesOnlyWhatIsSent) {
  const auto nothing = change("{}");
  EXPECT_EQ(nothing.issues, Issues{});
  EXPECT_EQ(nothing.value.id, 7U);
  EXPECT_FALSE(nothing.value.name || nothing.value.scopes || nothing.value.is_active ||
               nothing.value.metadata || nothing.value.limit.rate_limit_sent ||
               nothing.value.limit.window_s || nothing.value.limit.burst);
  const auto limit = change(R"({"rate_limit":5,"scopes":[]})");
  EXPECT_TRUE(limit.value.limit.rate_limit_sent);
  EXPECT_EQ(limit.value.limit.rate_limit, 5U);
  EXPECT_EQ(limit.value.limit.burst, std::nullopt);
  EXPECT_EQ(limit.value.scopes, std::vector<std::string>{});
  const auto unlimited = change(R"({"rate_limit":null})");
  EXPECT_TRUE(unlimited.value.limit.rate_limit_sent);
  EXPECT_EQ(unlimited.value.limit.rate_limit, std::nullopt);
  EXPECT_EQ(change(R"({"tenant_id":2})").issues, (Issues{{"tenant_id", "is not a known field"}}));
}

ApiKey some_key() {
  ApiKey key;
  key.id = 4;
  key.tenant_id = 2;
  key.name = "n";
  key.display = "fp_AbCd...wXyZ";
  key.scopes = {"data:read"};
  key.created_at = key.updated_at = kMicrosPerSecond;
  return key;
}

TEST(KeyForm, WritesAKeyWithoutSecretDigestOrSlot) {
  std::string json;
  append_json(json, some_key(), {.total = 3, .last_used_at = 2 * kMicrosPerSecond});
  EXPECT_EQ(
      json,
      R"({"id":4,"tenant_id":2,"name":"n","display":"fp_AbCd...wXyZ",)"
      R"("scopes":["data:read"],"rate_limit":1000,"rate_window":3600,"burst":1000,)"
      R"("algorithm":"token_bucket","allowed_ips":[],"is_active":true,"expires_at":null,)"
      R"("previous_secret_expires_at":null,"last_used_at":"1970-01-01T00:00:02.000000Z","metadata":{},)"
      R"("created_at":"1970-01-01T00:00:01.000000Z",)"
      R"("updated_at":"1970-01-01T00:00:01.000000Z"})");
}

TEST(KeyForm, WritesNullForAnUnlimitedKeyAndForOneNeverUsed) {
  ApiKey key = some_key();
  key.limit.rate_limit.reset();
  key.deleted_at = 3 * kMicrosPerSecond;
  std::string json;
  append_json(json, key, {});
  EXPECT_NE(json.find(R"("rate_limit":null,)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("last_used_at":null,)"), std::string::npos) << json;
  EXPECT_TRUE(json.ends_with(R"(,"deleted_at":"1970-01-01T00:00:03.000000Z"})")) << json;
}

TEST(KeyForm, PutsTheSecretFirstInTheOneAnswerThatShowsIt) {
  std::string with, without;
  append_json_with_secret(with, some_key(), "fp_secret");
  append_json(without, some_key(), {});
  EXPECT_EQ(with, R"({"key":"fp_secret",)" + without.substr(1));
}

TEST(KeyForm, ReadsHowLongAReplacedSecretWorksOn) {
  const auto rotate = [](std::string_view text) {
    return FormReading(text, [](Form& form) { return read_rotate_key(form, 7); });
  };
  EXPECT_EQ(rotate("{}").value.id, 7U);
  EXPECT_EQ(rotate("{}").value.secret.overlap_s, 0U);
  EXPECT_EQ(rotate(R"({"overlap_seconds":2592000})").value.secret.overlap_s, 2592000U);
  const Issues bad{{"overlap_seconds", "must be an integer from 0 to 2592000"}};
  EXPECT_EQ(rotate(R"({"overlap_seconds":2592001})").issues, bad);
  EXPECT_EQ(rotate(R"({"overlap_seconds":-1})").issues, bad);
  EXPECT_EQ(rotate(R"({"key":"fp_mine"})").issues, (Issues{{"key", "is not a known field"}}));
}

TEST(KeyForm, ShowsWhenThePreviousSecretEnds) {
  ApiKey key;
  std::string json;
  append_json(json, key, {});
  EXPECT_NE(json.find(R"("previous_secret_expires_at":null)"), std::string::npos) << json;
  key.previous = {.digest = {}, .until_s = 1};
  json.clear();
  append_json(json, key, {});
  EXPECT_NE(json.find(R"("previous_secret_expires_at":"1970-01-01T00:00:01.000000Z")"),
            std::string::npos)
      << json;
}

TEST(KeyForm, ReadsAllowedIpsAndShowsThemInOneSpelling) {
  const auto form =
      create_with(R"("allowed_ips":["10.0.0.0/8","::FFFF:192.0.2.1","2001:DB8::/32"])");
  EXPECT_EQ(form.issues, Issues{});
  ASSERT_EQ(form.value.allowed_ips.size(), 3U);
  ApiKey key;
  key.allowed_ips = form.value.allowed_ips;
  std::string json;
  append_json(json, key, {});
  EXPECT_NE(json.find(R"("allowed_ips":["10.0.0.0/8","192.0.2.1","2001:db8::/32"])"),
            std::string::npos)
      << json;
  EXPECT_EQ(change("{}").value.allowed_ips, std::nullopt);
  EXPECT_EQ(change(R"({"allowed_ips":[]})").value.allowed_ips, std::vector<IpNetwork>{});
}

TEST(KeyForm, NamesTheElementOfAllowedIpsThatDoesNotFit) {
  EXPECT_EQ(create_with(R"("allowed_ips":["10.0.0.0/8","localhost"])").issues,
            (Issues{{"allowed_ips",
                     "\"localhost\" is neither an IPv4 or IPv6 address nor a network of one"}}));
  EXPECT_EQ(change(R"({"allowed_ips":["10.0.0.1/8"]})").issues,
            (Issues{{"allowed_ips", "\"10.0.0.1/8\" has bits set behind its prefix"}}));
  EXPECT_EQ(create_with(R"("allowed_ips":"10.0.0.1")").issues.size(), 1U);
  EXPECT_EQ(create_with(R"("allowed_ips":[1])").issues.size(), 1U);
  EXPECT_EQ(create_with(R"("allowed_ips":[)" + times(31, R"("::1",)") + R"("::1"])").issues,
            Issues{});
  EXPECT_EQ(create_with(R"("allowed_ips":[)" + times(32, R"("::1",)") + R"("::1"])").issues,
            (Issues{{"allowed_ips", "must have at most 32 elements"}}));
}

TEST(KeyForm, ReplacesWhatIsNotSentByItsDefault) {
  const auto replace = [](std::string_view text) {
    return FormReading(text, [](Form& form) { return read_replace_key(form, 7); });
  };
  const auto form = replace(R"({"name":"n"})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.id, 7U);
  EXPECT_EQ(form.value.tenant_id, std::nullopt);
  EXPECT_EQ(form.value.scopes, std::vector<std::string>{});
  EXPECT_EQ(form.value.allowed_ips, std::vector<IpNetwork>{});
  EXPECT_EQ(form.value.is_active, true);
  EXPECT_EQ(form.value.expires_at, 0);
  EXPECT_EQ(form.value.metadata, "{}");
  EXPECT_TRUE(form.value.limit.rate_limit_sent);
  EXPECT_EQ(form.value.limit.rate_limit, 1000U);
  EXPECT_EQ(form.value.limit.window_s, 3600U);
  EXPECT_EQ(form.value.limit.burst, 1000U);

  const auto full = replace(
      R"({"name":"n","tenant_id":5,"rate_limit":null,"burst":9,"is_active":false,"scopes":["*"]})");
  EXPECT_EQ(full.issues, Issues{});
  EXPECT_EQ(full.value.tenant_id, 5U);
  EXPECT_EQ(full.value.limit.rate_limit, std::nullopt);
  EXPECT_EQ(full.value.limit.burst, 9U);
  EXPECT_EQ(full.value.is_active, false);
  EXPECT_EQ(full.value.scopes, std::vector<std::string>{"*"});
  EXPECT_EQ(replace("{}").issues, (Issues{{"name", "is required"}}));
  EXPECT_EQ(change(R"({"tenant_id":5})").issues, (Issues{{"tenant_id", "is not a known field"}}));
}

}  // namespace
}  // namespace core
