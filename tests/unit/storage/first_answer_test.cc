#include "storage/first_answer.h"

#include <gtest/gtest.h>

#include "storage/catalog_codec.h"
#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;

const core::Digest kKey = test::digest_of(1);

storage::FirstAnswer answer_of(core::Outcome outcome) {
  return {.when = 77, .request = test::digest_of(2), .outcome = std::move(outcome)};
}

std::optional<storage::FirstAnswer> decode(const std::string& stored) {
  const auto payload = storage::unseal(kKey.bytes, core::as_bytes(stored));
  if (!payload) return std::nullopt;
  return storage::decode_first_answer(kKey.bytes, *payload);
}

core::Outcome round_trip(core::Outcome outcome) {
  const auto read = decode(encode(answer_of(std::move(outcome)), kKey.bytes));
  CHECK(read.has_value());
  EXPECT_EQ(read->when, 77);
  EXPECT_TRUE(core::ct_equal(read->request, test::digest_of(2)));
  return read->outcome;
}

TEST(FirstAnswer, KeepsRowsOfEveryKind) {
  core::Tenant tenant{.id = 3, .name = "Acme", .slug = "acme", .created_at = 5, .version = 2};
  EXPECT_EQ(
      std::get<core::Tenant>(round_trip({.code = OutcomeCode::kDone, .row = tenant}).row).slug,
      "acme");

  core::ApiKey key;
  key.id = 9;
  key.name = "n";
  key.scopes = {"data:read"};
  const auto read =
      std::get<core::ApiKey>(round_trip({.code = OutcomeCode::kDone, .row = key}).row);
  EXPECT_EQ(read.id, 9u);
  EXPECT_EQ(read.scopes, key.scopes);

  core::Resource resource = core::data_resource();
  resource.id = 17;
  EXPECT_EQ(
      std::get<core::Resource>(round_trip({.code = OutcomeCode::kDone, .row = resource}).row).id,
      17u);

  core::AdminToken token;
  token.id = 5;
  token.name = "ops";
  const auto shown =
      std::get<core::AdminToken>(round_trip({.code = OutcomeCode::kDone, .row = token}).row);
  EXPECT_EQ(shown.id, 5u);
  EXPECT_EQ(shown.name, "ops");

  core::Webhook webhook;
  webhook.id = 6;
  webhook.sealed = "sealed";
  const auto hook =
      std::get<core::Webhook>(round_trip({.code = OutcomeCode::kDone, .row = webhook}).row);
  EXPECT_EQ(hook.id, 6u);
  EXPECT_EQ(hook.sealed, "sealed");

  const core::RowImage row{.id = 4, .version = 6, .json = R"({"id":4})"};
  const auto image =
      std::get<core::RowImage>(round_trip({.code = OutcomeCode::kDone, .row = row}).row);
  EXPECT_EQ(image.id, 4u);
  EXPECT_EQ(image.version, 6u);
  EXPECT_EQ(image.json, row.json);
}

TEST(FirstAnswer, KeepsWhatTheStoreRefused) {
  for (const OutcomeCode code : {OutcomeCode::kNotFound, OutcomeCode::kConflict,
                                 OutcomeCode::kVersionDiffers, OutcomeCode::kInvalid}) {
    const auto read = round_trip({.code = code, .field = "slug", .message = "is taken", .row = {}});
    EXPECT_EQ(read.code, code);
    EXPECT_EQ(read.field, "slug");
    EXPECT_EQ(read.message, "is taken");
  }
}

TEST(FirstAnswer, FailuresAndRefusedCallersAreNotKept) {
  for (const OutcomeCode code : {OutcomeCode::kStoreFull, OutcomeCode::kUnknown,
                                 OutcomeCode::kCallerInvalid, OutcomeCode::kCallerInactive}) {
    EXPECT_FALSE(storage::is_kept({.code = code, .row = {}}));
  }
  EXPECT_TRUE(storage::is_kept({.code = OutcomeCode::kDone, .row = {}}));
}

TEST(FirstAnswer, LiesByteByByteAsItsPageSays) {
  const std::string stored = encode(
      answer_of({.code = OutcomeCode::kConflict, .field = "slug", .message = "no", .row = {}}),
      kKey.bytes);
  ASSERT_EQ(stored.size(), 64u + 6 + storage::kChecksumBytes);
  EXPECT_EQ(stored.substr(0, 16), std::string("\x01\x03\x00\x00\x04\x00\x02\x00"
                                              "\x4D\x00\x00\x00\x00\x00\x00\x00",
                                              16));
  EXPECT_EQ(stored.substr(32, 32), core::as_text(test::digest_of(2).bytes));
  EXPECT_EQ(stored.substr(64, 6), "slugno");
}

TEST(FirstAnswer, WhatIsCutOrUnknownIsNone) {
  core::ApiKey key;
  key.name = "n";
  const std::string whole = encode(answer_of({.code = OutcomeCode::kDone, .row = key}), kKey.bytes);
  const std::string payload = whole.substr(0, whole.size() - storage::kChecksumBytes);
  for (std::size_t bytes = 0; bytes < payload.size(); ++bytes) {
    EXPECT_FALSE(storage::decode_first_answer(kKey.bytes, core::as_bytes(payload.substr(0, bytes))))
        << bytes;
  }
  for (const std::size_t at : {0, 1, 2}) {  // Layout, code, kind of row.
    std::string other = payload;
    other[at] = '\x63';
    EXPECT_FALSE(storage::decode_first_answer(kKey.bytes, core::as_bytes(other))) << at;
  }
}

}  // namespace
