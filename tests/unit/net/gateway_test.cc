#include "net/gateway.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/head_reading.h"

namespace net {
namespace {

using test::ReadHead;

constexpr Gateway kAll[] = {Gateway::kNginx, Gateway::kTraefik, Gateway::kCaddy,
                            Gateway::kEnvoy, Gateway::kApisix,  Gateway::kHaproxy};

// What is read, as "METHOD PATH QUERY", or the status of the refusal.
std::string read(Gateway gateway, std::string_view method_and_target, std::string_view lines) {
  const ReadHead request(method_and_target, lines);
  const auto asked = read_asked(gateway, request.head);
  if (!asked) return std::to_string(asked.error().status);
  return std::string(core::method_name(asked->method)) + ' ' + std::string(asked->path) + ' ' +
         std::string(asked->query);
}

TEST(Gateway, HasThePathOfItsNameAndAllBelow) {
  const std::map<std::string, Gateway> paths = {
      {"/v1/authz", Gateway::kNginx},           {"/v1/authz/nginx", Gateway::kNginx},
      {"/v1/authz/traefik", Gateway::kTraefik}, {"/v1/authz/caddy", Gateway::kCaddy},
      {"/v1/authz/envoy", Gateway::kEnvoy},     {"/v1/authz/apisix", Gateway::kApisix},
      {"/v1/authz/haproxy", Gateway::kHaproxy}};
  for (const auto& [path, gateway] : paths) {
    EXPECT_EQ(gateway_of(path), gateway) << path;
    if (path == "/v1/authz") continue;
    EXPECT_EQ(gateway_of(path + "/api/data"), gateway) << path;
  }
  for (const char* path : {"", "/", "/v1", "/v1/authz/", "/v1/authz/x", "/v1/authzx", "/v2/authz",
                           "/v1/authz/NGINX", "/v1/authz/nginx%2f", "v1/authz"}) {
    EXPECT_EQ(gateway_of(path), std::nullopt) << path;
  }
}

TEST(Gateway, OfNginxTellsMethodAndUriInXOriginal) {
  EXPECT_EQ(read(Gateway::kNginx, "GET /v1/authz/nginx?scope=a:read",
                 "X-Original-Method: DELETE\r\nX-Original-URI: /orders/7?key=secret\r\n"),
            "DELETE /orders/7 scope=a:read");
  EXPECT_EQ(read(Gateway::kNginx, "GET /v1/authz",
                 "x-original-uri: /%61//b?\r\nx-original-method: POST\r\n"),
            "POST /%61//b ");
}

TEST(Gateway, OfTheForwardingKindTellsThemInXForwarded) {
  for (const Gateway gateway :
       {Gateway::kTraefik, Gateway::kCaddy, Gateway::kApisix, Gateway::kHaproxy}) {
    EXPECT_EQ(read(gateway, "GET /v1/authz/x?scope=a:read",
                   "X-Forwarded-Method: PATCH\r\nX-Forwarded-Uri: /orders/7?a=b\r\n"
                   "X-Forwarded-Host: h\r\nX-Forwarded-Proto: https\r\n"),
              "PATCH /orders/7 scope=a:read");
  }
}

TEST(Gateway, OfEnvoyAsksWithTheRequestItself) {
  EXPECT_EQ(read(Gateway::kEnvoy, "DELETE /v1/authz/envoy/orders/7?scope=a:read",
                 "Content-Length: 0\r\n"),
            "DELETE /orders/7 ");
  EXPECT_EQ(read(Gateway::kEnvoy, "OPTIONS /v1/authz/envoy/", ""), "OPTIONS / ");
  EXPECT_EQ(read(Gateway::kEnvoy, "TRACE /v1/authz/envoy", ""), "OTHER / ");
  EXPECT_EQ(read(Gateway::kEnvoy, "GET /v1/authz/envoy/v1/authz/nginx", ""),
            "GET /v1/authz/nginx ");
}

// What a client may send along that this gateway leaves as it is.
TEST(Gateway, IsNotMovedByTheFieldsOfAnother) {
  const std::string original = "X-Original-Method: DELETE\r\nX-Original-URI: /orders\r\n";
  const std::string forwarded = "X-Forwarded-Method: DELETE\r\nX-Forwarded-Uri: /orders\r\n";
  const std::string others =
      "X-Original-Url: /c\r\nX-Rewrite-Url: /d\r\nX-HTTP-Method-Override: GET\r\n"
      "X-Envoy-Original-Path: /e\r\nX-Envoy-Original-Method: GET\r\nForwarded: for=1.2.3.4\r\n";
  const std::string spoofed_original = "X-Original-Method: GET\r\nX-Original-URI: /open\r\n";
  const std::string spoofed_forwarded = "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /open\r\n";
  for (const Gateway gateway : kAll) {
    if (gateway == Gateway::kEnvoy) {
      EXPECT_EQ(read(gateway, "DELETE /v1/authz/envoy/orders",
                     spoofed_original + spoofed_forwarded + others),
                "DELETE /orders ");
      continue;
    }
    const bool is_nginx = gateway == Gateway::kNginx;
    const std::string& own = is_nginx ? original : forwarded;
    const std::string& foreign = is_nginx ? spoofed_forwarded : spoofed_original;
    EXPECT_EQ(read(gateway, "GET /v1/authz/x/open", foreign + others + own), "DELETE /orders ");
    EXPECT_EQ(read(gateway, "GET /v1/authz/x/open", own + foreign + others), "DELETE /orders ");
    EXPECT_EQ(read(gateway, "GET /v1/authz/x", foreign + others), "400");
  }
}

TEST(Gateway, IsRefusedWhereItTellsNothingTwoThingsOrNonsense) {
  const auto told = [](std::string_view lines) { return read(Gateway::kNginx, "GET /", lines); };
  const std::string method = "X-Original-Method: GET\r\n";
  const std::string uri = "X-Original-URI: /a\r\n";
  EXPECT_EQ(told(method + uri), "GET /a ");
  EXPECT_EQ(told(""), "400");
  EXPECT_EQ(told(method), "400");
  EXPECT_EQ(told(uri), "400");
  EXPECT_EQ(told(method + uri + method), "400");
  EXPECT_EQ(told(uri + method + "x-ORIGINAL-uri: /a\r\n"), "400");
  for (const char* bad : {"", "G ET", "GET,GET", "\"GET\""}) {
    EXPECT_EQ(told(uri + "X-Original-Method: " + bad + "\r\n"), "400") << bad;
  }
  for (const char* bad : {"", "a", "*", "?a", "http://t/a", "/a b", "/a\tb", "/\xC3\xA9"}) {
    EXPECT_EQ(told(method + "X-Original-URI: " + bad + "\r\n"), "400") << bad;
  }
}

TEST(Gateway, TellsMethodsThatAreNotKnownHereAsOther) {
  for (const std::string name : {"get", "PROPFIND", "OTHER", "CONNECT", "TRACE"}) {
    EXPECT_EQ(read(Gateway::kCaddy, "GET /",
                   "X-Forwarded-Method: " + name + "\r\nX-Forwarded-Uri: /\r\n"),
              "OTHER / ");
  }
}

TEST(Gateway, PassesEveryStatusOnUnlessItIsNginx) {
  for (const Gateway gateway : kAll) {
    EXPECT_EQ(passes_every_status(gateway), gateway != Gateway::kNginx);
  }
}

TEST(PlainPath, IsThePathItselfWhereNothingIsWrittenInAnotherWay) {
  std::string scratch;
  for (const std::string_view path :
       {"/", "/api/data", "/api/data/", "/.well-known/x", "/a/..b/c.", "/a/.../b", "/a.b"}) {
    const auto plain = plain_path(path, scratch);
    ASSERT_TRUE(plain.has_value()) << path;
    EXPECT_EQ(plain->data(), path.data());
    EXPECT_EQ(plain->size(), path.size());
  }
}

TEST(PlainPath, DecodesEscapesAndMergesSlashes) {
  const std::map<std::string, std::string> paths = {{"/%61pi/d%41ta", "/api/dAta"},
                                                    {"//api///data/", "/api/data/"},
                                                    {"/api%2Fdata", "/api/data"},
                                                    {"/api%2F/data", "/api/data"},
                                                    {"/%2561", "/%61"},
                                                    {"/a%", "/a%"},
                                                    {"/a%4", "/a%4"},
                                                    {"/a%zz/%41", "/a%zz/A"},
                                                    {"/%2f%2F", "/"},
                                                    {"/a%20b", "/a b"}};
  std::string scratch = "from before";
  for (const auto& [path, plain] : paths) EXPECT_EQ(plain_path(path, scratch), plain) << path;
}

TEST(PlainPath, HasNoDotSegments) {
  std::string scratch;
  for (const char* path : {"/.", "/..", "/a/../b", "/a/./b", "/a/..", "/a/.", "//..", "/%2e%2E/a",
                           "/a/.%2e/b", "/a/..%2fb", "/open//../data"}) {
    EXPECT_EQ(plain_path(path, scratch), std::nullopt) << path;
  }
}

}  // namespace
}  // namespace net
