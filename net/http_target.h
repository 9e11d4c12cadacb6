// The target of a request line, and the authority in it or in Host.
#pragma once

#include <optional>
#include <string_view>

#include "net/http_head.h"
#include "net/http_refusal.h"

namespace net {

// Takes head.target apart (RFC 9112 3.2) into head's form, path, query and authority, the last in
// absolute-form only. Known here: origin-form, absolute-form of http and https, and "*" for
// OPTIONS. Answers why not, or nothing.
//
// Requires: head.method is set, and no byte of the target is SP, "#", DEL, a control or above 0x7F.
//
// All other printable ASCII is let through, also what RFC 3986 would have encoded ("|", "[", a
// quote): browsers send them raw in queries, and no reader splits a request there. In the path
// each "%" needs two hex digits. An absolute-form without a path has the path "/".
std::optional<Refusal> parse_target(RequestHead& head) noexcept;

// Whether `text` is host[":"port] of RFC 3986 3.2: a name or IPv4 address, or an IPv6 address in
// brackets; a port of at most 65535 that may be empty. No userinfo, no zone, never empty.
bool is_authority(std::string_view text) noexcept;

// Whether it is an authority with a port that isn't empty: the target that CONNECT takes.
bool is_connect_target(std::string_view text) noexcept;

}  // namespace net
