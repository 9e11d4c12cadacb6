#include "core/domain/usage_event.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace core {
namespace {

std::string template_of(std::string_view path) {
  // Exactly the promised room, on the heap, where a sanitizer sees a byte too many.
  std::string out(kEndpointTemplateBytesMax, '#');
  out.resize(endpoint_template(path, out.data()));
  return out;
}

TEST(Method, HasTheNameOfItsRequestLine) {
  EXPECT_EQ(method_name(Method::kGet), "GET");
  EXPECT_EQ(method_name(Method::kHead), "HEAD");
  EXPECT_EQ(method_name(Method::kPost), "POST");
  EXPECT_EQ(method_name(Method::kPut), "PUT");
  EXPECT_EQ(method_name(Method::kPatch), "PATCH");
  EXPECT_EQ(method_name(Method::kDelete), "DELETE");
  EXPECT_EQ(method_name(Method::kOptions), "OPTIONS");
  EXPECT_EQ(method_name(Method::kOther), "OTHER");
  EXPECT_EQ(method_name(static_cast<Method>(200)), "OTHER");
}

TEST(Method, ValuesAreThoseOfTheUsageLog) {
  EXPECT_EQ(static_cast<int>(Method::kGet), 1);
  EXPECT_EQ(static_cast<int>(Method::kOptions), 7);
  EXPECT_EQ(static_cast<int>(Method::kOther), 8);
}

TEST(EndpointTemplate, ReplacesNumbersAndUuids) {
  EXPECT_EQ(template_of("/api/data"), "/api/data");
  EXPECT_EQ(template_of("/api/data/17"), "/api/data/{id}");
  EXPECT_EQ(template_of("/api/data/17/"), "/api/data/{id}/");
  EXPECT_EQ(template_of("/api/keys/18446744073709551616/usage"), "/api/keys/{id}/usage");
  EXPECT_EQ(template_of("/1/2/3"), "/{id}/{id}/{id}");
  EXPECT_EQ(template_of("/orders/0191a5c0-7A1b-7def-8000-0123456789AB"), "/orders/{id}");
}

TEST(EndpointTemplate, LeavesEverythingElse) {
  for (const std::string_view path :
       {"", "/", "//", "*", "/v1", "/1a", "/a1/b", "/-1", "/1.5", "/{id}",
        "/0191a5c0-7a1b-7def-8000-0123456789a", "/0191a5c0-7a1b-7def-8000-0123456789abc",
        "/0191a5c0-7a1b-7def-8000-0123456789ag", "/0191a5c0a7a1b-7def-8000-0123456789ab"}) {
    EXPECT_EQ(template_of(path), path);
  }
}

TEST(EndpointTemplate, TheLongestFitsItsBound) {
  std::string path;
  while (path.size() + 2 <= kEndpointBytesMax) path += "/1";
  EXPECT_EQ(template_of(path).size(), kEndpointTemplateBytesMax);
  path.erase(0, 1);
  EXPECT_EQ(template_of(path + "/").size(), kEndpointTemplateBytesMax);
}

TEST(EndpointTemplateDeathTest, ATooLongPathIsABrokenInvariant) {
  std::array<char, kEndpointTemplateBytesMax> out;
  const std::string path(kEndpointBytesMax + 1, 'a');
  EXPECT_DEATH(endpoint_template(path, out.data()), "kEndpointBytesMax");
}

}  // namespace
}  // namespace core
