#include "net/http_target.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "net/http_chars.h"

namespace net {
namespace {

constexpr Refusal kBadTarget{400, "the request target is neither a path nor an http URL"};
constexpr Refusal kBadEscape{400, "the path has a % that two hex digits don't follow"};
constexpr Refusal kBadTargetHost{400, "the request target's host is not valid"};
constexpr Refusal kBadAsterisk{400, "the request target * is for OPTIONS only"};

bool is_ipv6(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated;
  if (text.size() >= terminated.size()) return false;
  std::memcpy(terminated.data(), text.data(), text.size());
  terminated[text.size()] = '\0';
  in6_addr address;
  return inet_pton(AF_INET6, terminated.data(), &address) == 1;
}

// Whether two hex digits follow the "%" at `at`.
bool is_escape(std::string_view text, std::size_t at) noexcept {
  return at + 2 < text.size() && is_hex_digit(text[at + 1]) && is_hex_digit(text[at + 2]);
}

// The end of the host that `text` begins with; 0 if it begins with none.
std::size_t find_host_end(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    return close != text.npos && is_ipv6(text.substr(1, close - 1)) ? close + 1 : 0;
  }
  std::size_t end = 0;
  while (end < text.size() && has_bits(text[end], kHostBit)) {
    if (text[end] == '%' && !is_escape(text, end)) return 0;
    ++end;
  }
  return end;
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

// Splits "path?query" at the first "?".
std::optional<Refusal> split_path(std::string_view text, RequestHead& head) noexcept {
  std::size_t end = find_first<PathMarkBytes>(text, 0);
  while (end < text.size() && text[end] == '%') {
    if (!is_escape(text, end)) return kBadEscape;
    end = find_first<PathMarkBytes>(text, end + 3);
  }
  head.path = text.substr(0, end);
  head.query = text.substr(std::min(end + 1, text.size()));
  return std::nullopt;
}

std::optional<Refusal> split_url(std::string_view text, RequestHead& head) noexcept {
  std::size_t scheme_end = 0;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equals_ignoring_case(text.substr(0, scheme.size()), scheme)) scheme_end = scheme.size();
  }
  if (scheme_end == 0) return kBadTarget;

  const std::string_view rest = text.substr(scheme_end);
  const std::size_t host_end = std::min(rest.find_first_of("/?"), rest.size());
  head.form = TargetForm::kAbsolute;
  head.authority = rest.substr(0, host_end);
  if (!is_authority(head.authority)) return kBadTargetHost;

  const auto refusal = split_path(rest.substr(host_end), head);
  if (head.path.empty()) head.path = "/";
  return refusal;
}

}  // namespace

std::optional<Refusal> parse_target(RequestHead& head) noexcept {
  const std::string_view text = head.target;
  if (text.front() == '/') {
    head.form = TargetForm::kOrigin;
    return split_path(text, head);
  }
  if (text != "*") return split_url(text, head);
  if (head.method != Method::kOptions) return kBadAsterisk;
  head.form = TargetForm::kAsterisk;
  head.path = text;
  head.query = {};
  return std::nullopt;
}

bool is_authority(std::string_view text) noexcept {
  const std::size_t host_end = find_host_end(text);
  if (host_end == text.size()) return host_end != 0;
  return host_end != 0 && text[host_end] == ':' && is_port(text.substr(host_end + 1));
}

bool is_connect_target(std::string_view text) noexcept {
  return is_authority(text) && find_host_end(text) + 1 < text.size();
}

}  // namespace net
