#include "storage/webhook_codec.h"

#include <gtest/gtest.h>

#include "storage/lmdb.h"

namespace {

using core::Webhook;
using storage::decode_webhook;

Webhook sample() {
  return {.id = 7,
          .tenant_id = 5,
          .url = "https://h",
          .events = {"*", "a.b"},
          .description = "d",
          .is_active = true,
          .ordered = true,
          .sealed = "SEAL",
          .previous = core::PreviousSealed{.sealed = "OLD", .until = 4},
          .created_at = 1,
          .updated_at = 2,
          .deleted_at = 3,
          .version = 9};
}

std::string payload(const Webhook& webhook) {
  const core::Bytes key = storage::integer_key(webhook.id);
  const std::string stored = storage::encode(webhook, key);
  return std::string(core::as_text(*storage::unseal(key, core::as_bytes(stored))));
}

std::optional<Webhook> decoded(const std::string& text) {
  return decode_webhook(7, core::as_bytes(text));
}

void expect_equal(const Webhook& a, const Webhook& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.tenant_id, b.tenant_id);
  EXPECT_EQ(a.url, b.url);
  EXPECT_EQ(a.events, b.events);
  EXPECT_EQ(a.description, b.description);
  EXPECT_EQ(a.is_active, b.is_active);
  EXPECT_EQ(a.ordered, b.ordered);
  EXPECT_EQ(a.sealed, b.sealed);
  ASSERT_EQ(a.previous.has_value(), b.previous.has_value());
  if (a.previous) {
    EXPECT_EQ(a.previous->sealed, b.previous->sealed);
    EXPECT_EQ(a.previous->until, b.previous->until);
  }
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.updated_at, b.updated_at);
  EXPECT_EQ(a.deleted_at, b.deleted_at);
  EXPECT_EQ(a.version, b.version);
}

TEST(WebhookCodec, LaysAWebhookOutByteByByte) {
  using namespace std::string_literals;
  const auto number = [](char low) { return std::string(1, low) + std::string(7, '\0'); };
  EXPECT_EQ(payload(sample()), "\1\3\x9\0\1\0\6\0\4\0\3\0\0\0\0\0"s + number(5) + number(9) +
                                   number(4) + number(1) + number(2) + number(3) + "https://h" +
                                   "d" + "\1*\3a.b" + "SEAL" + "OLD");
}

TEST(WebhookCodec, GivesBackWhatItWasGiven) {
  Webhook webhook = sample();
  expect_equal(*decoded(payload(webhook)), webhook);
  webhook.previous.reset();
  webhook.is_active = webhook.ordered = false;
  webhook.description.clear();
  expect_equal(*decoded(payload(webhook)), webhook);
  webhook.url = std::string(core::kWebhookUrlBytesMax, 'u');
  webhook.description = std::string(4 * core::kDescriptionCharactersMax, 'd');
  webhook.events.assign(core::kEventPatternsMax, std::string(129, 'e'));
  webhook.sealed = std::string(300, 's');
  expect_equal(*decoded(payload(webhook)), webhook);
}

TEST(WebhookCodec, RefusesWhatIsCutLongerOrOfAnotherLayout) {
  const std::string whole = payload(sample());
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_FALSE(decoded(whole.substr(0, bytes)).has_value()) << bytes;
  }
  EXPECT_FALSE(decoded(whole + "x").has_value());
  std::string other = whole;
  other[0] = 2;
  EXPECT_FALSE(decoded(other).has_value());
  std::string torn = whole;
  torn[sizeof(storage::WebhookHead) + 10] = 100;  // The length of the first pattern.
  EXPECT_FALSE(decoded(torn).has_value());
}

TEST(WebhookCodec, ShowsWhetherItIsDeletedWithoutDecoding) {
  const std::string text = payload(sample());
  EXPECT_EQ(storage::peek_deleted_at<storage::WebhookHead>(core::as_bytes(text)), 3);
}

}  // namespace
