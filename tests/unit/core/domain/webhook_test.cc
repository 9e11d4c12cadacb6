#include "core/domain/webhook.h"

#include <gtest/gtest.h>

#include <utility>

#include "core/base/base64.h"
#include "tests/support/fake_ports.h"

namespace core {
namespace {

TEST(WebhookSecret, MadeIsThatOfStandardWebhooksWith32RandomBytes) {
  test::CountingRandom random;
  const WebhookSecret first(random);
  const WebhookSecret second(random);
  EXPECT_TRUE(first.text().starts_with("whsec_AAECAwQF"));  // Bytes 0, 1, 2 ...
  EXPECT_EQ(first.text().size(), 6U + 44U);
  EXPECT_NE(first.text(), second.text());
  EXPECT_TRUE(WebhookSecret::of_text(first.text()).has_value());
}

TEST(WebhookSecret, BroughtWithThePrefixHas24To64BytesBehindIt) {
  // The one of the vectors of Standard Webhooks.
  EXPECT_TRUE(WebhookSecret::of_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").has_value());
  for (const std::size_t bytes : {0U, 1U, 23U, 24U, 64U, 65U, 180U}) {
    const std::string key(bytes, 'k');
    const auto secret = WebhookSecret::of_text("whsec_" + to_base64(as_bytes(key)));
    EXPECT_EQ(secret.has_value(), bytes >= 24 && bytes <= 64) << bytes;
  }
  const auto wrong = WebhookSecret::of_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_STREQ(wrong.error().what, "must have the base64 of 24 to 64 bytes behind \"whsec_\"");
}

TEST(WebhookSecret, BroughtWithoutThePrefixHas8To256BytesOfAnything) {
  for (const std::size_t bytes : {0U, 7U, 8U, 256U, 257U}) {
    const std::string text(bytes, 'w');
    const auto secret = WebhookSecret::of_text(text);
    EXPECT_EQ(secret.has_value(), bytes == 8 || bytes == 256) << bytes;
    if (!secret) continue;
    EXPECT_EQ(secret->text(), text);
  }
}

TEST(WebhookSecret, IsSealedForOneTenantOnly) {
  const SecretBox box = test::secret_box();
  test::CountingRandom random;
  const WebhookSecret secret(random);
  const std::string sealed = secret.seal(box, 5, random);
  EXPECT_EQ(sealed.find(secret.text().substr(6)), std::string::npos);
  const auto opened = WebhookSecret::open(box, 5, sealed);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->text(), secret.text());
  EXPECT_FALSE(WebhookSecret::open(box, 6, sealed).has_value());
  EXPECT_FALSE(WebhookSecret::open(box, 5, "").has_value());
  const std::string too_long = box.seal(std::string(257, 's'), "", random);
  EXPECT_FALSE(WebhookSecret::open(box, 5, too_long).has_value());
}

TEST(WebhookSecret, LeavesNothingBehindWhereItWasMovedFrom) {
  test::CountingRandom random;
  WebhookSecret secret(random);
  const std::string text(secret.text());
  const char* const at = secret.text().data();
  const WebhookSecret moved(std::move(secret));
  EXPECT_EQ(moved.text(), text);
  EXPECT_EQ(std::string(at, text.size()), std::string(text.size(), '\0'));
  WebhookSecret assigned(random);
  assigned = WebhookSecret(random);
  EXPECT_EQ(assigned.text().size(), text.size());
}

TEST(ReplaceSecret, KeepsTheOldOneForTheOverlapAndNoLonger) {
  Webhook webhook;
  webhook.sealed = "one";
  replace_secret(webhook, {.sealed = "two", .overlap_s = 60}, 1'000'000);
  EXPECT_EQ(webhook.sealed, "two");
  ASSERT_TRUE(webhook.previous.has_value());
  EXPECT_EQ(webhook.previous->sealed, "one");
  EXPECT_EQ(webhook.previous->until, 61'000'000);
  replace_secret(webhook, {.sealed = "three", .overlap_s = 0}, 2'000'000);
  EXPECT_EQ(webhook.sealed, "three");
  EXPECT_FALSE(webhook.previous.has_value());
}

TEST(WebhookUrl, IsAbsoluteHttpWithoutUserAndFragment) {
  for (const auto& [text, normal] :
       {std::pair("https://example.com/hook", "https://example.com/hook"),
        std::pair("HTTP://Example.COM:8080/A?b=%20", "http://example.com:8080/A?b=%20"),
        std::pair("http://127.0.0.1/", "http://127.0.0.1/"),
        std::pair("https://[::1]:9/", "https://[::1]:9/")}) {
    EXPECT_EQ(normal_webhook_url(text).value_or("refused"), normal);
  }
  for (const char* text : {"",
                           "example.com",
                           "/hook",
                           "//example.com/",
                           "ftp://example.com/",
                           "file:///etc/passwd",
                           "https://",
                           "https:///x",
                           "https://ada@example.com/",
                           "https://ada:pw@example.com/",
                           "https://example.com/#top",
                           "https://example.com#",
                           "https://exa mple.com/",
                           "https://example.com/\xC3\xA9",
                           "https://example.com:0/",
                           "https://example.com:65536/",
                           "http://2130706433/",
                           "http://0x7f.1/",
                           "http://127.1/",
                           "https://[::1/",
                           "https://[fe80::1%25eth0]/",
                           "https://example.com\\@evil.example/"}) {
    EXPECT_FALSE(normal_webhook_url(text).has_value()) << text;
  }
}

TEST(WebhookUrl, HasAtMost2048Characters) {
  const std::string longest = "https://h/" + std::string(kWebhookUrlBytesMax - 10, 'p');
  EXPECT_EQ(normal_webhook_url(longest).value_or(""), longest);
  const auto longer = normal_webhook_url(longest + "p");
  ASSERT_FALSE(longer.has_value());
  EXPECT_STREQ(longer.error().what, "must have at most 2048 characters");
}

TEST(EventName, IsTwoWordsJoinedByADot) {
  const std::string word(64, 'w');
  for (const std::string& name : {std::string("key.created"), std::string("line_item.v2"),
                                  std::string("a.b"), word + "." + word}) {
    EXPECT_TRUE(is_event_name(name)) << name;
    EXPECT_TRUE(is_event_pattern(name)) << name;
  }
  for (const std::string& name :
       {std::string(""), std::string("key"), std::string("."), std::string("key."),
        std::string(".created"), std::string("key..created"), std::string("a.b.c"),
        std::string("Key.created"), std::string("key.cre-ated"), std::string("key.created "),
        std::string("*.created"), std::string("k*.created"), std::string("key.c*"),
        std::string("**"), std::string("*.*"), std::string("key.**"), word + "w.a",
        "a." + word + "w"}) {
    EXPECT_FALSE(is_event_name(name)) << name;
    EXPECT_FALSE(is_event_pattern(name)) << name;
  }
}

TEST(EventPattern, IsANameOrAllThatBeginsWithAWordOrAll) {
  EXPECT_TRUE(is_event_pattern("*"));
  EXPECT_TRUE(is_event_pattern("rate_limit.*"));
  EXPECT_FALSE(is_event_pattern(".*"));
  EXPECT_FALSE(is_event_name("*"));
  EXPECT_FALSE(is_event_name("key.*"));
}

}  // namespace
}  // namespace core
