// Addresses of peers, and the networks that they lie in: what "allowed_ips" and --trusted-proxies
// are made of.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace core {

// IPv6, or IPv4 mapped into it (RFC 4291 2.5.5.2). So a peer is the same one whether its socket was
// of the one family or the other.
using Address = std::array<std::uint8_t, 16>;

bool is_ipv4(const Address& address) noexcept;

// "192.0.2.1", or IPv6 in any spelling of RFC 4291 2.2; a mapped one is IPv4. Nothing for all else:
// zones ("%eth0"), ports, leading zeros, blanks.
std::optional<Address> parse_address(std::string_view text) noexcept;

// "192.0.2.1" for IPv4, else IPv6 as RFC 5952 writes it.
std::string format_address(const Address& address);

// A prefix of addresses. One of IPv6 holds no IPv4 address, not even "::/0".
struct IpNetwork {
  Address address{};        // The bits behind the prefix are 0.
  std::uint8_t bits = 128;  // 0 to 128; of IPv4 with a prefix of n: 96 + n.

  bool contains(const Address& other) const noexcept;
  bool operator==(const IpNetwork&) const = default;
};

// "10.0.0.0/8", "2001:db8::/32", or an address alone. Networks below ::ffff:0:0/96 are IPv4. The
// error says what is wrong with the text.
std::expected<IpNetwork, const char*> parse_network(std::string_view text) noexcept;

// What parse_network() reads, without the prefix where it is the whole address: "10.0.0.0/8".
std::string format_network(const IpNetwork& network);

bool is_in_any(const Address& address, std::span<const IpNetwork> networks) noexcept;

}  // namespace core
