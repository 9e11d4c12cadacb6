// What a request presents to be let in.
#pragma once

#include <string_view>

#include "net/http_head.h"

namespace net {

// The text behind "Bearer " of Authorization (RFC 6750 2.1; the scheme in any case), or nothing.
std::string_view bearer(const RequestHead& head) noexcept;

// The API key: X-API-Key's value where there is that field, else the bearer's. Empty: none.
std::string_view presented_secret(const RequestHead& head) noexcept;

}  // namespace net
