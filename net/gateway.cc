#include "net/gateway.h"

#include <algorithm>
#include <array>

#include "net/exchange.h"
#include "net/http_chars.h"

namespace net {
namespace {

constexpr std::string_view kAuthzPath = "/v1/authz";

// In the order of Gateway.
constexpr std::array<std::string_view, 6> kNames = {"nginx", "traefik", "caddy",
                                                    "envoy", "apisix",  "haproxy"};

constexpr Refusal kMissing{
    400, "The fields that tell the original method and URI are missing: see docs/gateways"};
constexpr Refusal kTwice{400, "The original method or URI is told twice"};
constexpr Refusal kBadMethod{400, "The original method is not one"};
constexpr Refusal kBadUri{400, "The original URI does not begin with / or has forbidden bytes"};

// The fields that tell the original request.
struct TellingFields {
  std::string_view method;
  std::string_view uri;
};

constexpr TellingFields telling_fields(Gateway gateway) noexcept {
  if (gateway == Gateway::kNginx) return {"X-Original-Method", "X-Original-URI"};
  return {"X-Forwarded-Method", "X-Forwarded-Uri"};
}

// What follows the gateway's name; with the slash. Plain /v1/authz has nothing behind it.
std::string_view behind_name(std::string_view path, std::string_view name) noexcept {
  path.remove_prefix(kAuthzPath.size());
  if (!path.empty()) path.remove_prefix(1 + name.size());
  return path;
}

bool is_visible_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

// A method that the usage log doesn't know is kOther. Methods are case-sensitive (RFC 9110 9.1).
core::Method method_of(std::string_view name) noexcept {
  for (auto value = static_cast<unsigned>(core::Method::kGet);
       value < static_cast<unsigned>(core::Method::kOther); ++value) {
    const auto method = static_cast<core::Method>(value);
    if (core::method_name(method) == name) return method;
  }
  return core::Method::kOther;
}

std::expected<AskedRequest, Refusal> read_told(const TellingFields& names,
                                               const RequestHead& head) noexcept {
  const Field* method = nullptr;
  const Field* uri = nullptr;
  for (const Field& field : head.fields()) {
    const bool is_method = equals_ignoring_case(field.name, names.method);
    if (!is_method && !equals_ignoring_case(field.name, names.uri)) continue;
    const Field*& place = is_method ? method : uri;
    if (place != nullptr) return std::unexpected(kTwice);
    place = &field;
  }
  if (method == nullptr || uri == nullptr) return std::unexpected(kMissing);
  if (!is_token(method->value)) return std::unexpected(kBadMethod);
  const std::string_view path = uri->value.substr(0, uri->value.find('?'));
  if (!path.starts_with('/') || !is_visible_ascii(path)) return std::unexpected(kBadUri);
  return AskedRequest{method_of(method->value), path, head.query};
}

// Requires: no segment of `path` is empty but the last one.
bool has_dot_segment(std::string_view path) noexcept {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

}  // namespace

std::optional<Gateway> gateway_of(std::string_view path) noexcept {
  if (!path.starts_with(kAuthzPath)) return std::nullopt;
  path.remove_prefix(kAuthzPath.size());
  if (path.empty()) return Gateway::kNginx;
  if (path.front() != '/') return std::nullopt;
  path.remove_prefix(1);
  const std::string_view name = path.substr(0, path.find('/'));
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Gateway>(found - kNames.begin());
}

std::expected<AskedRequest, Refusal> read_asked(Gateway gateway, const RequestHead& head) noexcept {
  if (gateway != Gateway::kEnvoy) return read_told(telling_fields(gateway), head);
  const std::string_view path =
      behind_name(head.path, kNames[static_cast<std::size_t>(Gateway::kEnvoy)]);
  return AskedRequest{recorded_method(head.method), path.empty() ? "/" : path, ""};
}

bool passes_every_status(Gateway gateway) noexcept {
  return gateway != Gateway::kNginx;
}

std::optional<std::string_view> plain_path(std::string_view path, std::string& scratch) {
  if (path.find('%') != std::string_view::npos || path.find("//") != std::string_view::npos) {
    scratch.clear();
    for (std::size_t i = 0; i < path.size(); ++i) {
      char c = path[i];
      if (c == '%' && i + 2 < path.size() && is_hex_digit(path[i + 1]) &&
          is_hex_digit(path[i + 2])) {
        c = static_cast<char>(hex_value(path[i + 1]) * 16 + hex_value(path[i + 2]));
        i += 2;
      }
      if (c == '/' && scratch.ends_with('/')) continue;
      scratch.push_back(c);
    }
    path = scratch;
  }
  if (has_dot_segment(path)) return std::nullopt;
  return path;
}

}  // namespace net
