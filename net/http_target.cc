#include "net/http_target.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "net/http_chars.h"

namespace net {
namespace {

constexpr Refusal kBadTarget{400, "the request target is neither a path nor an http URL"};
constexpr Refusal kBadEscape{400, "the path has a % that two hex digits don't follow"};
constexpr Refusal kBadTargetHost{400, "the request target's host is not valid"};
constexpr Refusal kBadAsterisk{400, "the request target * is for OPTIONS only"};

struct HostPort {
  std::string_view host;
  std::optional<std::string_view> port;  // Digits behind the ":", if there is one.
};

bool is_ipv6(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated;
  if (text.size() >= terminated.size()) return false;
  std::memcpy(terminated.data(), text.data(), text.size());
  terminated[text.size()] = '\0';
  in6_addr address;
  return inet_pton(AF_INET6, terminated.data(), &address) == 1;
}

// Every "%" in `text` is followed by two hex digits.
bool escapes_are_complete(std::string_view text) noexcept {
  for (std::size_t at = text.find('%'); at != text.npos; at = text.find('%', at + 3)) {
    if (at + 2 >= text.size() || !is_hex_digit(text[at + 1]) || !is_hex_digit(text[at + 2])) {
      return false;
    }
  }
  return true;
}

bool is_host_name(std::string_view text) noexcept {
  const bool chars =
      std::ranges::all_of(text, [](char c) { return has_bits(c, kHostBit) || c == '%'; });
  return chars && !text.empty() && escapes_are_complete(text);
}

bool is_port(std::string_view text) noexcept {
  constexpr unsigned kPortMax = 65535;
  unsigned port = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
    if (port > kPortMax) return false;
  }
  return true;
}

std::optional<HostPort> split_authority(std::string_view text) noexcept {
  HostPort parts;
  std::size_t host_end = 0;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == text.npos || !is_ipv6(text.substr(1, close - 1))) return std::nullopt;
    host_end = close + 1;
  } else {
    host_end = std::min(text.find(':'), text.size());
    if (!is_host_name(text.substr(0, host_end))) return std::nullopt;
  }
  parts.host = text.substr(0, host_end);
  if (host_end == text.size()) return parts;
  if (text[host_end] != ':' || !is_port(text.substr(host_end + 1))) return std::nullopt;
  parts.port = text.substr(host_end + 1);
  return parts;
}

// Splits "path?query" at the first "?".
std::expected<Target, Refusal> split_path(std::string_view text, Target target) noexcept {
  const std::size_t mark = text.find('?');
  target.path = text.substr(0, mark);
  if (mark != text.npos) target.query = text.substr(mark + 1);
  if (!escapes_are_complete(target.path)) return std::unexpected(kBadEscape);
  return target;
}

std::expected<Target, Refusal> parse_absolute(std::string_view text) noexcept {
  std::size_t scheme_end = 0;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equals_ignoring_case(text.substr(0, scheme.size()), scheme)) scheme_end = scheme.size();
  }
  if (scheme_end == 0) return std::unexpected(kBadTarget);

  const std::string_view rest = text.substr(scheme_end);
  const std::size_t host_end = std::min(rest.find_first_of("/?"), rest.size());
  const Target target{TargetForm::kAbsolute, {}, {}, rest.substr(0, host_end)};
  if (!is_authority(target.authority)) return std::unexpected(kBadTargetHost);

  auto split = split_path(rest.substr(host_end), target);
  if (split && split->path.empty()) split->path = "/";
  return split;
}

}  // namespace

std::expected<Target, Refusal> parse_target(std::string_view text, Method method) noexcept {
  if (text.starts_with('/')) return split_path(text, Target{});
  if (text != "*") return parse_absolute(text);
  if (method != Method::kOptions) return std::unexpected(kBadAsterisk);
  return Target{TargetForm::kAsterisk, text, {}, {}};
}

bool is_authority(std::string_view text) noexcept {
  return split_authority(text).has_value();
}

bool is_connect_target(std::string_view text) noexcept {
  const auto parts = split_authority(text);
  return parts && parts->port && !parts->port->empty();
}

}  // namespace net
