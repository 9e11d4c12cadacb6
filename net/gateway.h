// Gateways that ask whether a request may pass: what each of them tells of it, and how.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "core/domain/usage_event.h"
#include "net/http_head.h"
#include "net/http_refusal.h"

namespace net {

// Each has a path of its own, /v1/authz/NAME and whatever follows it, so that only what this
// gateway sets by itself, or by the configuration in docs/gateways, is read: a client's own
// X-Forwarded-Method that nginx passes through tells nothing.
enum class Gateway : std::uint8_t {
  kNginx,    // auth_request: X-Original-Method, X-Original-URI. Plain /v1/authz is nginx, too.
  kTraefik,  // forwardAuth: X-Forwarded-Method, X-Forwarded-Uri.
  kCaddy,    // forward_auth: the same.
  kEnvoy,    // ext_authz over HTTP: the request's own method, its own path behind the gateway's.
  kApisix,   // forward-auth: X-Forwarded-Method, X-Forwarded-Uri.
  kHaproxy,  // tollgate.lua: the same.
};

// The gateway whose path this is; nothing for other paths.
std::optional<Gateway> gateway_of(std::string_view path) noexcept;

// What a gateway asks about. Views the request's head.
struct AskedRequest {
  core::Method method = core::Method::kOther;
  std::string_view path;  // Raw, without the query; begins with "/"; visible ASCII.
  // The query of the question itself, which the gateway's configuration wrote. Empty for Envoy,
  // whose questions have the query of the request.
  std::string_view query;
};

// Refused with 400, since judging a guess would let a request through by its disguise: fields that
// are missing or there twice, a method that is no token, a path that no server should take.
// Requires: head.path is one of this gateway's.
std::expected<AskedRequest, Refusal> read_asked(Gateway gateway, const RequestHead& head) noexcept;

// Whether this gateway hands a refusal with any status on to the client. nginx does so for 401 and
// 403; all others would arrive as 500.
bool passes_every_status(Gateway gateway) noexcept;

// The path as servers behind a gateway may understand it, for choosing a scope by: percent-escapes
// decoded and repeated slashes merged, so that "/%61pi//data" is "/api/data". Nothing where a
// segment is "." or "..", also escaped: who asks for "/open/../data" has no honest reason.
//
// Returns `path` itself where nothing needs to change (no allocation), else a view of `scratch`.
std::optional<std::string_view> plain_path(std::string_view path, std::string& scratch);

}  // namespace net
