// The target of a request line, and the authority in it or in Host.
#pragma once

#include <expected>
#include <string_view>

#include "net/http_head.h"
#include "net/http_refusal.h"

namespace net {

// A request target taken apart. Views into the target, or static.
struct Target {
  TargetForm form = TargetForm::kOrigin;
  std::string_view path;
  std::string_view query;
  std::string_view authority;  // In absolute-form only.
};

// Takes a target apart (RFC 9112 3.2): origin-form, absolute-form of http and https, and "*".
// Requires: no byte of it is SP, "#", DEL, a control or above 0x7F.
//
// All other printable ASCII is let through, also what RFC 3986 would have encoded ("|", "[", a
// quote): browsers send them raw in queries, and no reader splits a request there. In the path
// each "%" needs two hex digits. An absolute-form without a path has the path "/".
std::expected<Target, Refusal> parse_target(std::string_view text, Method method) noexcept;

// Whether `text` is host[":"port] of RFC 3986 3.2: a name or IPv4 address, or an IPv6 address in
// brackets; a port of at most 65535 that may be empty. No userinfo, no zone, never empty.
bool is_authority(std::string_view text) noexcept;

// Whether it is an authority with a port that isn't empty: the target that CONNECT takes.
bool is_connect_target(std::string_view text) noexcept;

}  // namespace net
