#include "core/domain/ip_network.h"

#include <arpa/inet.h>

#include <algorithm>

#include "core/base/decimal.h"

namespace core {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;
constexpr unsigned kAddressBits = 128;

// The address with the bits behind a prefix cleared.
Address masked(Address address, unsigned bits) noexcept {
  for (std::size_t i = 0; i < address.size(); ++i) {
    const auto kept = std::clamp<int>(static_cast<int>(bits) - static_cast<int>(i * 8), 0, 8);
    address[i] &= static_cast<std::uint8_t>(0xFF00U >> kept);
  }
  return address;
}

// The length of a prefix: a number without leading zeros, so that no two readers differ about it.
std::optional<unsigned> parse_prefix(std::string_view text, unsigned bits_max) noexcept {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  const auto bits = parse_decimal(text, bits_max);
  return bits ? std::optional(static_cast<unsigned>(*bits)) : std::nullopt;
}

}  // namespace

bool is_ipv4(const Address& address) noexcept {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin());
}

std::optional<Address> parse_address(std::string_view text) noexcept {
  char terminated[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof terminated || text.contains('\0')) return std::nullopt;
  *std::copy(text.begin(), text.end(), terminated) = '\0';
  Address address{};
  if (text.contains(':')) {
    if (inet_pton(AF_INET6, terminated, address.data()) != 1) return std::nullopt;
    return address;
  }
  std::ranges::copy(kMappedPrefix, address.begin());
  if (inet_pton(AF_INET, terminated, address.data() + kMappedPrefix.size()) != 1) {
    return std::nullopt;
  }
  return address;
}

std::string format_address(const Address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (is_ipv4(address)) {
    inet_ntop(AF_INET, address.data() + kMappedPrefix.size(), text, sizeof text);
  } else {
    inet_ntop(AF_INET6, address.data(), text, sizeof text);
  }
  return text;
}

bool IpNetwork::contains(const Address& other) const noexcept {
  // Behind kMappedBits the prefix itself tells the families apart.
  if (bits < kMappedBits && is_ipv4(other)) return false;
  return masked(other, bits) == address;
}

std::expected<IpNetwork, const char*> parse_network(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  const std::string_view address_text = text.substr(0, slash);
  const auto address = parse_address(address_text);
  if (!address) return std::unexpected("is neither an IPv4 or IPv6 address nor a network of one");
  IpNetwork network{.address = *address};
  if (slash == std::string_view::npos) return network;
  // A mapped address that was written as IPv6 has its prefix counted as IPv6's are.
  const unsigned before = address_text.contains(':') ? 0 : kMappedBits;
  const auto bits = parse_prefix(text.substr(slash + 1), kAddressBits - before);
  if (!bits) return std::unexpected("has no prefix length of its address's family behind the /");
  network.bits = static_cast<std::uint8_t>(before + *bits);
  if (masked(*address, network.bits) != *address) {
    return std::unexpected("has bits set behind its prefix");
  }
  return network;
}

std::string format_network(const IpNetwork& network) {
  std::string text = format_address(network.address);
  if (network.bits == kAddressBits) return text;
  const bool is_v4 = network.bits >= kMappedBits && is_ipv4(network.address);
  text += '/';
  text += std::to_string(network.bits - (is_v4 ? kMappedBits : 0));
  return text;
}

bool is_in_any(const Address& address, std::span<const IpNetwork> networks) noexcept {
  return std::ranges::any_of(networks,
                             [&](const IpNetwork& network) { return network.contains(address); });
}

}  // namespace core
