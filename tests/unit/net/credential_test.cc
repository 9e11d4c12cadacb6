#include "net/credential.h"

#include <gtest/gtest.h>

#include "tests/support/head_reading.h"

namespace net {
namespace {

std::string secret_in(std::string_view lines) {
  const test::ReadHead read("GET /", lines);
  return std::string(presented_secret(read.head));
}

TEST(Credential, IsTheApiKeyFieldBeforeTheBearer) {
  EXPECT_EQ(secret_in(""), "");
  EXPECT_EQ(secret_in("X-API-Key: fp_a\r\n"), "fp_a");
  EXPECT_EQ(secret_in("authorization: BEARER fp_b\r\n"), "fp_b");
  EXPECT_EQ(secret_in("Authorization: Bearer fp_b\r\nX-API-Key: fp_a\r\n"), "fp_a");
  EXPECT_EQ(secret_in("Authorization: Bearer fp_b\r\nX-API-Key:\r\n"), "");
}

TEST(Credential, OfAuthorizationIsTheTextBehindTheSchemeBearerAlone) {
  for (const std::string_view value :
       {"", "Bearer", "Bearer ", "Basic fp_b", "Bearerfp_b", "fp_b", "Bear fp_b"}) {
    EXPECT_EQ(secret_in("Authorization: " + std::string(value) + "\r\n"), "") << value;
  }
  const test::ReadHead read("GET /", "X-API-Key: fp_a\r\n");
  EXPECT_EQ(bearer(read.head), "");
}

}  // namespace
}  // namespace net
