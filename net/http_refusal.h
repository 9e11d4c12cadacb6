// Why a message is not accepted, as the client will be told.
#pragma once

#include <cstdint>

namespace net {

// A refused message: the connection answers with it and closes, since nothing behind the first
// doubtful byte can be trusted to be a request (RFC 9112 11.2).
struct Refusal {
  std::uint16_t status = 0;  // The HTTP status: 400, 413, 414, 417, 431, 501 or 505.
  const char* reason = "";   // One sentence for the error envelope; static, never the peer's bytes.
};

}  // namespace net
