#include "net/openapi_operation.h"

#include <gtest/gtest.h>

#include "net/responder.h"
#include "tests/support/json_text.h"

namespace net {
namespace {

std::string written(const Operation& operation) {
  std::string text;
  core::JsonWriter json(text);
  write_operation(json, operation, {.tag = "Keys"});
  return text;
}

std::string statuses(const Operation& operation) {
  const std::string text = written(operation);
  const test::JsonText json(text);
  std::string all;
  for (const auto& [status, answer] : json.at("responses").members()) {
    all += std::string(status) + " ";
  }
  return all;
}

TEST(OpenApiOperation, ListsTheAnswersThatFollowFromItsRoute) {
  Operation operation{RouteId::kKey, Method::kPatch, "updateKey",           "",
                      "If-Match",    "ApiKeyUpdate", R"({"rate_limit":1})", DataShape::kVersioned,
                      "ApiKey",      "409"};
  EXPECT_EQ(statuses(operation), "200 400 401 403 404 409 412 413 422 503 ");
  operation = {RouteId::kRows,   Method::kGet, "listInvoices", "", "limit", "", "",
               DataShape::kPage, "Invoice",    "422"};
  EXPECT_EQ(statuses(operation), "200 400 401 403 404 422 429 503 ");
  operation = {RouteId::kRow,
               Method::kGet,
               "getInvoice",
               "",
               "If-None-Match",
               "",
               "",
               DataShape::kVersioned,
               "Invoice",
               ""};
  EXPECT_EQ(statuses(operation), "200 304 400 401 403 404 429 503 ");
  operation = {RouteId::kKeys, Method::kPost,         "createKey",        "",   "", "ApiKeyCreate",
               "{}",           DataShape::kVersioned, "ApiKeyWithSecret", "409"};
  EXPECT_EQ(statuses(operation), "201 400 401 403 409 413 422 503 ");
}

TEST(OpenApiOperation, WantsTheCredentialOfItsAudience) {
  const auto security = [](RouteId route) {
    const std::string text =
        written({route, Method::kGet, "x", "", "", "", "", DataShape::kOne, "Count", ""});
    return test::JsonText(text).at("security").minify();
  };
  EXPECT_EQ(security(RouteId::kHealth), "[]");
  EXPECT_EQ(security(RouteId::kMetrics), R"([{},{"adminToken":[]}])");
  EXPECT_EQ(security(RouteId::kKeys), R"([{"adminToken":[]}])");
  EXPECT_EQ(security(RouteId::kData), R"([{"apiKey":[]},{"apiKeyBearer":[]}])");
  EXPECT_EQ(security(RouteId::kVerifyKey),
            R"([{"adminToken":[]},{"apiKey":[]},{"apiKeyBearer":[]}])");
}

TEST(OpenApiOperation, OfAdminsAndTenantsTakesEitherCredentialAndTellsTheKeysLimit) {
  const std::string text =
      written({RouteId::kWebhookRotate, Method::kPost, "rotateWebhookSecret", "", "",
               "WebhookRotate", "{}", DataShape::kVersioned, "WebhookWithSecret", ""});
  const test::JsonText json(text);
  EXPECT_EQ(json.at("security").minify(),
            R"([{"adminToken":[]},{"apiKey":[]},{"apiKeyBearer":[]}])");
  EXPECT_TRUE(json.at("responses/200/headers").find("X-RateLimit-Limit").has_value());
  EXPECT_TRUE(json.at("responses").find("429").has_value());
  EXPECT_EQ(json.at("requestBody/required").minify(), "false");
}

TEST(OpenApiOperation, HasAnETagWhereARowIsShown) {
  const std::string text = written(
      {RouteId::kKey, Method::kGet, "getKey", "", "", "", "", DataShape::kVersioned, "ApiKey", ""});
  EXPECT_TRUE(test::JsonText(text).at("responses/200/headers").find("ETag").has_value());
}

TEST(OpenApiOperation, DescribesRefusalsAsTheyAreSent) {
  std::string text;
  core::JsonWriter json(text);
  write_refusals(json);
  const test::JsonText refusals(text);
  EXPECT_EQ(refusals.at("ValidationError/content/application~json/example").minify(),
            R"({"success":false,"error":{"code":"VALIDATION_ERROR","message":)"
            R"("The request has invalid fields","details":[{"field":"name","message":)"
            R"("is required"}]}})");
  EXPECT_TRUE(refusals.at("TooManyRequests/headers").find("Retry-After").has_value());
  EXPECT_TRUE(refusals.at("Unauthorized/headers").find("WWW-Authenticate").has_value());
}

}  // namespace
}  // namespace net
