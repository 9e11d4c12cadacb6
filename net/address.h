// Peers' addresses, and the addresses to listen on.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "core/domain/ip_network.h"

namespace net {

using core::format_address;

// Loopback of either family; Unix sockets have the address ::1.
bool is_loopback(const core::Address& address) noexcept;

// The peer of a connected socket; of a Unix socket, or where the kernel can't tell, ::1.
core::Address peer_address(int fd) noexcept;

// Where to listen: "127.0.0.1:8000", "[::1]:8000", ":8000" (every address), "unix:/run/x.sock".
struct ListenAddress {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
  std::string text;       // As it was given.
  std::string unix_path;  // Empty unless it is a Unix socket.
};

// The error says what is wrong with the text.
std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text);

}  // namespace net
