// Versions of rows as HTTP says them: ETag, If-Match, If-None-Match (RFC 9110 8.8.3, 13.1). A row's
// tag is its version in quotes, and strong: "7".
#pragma once

#include <cstdint>
#include <optional>

#include "core/service/command.h"
#include "net/http_head.h"

namespace net {

// What the request's If-Match lines demand of the row; nothing if there are none. Weak tags, tags
// that no row has, and what is no tag demand a version that no row has. Bound: what fits in a head.
std::optional<core::VersionGuard> read_if_match(const RequestHead& head);

// Whether the request's If-None-Match says that the client has this version already. Weak tags
// count as strong ones do.
bool has_version(const RequestHead& head, std::uint64_t version);

}  // namespace net
