#include "storage/admin_codec.h"

#include <gtest/gtest.h>

#include "storage/catalog_codec.h"

namespace {

const core::Bytes kKey = core::as_bytes("key");

core::AdminToken some_token() {
  core::AdminToken token;
  token.id = 7;
  token.name = "ops";
  token.display = "ta_AbCd...wXyZ";
  token.digest.bytes.fill(std::byte{0xAB});
  token.role = core::AdminRole::kTenant;
  token.tenant_id = 5;
  token.expires_at = 1;
  token.created_at = 2;
  token.updated_at = 3;
  token.deleted_at = 4;
  token.version = 6;
  return token;
}

core::AuditEntry some_entry() {
  core::AuditEntry entry;
  entry.id = 9;
  entry.created_at = 1;
  entry.actor = "ops";
  entry.actor_id = 2;
  entry.address = *core::parse_address("192.0.2.1");
  entry.request_id = "r";
  entry.action = "key.created";
  entry.resource = "api_keys";
  entry.row_id = 3;
  entry.tenant_id = 4;
  entry.after = R"({"id":3})";
  return entry;
}

std::optional<core::AdminToken> token_of(const std::string& stored) {
  return storage::decode_admin_token(7, *storage::unseal(kKey, core::as_bytes(stored)));
}

TEST(AdminCodec, ATokenLiesByteByByteAsTheFormatSays) {
  const std::string stored = storage::encode(some_token(), kKey);
  const std::string_view payload = std::string_view(stored).substr(0, 88 + 3 + 14);
  std::string head("\1\2\3\0\x0E\0\0\0", 8);  // Layout, role, lengths.
  for (const char number : {5, 1, 2, 3, 4, 6}) head += number + std::string(7, '\0');
  EXPECT_EQ(payload, head + std::string(32, '\xAB') + "opsta_AbCd...wXyZ");
  EXPECT_EQ(stored.size(), payload.size() + storage::kChecksumBytes);
}

TEST(AdminCodec, ATokenReadsBack) {
  const auto token = token_of(storage::encode(some_token(), kKey));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->id, 7u);
  EXPECT_EQ(token->name, "ops");
  EXPECT_EQ(token->display, "ta_AbCd...wXyZ");
  EXPECT_EQ(token->digest.bytes, some_token().digest.bytes);
  EXPECT_EQ(token->role, core::AdminRole::kTenant);
  EXPECT_EQ(token->tenant_id, 5u);
  EXPECT_EQ(token->expires_at, 1);
  EXPECT_EQ(token->created_at, 2);
  EXPECT_EQ(token->updated_at, 3);
  EXPECT_EQ(token->deleted_at, 4);
  EXPECT_EQ(token->version, 6u);
}

TEST(AdminCodec, ATokenThatWouldBeConfinedToNothingIsMalformed) {
  core::AdminToken token = some_token();
  token.tenant_id = 0;
  EXPECT_FALSE(token_of(storage::encode(token, kKey)));
  token = some_token();
  token.role = core::AdminRole::kReadOnly;
  EXPECT_FALSE(token_of(storage::encode(token, kKey)));
}

TEST(AdminCodec, AnUnknownRoleAndAWrongLengthAreMalformed) {
  std::string stored = storage::encode(some_token(), kKey);
  std::string payload = stored.substr(0, stored.size() - storage::kChecksumBytes);
  ASSERT_TRUE(storage::decode_admin_token(7, core::as_bytes(payload)));
  for (std::size_t size = 0; size < payload.size(); ++size) {
    EXPECT_FALSE(storage::decode_admin_token(7, core::as_bytes(payload).first(size))) << size;
  }
  payload[1] = 3;
  EXPECT_FALSE(storage::decode_admin_token(7, core::as_bytes(payload)));
}

TEST(AdminCodec, AnEntryReadsBack) {
  const std::string stored = storage::encode(some_entry(), kKey);
  const auto found = storage::decode_audit(*storage::unseal(kKey, core::as_bytes(stored)));
  ASSERT_TRUE(found);
  const core::AuditEntry entry = storage::to_entry(9, *found);
  EXPECT_EQ(entry.id, 9u);
  EXPECT_EQ(entry.created_at, 1);
  EXPECT_EQ(entry.actor, "ops");
  EXPECT_EQ(entry.actor_id, 2u);
  EXPECT_EQ(entry.address, some_entry().address);
  EXPECT_EQ(entry.request_id, "r");
  EXPECT_EQ(entry.action, "key.created");
  EXPECT_EQ(entry.resource, "api_keys");
  EXPECT_EQ(entry.row_id, 3u);
  EXPECT_EQ(entry.tenant_id, 4u);
  EXPECT_EQ(entry.before, "null");
  EXPECT_EQ(entry.after, R"({"id":3})");
}

TEST(AdminCodec, AnEntryThatIsCutAnywhereIsMalformed) {
  const std::string stored = storage::encode(some_entry(), kKey);
  const core::Bytes payload = *storage::unseal(kKey, core::as_bytes(stored));
  for (std::size_t size = 0; size < payload.size(); ++size) {
    EXPECT_FALSE(storage::decode_audit(payload.first(size))) << size;
  }
}

}  // namespace
