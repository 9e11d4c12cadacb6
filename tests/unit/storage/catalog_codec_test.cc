#include "storage/catalog_codec.h"

#include <gtest/gtest.h>

#include "core/service/resource_form.h"

#include <string>

#include "storage/record_writer.h"

namespace {

using storage::decode_key;
using storage::decode_row;
using storage::decode_tenant;
using storage::encode;
using storage::unseal;

std::string from_hex(std::string_view hex) {
  std::string bytes;
  int high = -1;
  for (const char c : hex) {
    if (c == ' ' || c == '\n') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<char>(high * 16 + digit));
      high = -1;
    }
  }
  return bytes;
}

core::Tenant some_tenant() {
  core::Tenant tenant;
  tenant.id = 7;
  tenant.name = "Acme";
  tenant.slug = "acme";
  tenant.plan = "pro";
  tenant.created_at = 1'000'000;
  tenant.updated_at = 2'000'000;
  tenant.version = 3;
  return tenant;
}

// 32 bytes that count up from `first`.
core::Digest some_digest(unsigned first) {
  core::Digest digest;
  for (std::byte& byte : digest.bytes) byte = static_cast<std::byte>(first++);
  return digest;
}

core::ApiKey some_key() {
  core::ApiKey key;
  key.id = 9;
  key.tenant_id = 7;
  key.name = "CI";
  key.display = "fp_AbCd...wXyZ";
  key.digest = some_digest(0);
  key.scopes = {"data:read", "*"};
  key.limit = {.rate_limit = 100, .window_s = 60, .burst = 20};
  key.expires_at = 5;
  key.metadata = R"({"a":1})";
  key.created_at = 1;
  key.updated_at = 2;
  key.deleted_at = 3;
  key.version = 4;
  key.limiter_slot = 6;
  key.limit_generation = 8;
  key.previous_interval = 10;
  return key;
}

void expect_equal(const core::ApiKey& a, const core::ApiKey& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.tenant_id, b.tenant_id);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.display, b.display);
  EXPECT_TRUE(core::ct_equal(a.digest, b.digest));
  EXPECT_EQ(a.scopes, b.scopes);
  EXPECT_EQ(a.limit, b.limit);
  EXPECT_EQ(a.allowed_ips, b.allowed_ips);
  EXPECT_EQ(a.is_active, b.is_active);
  EXPECT_EQ(a.expires_at, b.expires_at);
  EXPECT_EQ(a.metadata, b.metadata);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.updated_at, b.updated_at);
  EXPECT_EQ(a.deleted_at, b.deleted_at);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.limiter_slot, b.limiter_slot);
  EXPECT_EQ(a.limit_generation, b.limit_generation);
  EXPECT_EQ(a.previous_interval, b.previous_interval);
  ASSERT_EQ(a.previous.has_value(), b.previous.has_value());
  if (!a.previous) return;
  EXPECT_TRUE(core::ct_equal(a.previous->digest, b.previous->digest));
  EXPECT_EQ(a.previous->until_s, b.previous->until_s);
}

TEST(CatalogCodec, AKeyComesBackWithEveryField) {
  const std::uint64_t id = 9;
  const core::Bytes at = storage::integer_key(id);
  core::ApiKey key = some_key();
  for (const bool unlimited : {false, true}) {
    if (unlimited) key.limit.rate_limit.reset();
    key.is_active = unlimited;
    key.previous.reset();
    if (unlimited) key.previous = {.digest = some_digest(64), .until_s = 11};
    key.allowed_ips = {*core::parse_network("10.0.0.0/8"), *core::parse_network("::/0")};
    const std::string stored = encode(key, at);
    const auto payload = unseal(at, core::as_bytes(stored));
    ASSERT_TRUE(payload);
    const auto back = decode_key(9, *payload);
    ASSERT_TRUE(back);
    expect_equal(*back, key);
    EXPECT_EQ(storage::peek_deleted_at<storage::KeyHead>(core::as_bytes(stored)), 3);
  }
}

TEST(CatalogCodec, ARowComesBackAndItsValuesAreFoundInItsJson) {
  const storage::RowKey at({7, core::kDataResource}, 1);
  core::ResourceRow row;
  row.tenant_id = 7;
  row.id = 1;
  row.values = {R"("a \"value\":1,\"created_at\":\"x\" \\ name")",
                R"({"value":{"created_at":"2026"}})"};
  row.created_at = 1'767'225'600'000'000;
  row.updated_at = row.created_at + 1;
  row.deleted_at = 99;
  row.version = 5;
  const core::ResourceSchema& schema = core::data_resource().schema;
  const std::string stored = encode(row, schema, at.bytes());
  const auto payload = unseal(at.bytes(), core::as_bytes(stored));
  ASSERT_TRUE(payload);
  const auto back = storage::decode_row(*payload);
  ASSERT_TRUE(back);
  ASSERT_EQ(back->head.fields, 2u);
  EXPECT_EQ(back->value(0), row.values[0]);
  EXPECT_EQ(back->value(1), row.values[1]);
  EXPECT_EQ(back->head.created_at, row.created_at);
  EXPECT_EQ(back->head.updated_at, row.updated_at);
  EXPECT_EQ(back->head.deleted_at, 99);
  EXPECT_EQ(back->head.version, 5u);
  std::vector<core::ValuePlace> places;
  EXPECT_EQ(back->json, to_json(row, schema, places));
}

TEST(CatalogCodec, ARowOfAnyOtherLengthIsNone) {
  const storage::RowKey at({7, core::kDataResource}, 1);
  core::ResourceRow row;
  row.values = {R"("n")", "null"};
  const std::string stored = encode(row, core::data_resource().schema, at.bytes());
  const core::Bytes payload = core::as_bytes(stored).first(stored.size() - storage::kChecksumBytes);
  ASSERT_TRUE(storage::decode_row(payload));
  for (std::size_t bytes = 0; bytes < payload.size(); ++bytes) {
    EXPECT_FALSE(storage::decode_row(payload.first(bytes))) << bytes;
  }
}

TEST(CatalogCodec, AResourceComesBack) {
  const std::uint64_t id = 16;
  const core::Bytes at = storage::integer_key(id);
  core::Resource resource = core::data_resource();
  resource.id = 16;
  resource.schema.name = "Invoice";
  resource.schema.path = "invoices";
  resource.created_at = 1;
  resource.updated_at = 2;
  resource.deleted_at = 3;
  resource.version = 4;
  const std::string stored = encode(resource, at);
  const auto back = storage::decode_resource(16, *storage::unseal(at, core::as_bytes(stored)));
  ASSERT_TRUE(back);
  EXPECT_EQ(core::to_json(back->schema), core::to_json(resource.schema));
  EXPECT_EQ(back->created_at, 1);
  EXPECT_EQ(back->updated_at, 2);
  EXPECT_EQ(back->deleted_at, 3);
  EXPECT_EQ(back->version, 4u);
}

TEST(CatalogCodec, EveryFlippedBitAndEveryOtherKeyFailsTheChecksum) {
  const std::uint64_t id = 7;
  const core::Bytes at = storage::integer_key(id);
  std::string stored = encode(some_tenant(), at);
  ASSERT_TRUE(unseal(at, core::as_bytes(stored)));
  for (std::size_t bit = 0; bit < stored.size() * 8; ++bit) {
    stored[bit / 8] = static_cast<char>(stored[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(unseal(at, core::as_bytes(stored))) << "bit " << bit;
    stored[bit / 8] = static_cast<char>(stored[bit / 8] ^ (1 << bit % 8));
  }
  const std::uint64_t other = 8;
  EXPECT_FALSE(unseal(storage::integer_key(other), core::as_bytes(stored)));
  for (std::size_t size = 0; size < stored.size(); ++size) {
    EXPECT_FALSE(unseal(at, core::as_bytes(stored).first(size)));
  }
}

// A value may pass its checksum and still be of a kind that this program does not know.
TEST(CatalogCodec, MalformedValuesAreRefusedAtEveryLength) {
  const std::uint64_t id = 9;
  const core::Bytes at = storage::integer_key(id);
  const std::string tenant = encode(some_tenant(), at);
  core::ApiKey rotated = some_key();
  rotated.previous = {.digest = some_digest(64), .until_s = 11};
  const std::string key = encode(rotated, at);
  for (std::size_t size = 0; size + storage::kChecksumBytes < key.size(); ++size) {
    EXPECT_FALSE(decode_key(9, core::as_bytes(key).first(size)));
  }
  for (std::size_t size = 0; size + storage::kChecksumBytes < tenant.size(); ++size) {
    EXPECT_FALSE(decode_tenant(7, core::as_bytes(tenant).first(size)));
  }
  std::string future = tenant.substr(0, tenant.size() - storage::kChecksumBytes);
  future[0] = 2;
  EXPECT_FALSE(decode_tenant(7, core::as_bytes(future)));
  EXPECT_FALSE(decode_row({}));
}

// The next four read values as docs/formats-store.md shows them, byte by byte.
constexpr std::string_view kTenantHex =
    "01 01 0400 0400 0300 40420f0000000000 80841e0000000000 0000000000000000 0300000000000000"
    "41636d65 61636d65 70726f";

TEST(CatalogCodecVersion1, ReadsATenant) {
  const std::uint64_t id = 7;
  const core::Bytes at = storage::integer_key(id);
  std::string stored = from_hex(kTenantHex);
  storage::seal(stored, at);
  EXPECT_EQ(stored, encode(some_tenant(), at));
  EXPECT_EQ(core::to_hex(core::as_bytes(stored).last(8)), "9a63660b22228569");
  const auto tenant = decode_tenant(7, *unseal(at, core::as_bytes(stored)));
  ASSERT_TRUE(tenant);
  EXPECT_EQ(tenant->name, "Acme");
  EXPECT_EQ(tenant->slug, "acme");
  EXPECT_EQ(tenant->plan, "pro");
  EXPECT_TRUE(tenant->is_active);
  EXPECT_EQ(tenant->created_at, 1'000'000);
  EXPECT_EQ(tenant->updated_at, 2'000'000);
  EXPECT_EQ(tenant->deleted_at, 0);
  EXPECT_EQ(tenant->version, 3u);
}

constexpr std::string_view kKeyHex =
    "01 01 0800 0200 0e00 0c000000 07000000 64000000 3c000000 14000000 06000000"
    "0700000000000000 0400000000000000 0a00000000000000 0500000000000000 0100000000000000"
    "0200000000000000 0300000000000000"
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 00000000 00000000"
    "4349 66705f416243642e2e2e7758795a 09646174613a72656164 012a 7b2261223a317d";

TEST(CatalogCodecVersion1, ReadsAKey) {
  const std::uint64_t id = 9;
  std::string stored = from_hex(kKeyHex);
  storage::seal(stored, storage::integer_key(id));
  EXPECT_EQ(stored, encode(some_key(), storage::integer_key(id)));
  const auto key = decode_key(9, *unseal(storage::integer_key(id), core::as_bytes(stored)));
  ASSERT_TRUE(key);
  expect_equal(*key, some_key());
}

TEST(CatalogCodecVersion1, ReadsAKeyWithAPreviousSecret) {
  const std::uint64_t id = 9;
  std::string stored = from_hex(kKeyHex);
  stored[120] = 11;
  stored += from_hex("404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f");
  storage::seal(stored, storage::integer_key(id));
  core::ApiKey wanted = some_key();
  wanted.previous = {.digest = some_digest(64), .until_s = 11};
  EXPECT_EQ(stored, encode(wanted, storage::integer_key(id)));
  const auto key = decode_key(9, *unseal(storage::integer_key(id), core::as_bytes(stored)));
  ASSERT_TRUE(key);
  expect_equal(*key, wanted);
  const storage::DigestEntry entry =
      storage::digest_entry(wanted.previous->digest, core::make_previous_auth_record(wanted));
  const core::Bytes bytes = std::as_bytes(std::span(&entry, 1));
  EXPECT_EQ(core::to_hex(bytes.first(24)), "48494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f");
  EXPECT_EQ(core::to_hex(bytes.last(4)), "0b000000");  // The second at which it ends.
}

constexpr std::string_view kRowHex =
    "01 00 0200 75000000 0000000000000000 40420f0000000000 0000000000000000"
    "0200000000000000 0f000000 05000000 1d000000 01000000"
    "7b226964223a312c226e616d65223a22666f6f222c2276616c7565223a312c22637265617465645f6174223a22"
    "313937302d30312d30315430303a30303a30302e3030303030305a222c22757064617465645f6174223a22"
    "313937302d30312d30315430303a30303a30312e3030303030305a227d";

TEST(CatalogCodecVersion1, ReadsAllowedIpsOfAKeyAndOfItsOwnRecord) {
  const std::uint64_t id = 9;
  const std::string networks =
      from_hex("00000000000000000000ffff0a000000 68 20010db8000000000000000000000000 20");
  std::string stored = from_hex(kKeyHex) + networks;
  stored[124] = 34;
  storage::seal(stored, storage::integer_key(id));
  core::ApiKey wanted = some_key();
  wanted.allowed_ips = {*core::parse_network("10.0.0.0/8"), *core::parse_network("2001:db8::/32")};
  EXPECT_EQ(stored, encode(wanted, storage::integer_key(id)));
  const auto key = decode_key(9, *unseal(storage::integer_key(id), core::as_bytes(stored)));
  ASSERT_TRUE(key);
  expect_equal(*key, wanted);
  EXPECT_EQ(storage::encode_networks(wanted.allowed_ips), networks);
  EXPECT_EQ(storage::decode_networks(networks), wanted.allowed_ips);
  EXPECT_FALSE(storage::decode_networks(networks.substr(1)));
  EXPECT_EQ(core::make_auth_record(wanted).flags, core::make_auth_record(some_key()).flags | 16);
}

TEST(CatalogCodecVersion2, ReadsARow) {
  const storage::RowKey at({7, core::kDataResource}, 1);
  EXPECT_EQ(core::to_hex(at.bytes()), "0000000000000007000000010000000000000001");
  std::string stored = from_hex(kRowHex);
  storage::seal(stored, at.bytes());
  const auto row = storage::decode_row(*unseal(at.bytes(), core::as_bytes(stored)));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->head.fields, 2u);
  EXPECT_EQ(row->value(0), R"("foo")");
  EXPECT_EQ(row->value(1), "1");
  EXPECT_EQ(row->json,
            R"({"id":1,"name":"foo","value":1,"created_at":"1970-01-01T00:00:00.000000Z",)"
            R"("updated_at":"1970-01-01T00:00:01.000000Z"})");
  EXPECT_EQ(row->head.version, 2u);
}

TEST(CatalogCodecVersion1, ReadsWhatRequestsAreJudgedBy) {
  // A key of no limit, so that the entry does not depend on the limiter's arithmetic.
  core::ApiKey key = some_key();
  key.limit.rate_limit.reset();
  const storage::DigestEntry entry = storage::digest_entry(key);
  const core::Bytes bytes = std::as_bytes(std::span(&entry, 1));
  EXPECT_EQ(core::to_hex(bytes),
            "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"  // The digest from byte 8 on.
            "0900000000000000"
            "0700000000000000"  // Key and tenant.
            "0500000000000000"  // expires_at.
            "0000000000000000"
            "0a00000000000000"  // Interval, and the one before.
            "00000000"
            "14000000"
            "06000000"
            "04000000"  // Rate, burst, slot, version.
            "0800"
            "0f00"
            "00000000");  // Generation, flags, no end of the secret.
}

TEST(CatalogCodecVersion1, ReadsTheFixedValues) {
  const std::string counters = from_hex(
      "0800000000000000 0a00000000000000 0500000000000000 0600000000000000 09000000 00000000"
      "0b00000000000000 0200000000000000 0c00000000000000"
      "0d00000000000000 0700000000000000");
  EXPECT_EQ(storage::decode_fixed<storage::Counters>(core::as_bytes(counters)),
            (storage::Counters{.next_tenant_id = 8,
                               .next_key_id = 10,
                               .tenants = 5,
                               .keys = 6,
                               .next_slot = 9,
                               .next_admin_token_id = 11,
                               .admin_tokens = 2,
                               .next_audit_id = 12,
                               .next_webhook_id = 13,
                               .webhooks = 7}));
  const std::string meta = from_hex("0300000000000000 0200000000000000");
  EXPECT_EQ(storage::decode_fixed<storage::RowMeta>(core::as_bytes(meta)),
            (storage::RowMeta{.next_id = 3, .count = 2}));
  EXPECT_FALSE(storage::decode_fixed<storage::RowMeta>(core::as_bytes(counters)));
}

}  // namespace
