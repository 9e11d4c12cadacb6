#include "bench/load/request_builder.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace bench {
namespace {

RequestShape shape_of(std::string path) {
  RequestShape shape;
  shape.host = "127.0.0.1:8000";
  shape.path = std::move(path);
  return shape;
}

TEST(RequestBuilder, WritesAPlainRequest) {
  RequestBuilder builder(shape_of("/api/data?limit=10"), std::nullopt);
  std::string out;
  EXPECT_EQ(builder.append(out, {}), -1);
  EXPECT_EQ(out, "GET /api/data?limit=10 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n");
}

TEST(RequestBuilder, PutsTheNextKeyIntoEachRequest) {
  auto keys = KeyPicker::from_text("k0\nk1\n", {});
  ASSERT_TRUE(keys.has_value());
  RequestBuilder builder(shape_of("/"), std::move(*keys));
  std::string out;
  EXPECT_EQ(builder.append(out, {}), 0);
  EXPECT_EQ(builder.append(out, {}), 1);
  const std::string head = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nX-API-Key: ";
  EXPECT_EQ(out, head + "k0\r\n\r\n" + head + "k1\r\n\r\n");
}

TEST(RequestBuilder, WritesMethodFieldsAndBodyWithItsLength) {
  auto keys = KeyPicker::from_text("k0\n", {});
  ASSERT_TRUE(keys.has_value());
  RequestShape shape = shape_of("/api/data");
  shape.method = "POST";
  shape.headers = {"Accept: */*", "X-Any: 1"};
  shape.body = "{\"name\":\"a\"}";
  RequestBuilder builder(shape, std::move(*keys));
  std::string out;
  EXPECT_EQ(builder.append(out, {}), 0);
  EXPECT_EQ(out,
            "POST /api/data HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAccept: */*\r\nX-Any: 1\r\n"
            "Content-Length: 12\r\nX-API-Key: k0\r\n\r\n{\"name\":\"a\"}");
}

TEST(RequestBuilder, NamesEachRequestByConnectionAndNumberWhenPathsAreUnique) {
  RequestShape shape = shape_of("/ignored");
  shape.unique_path = "v1/authz/run-";
  RequestBuilder builder(shape, std::nullopt);
  std::string out;
  builder.append(out, {59'999, 9'999'999'999U});
  EXPECT_TRUE(out.starts_with("GET /v1/authz/run-599999999999999 HTTP/1.1\r\n")) << out;
  EXPECT_EQ(builder.path_of({3, 17}), "/v1/authz/run-000030000000017");
}

}  // namespace
}  // namespace bench
