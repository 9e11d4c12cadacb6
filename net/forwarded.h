// Who a request came from when proxies stand between.
#pragma once

#include <span>

#include "core/domain/ip_network.h"
#include "net/http_head.h"

namespace net {

// The peer's address; or, where the peer is a trusted proxy, the rightmost address of
// X-Forwarded-For (all its lines, in order) that is none: each proxy appends whom it heard from, so
// what stands left of an untrusted address may be made up by it. If all are trusted it is the
// leftmost. What is no address ends the walk: then it is the trusted proxy that passed it on. An
// element may carry a port ("192.0.2.1:80", "[::1]:80"); empty ones are passed over.
//
// Cost: nothing but a comparison where no proxy is trusted.
core::Address client_address(const RequestHead& head, const core::Address& peer,
                             std::span<const core::IpNetwork> trusted) noexcept;

}  // namespace net
