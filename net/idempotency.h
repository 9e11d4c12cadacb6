// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): by what a repeated POST is known.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "core/base/digest.h"
#include "core/service/command.h"
#include "net/http_head.h"
#include "net/router.h"

namespace net {

inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;

// Whose request it is, and to what: one key's text means something else in each of these.
struct RequestScope {
  bool is_admin = false;
  std::uint64_t credential = 0;  // The id of the tenant's key or of the admin's token.
  const Route& route;
  core::ResourceId resource = 0;  // Of routes of rows; else 0.
};

// The digests for a request that has the field; nothing for one without it, and for methods other
// than POST, which may be repeated as they are or guarded by If-Match. An error says why the field
// is refused (400): it is more than one line, or not 1 to 255 characters of '!' to '~'. The value
// is opaque: quotes around it, as in a structured field's string, are part of it.
std::expected<std::optional<core::Idempotency>, std::string_view> read_idempotency(
    const RequestHead& head, std::string_view body, const RequestScope& scope,
    core::Hasher& hasher);

}  // namespace net
