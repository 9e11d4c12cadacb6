#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/decimal.h"

namespace net {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr core::Address kLoopback6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

std::expected<ListenAddress, std::string> parse_unix(std::string_view text, std::string_view path) {
  ListenAddress result;
  auto& address = reinterpret_cast<sockaddr_un&>(result.storage);
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return std::unexpected("a Unix socket's path has 1 to 107 characters");
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  result.bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  result.text = text;
  result.unix_path = path;
  return result;
}

}  // namespace

bool is_loopback(const core::Address& address) noexcept {
  if (core::is_ipv4(address)) return address[kMappedPrefix.size()] == 127;
  return address == kLoopback6;
}

core::Address peer_address(int fd) noexcept {
  sockaddr_storage storage{};
  socklen_t bytes = sizeof storage;
  core::Address address = kLoopback6;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &bytes) != 0) return address;
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin());
    std::memcpy(address.data() + kMappedPrefix.size(), &v4.sin_addr, 4);
  } else if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    std::memcpy(address.data(), &v6.sin6_addr, address.size());
  }
  return address;
}

std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) return parse_unix(text, text.substr(kUnix.size()));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::unexpected("expected ADDRESS:PORT or unix:PATH");
  const auto port = core::parse_decimal(text.substr(colon + 1), 65535);
  if (!port) return std::unexpected("the port is a number from 0 to 65535");
  std::string host(text.substr(0, colon));
  ListenAddress result;
  result.text = text;
  auto& v4 = reinterpret_cast<sockaddr_in&>(result.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(result.storage);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) {
      return std::unexpected("what stands in brackets is not an IPv6 address");
    }
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<std::uint16_t>(*port));
    result.bytes = sizeof v6;
    return result;
  }
  if (host.empty()) host = "0.0.0.0";
  if (host == "localhost") host = "127.0.0.1";
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) {
    return std::unexpected(
        "the address is an IPv4 address, or IPv6 in brackets; names are not looked up");
  }
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<std::uint16_t>(*port));
  result.bytes = sizeof v4;
  return result;
}

}  // namespace net
