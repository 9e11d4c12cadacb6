#include "net/idempotency.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/head_reading.h"

namespace net {
namespace {

struct Asked {
  std::string lines = "Idempotency-Key: k\r\n";
  std::string body = "{}";
  bool is_admin = false;
  std::uint64_t credential = 3;
  Route route = {.id = RouteId::kRowRestore, .row_id = 9};
  core::ResourceId resource = 16;
  std::string method = "POST";
};

auto read(const Asked& asked) {
  const test::ReadHead read(asked.method + " /x", asked.lines);
  core::Hasher hasher;
  return read_idempotency(read.head, asked.body,
                          {.is_admin = asked.is_admin,
                           .credential = asked.credential,
                           .route = asked.route,
                           .resource = asked.resource},
                          hasher);
}

std::string key_of(const Asked& asked) {
  return core::to_hex(read(asked).value().value().key.bytes);
}
std::string request_of(const Asked& asked) {
  return core::to_hex(read(asked).value().value().request.bytes);
}

TEST(Idempotency, IsOnlyOfAPostWithTheField) {
  EXPECT_TRUE(read({}).value());
  EXPECT_FALSE(read({.lines = ""}).value());
  for (const char* method : {"GET", "PUT", "PATCH", "DELETE"}) {
    EXPECT_FALSE(read({.lines = "Idempotency-Key: \r\n", .method = method}).value()) << method;
  }
}

TEST(Idempotency, AKeyIs1To255VisibleCharacters) {
  for (const std::string& key : {std::string("!"), std::string("\"quoted\""), std::string("~,;="),
                                 std::string(kIdempotencyKeyBytesMax, 'x')}) {
    EXPECT_TRUE(read({.lines = "Idempotency-Key: " + key + "\r\n"}).has_value()) << key;
  }
  for (const std::string& key :
       {std::string(), std::string("a b"), std::string("a\tb"), std::string("\xC3\xA4"),
        std::string(kIdempotencyKeyBytesMax + 1, 'x')}) {
    EXPECT_FALSE(read({.lines = "Idempotency-Key: " + key + "\r\n"}).has_value()) << key;
  }
}

TEST(Idempotency, TwoKeysAreNoKey) {
  EXPECT_FALSE(read({.lines = "Idempotency-Key: a\r\nidempotency-key: a\r\n"}).has_value());
}

TEST(Idempotency, AKeyIsAnotherOneForEveryCredentialRouteResourceAndRow) {
  std::set<std::string> keys;
  keys.insert(key_of({}));
  EXPECT_EQ(key_of({.body = "other"}), *keys.begin());
  keys.insert(key_of({.lines = "Idempotency-Key: K\r\n"}));
  keys.insert(key_of({.lines = "Idempotency-Key: \"k\"\r\n"}));
  keys.insert(key_of({.is_admin = true}));
  keys.insert(key_of({.credential = 4}));
  keys.insert(key_of({.route = {.id = RouteId::kRowRestore, .row_id = 10}}));
  keys.insert(key_of({.route = {.id = RouteId::kKeyRestore, .row_id = 9}}));
  keys.insert(key_of({.resource = 17}));
  EXPECT_EQ(keys.size(), 8U);
}

TEST(Idempotency, ARequestIsAnotherOneWithAnotherBodyOrIfMatch) {
  std::set<std::string> requests;
  requests.insert(request_of({}));
  EXPECT_EQ(request_of({.credential = 4}), *requests.begin());
  const std::string key = "Idempotency-Key: k\r\n";
  requests.insert(request_of({.body = "{ }"}));
  requests.insert(request_of({.body = ""}));
  requests.insert(request_of({.lines = key + "If-Match: \"1\"\r\n"}));
  requests.insert(request_of({.lines = key + "If-Match: \"2\"\r\n"}));
  requests.insert(request_of({.lines = key + "If-Match: \"1\"\r\nIf-Match: \"2\"\r\n"}));
  EXPECT_EQ(requests.size(), 6U);
}

}  // namespace
}  // namespace net
