#include "core/domain/formatted_text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/check.h"
#include "core/base/decimal.h"

namespace core {
namespace {

constexpr Error kNoEmail{"must be an e-mail address such as ada@example.com"};
constexpr Error kNoUrl{"must be an http or https address such as https://example.com/path"};
constexpr Error kNoUuid{"must be a UUID such as 123e4567-e89b-12d3-a456-426614174000"};
constexpr Error kNoPhone{"must be a phone number of 3 to 15 digits such as +49 30 1234567"};
constexpr Error kNoSlug{"must be lower-case letters and digits in words joined by '-'"};
constexpr Error kNoIp{"must be an IPv4 or IPv6 address"};
constexpr Error kNoColor{"must be a color such as #1e90ff"};

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
constexpr bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_alphanumeric(char c) noexcept {
  return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z');
}
constexpr bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

// RFC 1123 2.1: labels of letters, digits and inner '-', joined by dots. Its last label has a
// letter: else it would be an address.
bool is_host_name(std::string_view text, std::size_t labels_min) noexcept {
  if (text.size() > 253) return false;
  std::size_t labels = 0;
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    ++labels;
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' ||
        !std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; })) {
      return false;
    }
    if (dot == text.npos) return labels >= labels_min && !std::ranges::all_of(label, is_digit);
    text.remove_prefix(dot + 1);
  }
}

// RFC 5322 3.2.3: atoms joined by single dots.
bool is_dot_string(std::string_view text) noexcept {
  constexpr std::string_view kSpecials = "!#$%&'*+-/=?^_`{|}~";
  bool atom = false;  // Whether the character before was of an atom.
  for (const char c : text) {
    const bool part = is_alphanumeric(c) || kSpecials.contains(c);
    if (!part && (c != '.' || !atom)) return false;
    atom = part;
  }
  return atom;
}

// 4 or 16 bytes.
struct Address {
  std::array<unsigned char, 16> bytes{};
  int family = AF_INET;
};

std::optional<Address> read_address(std::string_view text) {
  // inet_pton ends at a NUL: one inside would hide what is behind it.
  if (text.size() >= INET6_ADDRSTRLEN || text.contains('\0')) return std::nullopt;
  const std::string terminated(text);
  Address address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
  address.family = AF_INET6;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

bool is_url_host(std::string_view host) {
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return false;
    const auto address = read_address(host.substr(1, host.size() - 2));
    return address && address->family == AF_INET6;
  }
  if (is_host_name(host, 1)) return true;
  const auto address = read_address(host);
  return address && address->family == AF_INET;
}

bool is_url_authority(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  if (colon != authority.npos) {
    const std::string_view port = authority.substr(colon + 1);
    if (port.size() > 5 || parse_decimal(port, 65'535).value_or(0) == 0) return false;
  }
  return is_url_host(authority.substr(0, colon));
}

// Path, query and fragment: RFC 3986 3.3 to 3.5.
bool is_url_tail(std::string_view tail) noexcept {
  constexpr std::string_view kAllowed = "-._~!$&'()*+,;=:@/?";
  bool query = false;
  bool fragment = false;
  for (std::size_t i = 0; i < tail.size(); ++i) {
    const char c = tail[i];
    query = query || c == '?';
    if (is_alphanumeric(c) || kAllowed.contains(c)) continue;
    if (c == '#' && !fragment) {
      fragment = true;
    } else if (c == '%') {
      if (i + 2 >= tail.size() || !is_hex_digit(tail[i + 1]) || !is_hex_digit(tail[i + 2])) {
        return false;
      }
    } else if (!query || fragment || (c != '[' && c != ']')) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<std::string> normal_email(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (text.size() > kEmailBytesMax || at == text.npos || at > 64) return std::unexpected(kNoEmail);
  const std::string_view name = text.substr(0, at);
  const std::string_view host = text.substr(at + 1);
  if (!is_dot_string(name) || !is_host_name(host, 2)) return std::unexpected(kNoEmail);
  return std::string(name).append(1, '@').append(lower(host));
}

Result<std::string> normal_url(std::string_view text) {
  if (text.size() > kUrlBytesMax) return std::unexpected(Error{"must have at most 500 characters"});
  return normal_url_of_any_length(text);
}

Result<std::string> normal_url_of_any_length(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == text.npos) return std::unexpected(kNoUrl);
  const std::string scheme = lower(text.substr(0, colon));
  if (scheme != "http" && scheme != "https") return std::unexpected(kNoUrl);
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (authority.contains('@')) {
    return std::unexpected(Error{"must not hold a user name or password"});
  }
  if (!is_url_authority(authority) || !is_url_tail(rest.substr(end))) {
    return std::unexpected(kNoUrl);
  }
  return scheme + "://" + lower(authority) + std::string(rest.substr(end));
}

bool has_uuid_form(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex_digit(text[i])) return false;
  }
  return true;
}

Result<std::string> normal_uuid(std::string_view text) {
  if (!has_uuid_form(text)) return std::unexpected(kNoUuid);
  return lower(text);
}

Result<std::string> normal_phone(std::string_view text) {
  if (text.size() > kPhoneBytesMax || text.empty() || !is_digit(text.back())) {
    return std::unexpected(kNoPhone);
  }
  std::string number;
  int parentheses = 0;  // 1: open, 2: closed.
  for (const char c : text) {
    if (is_digit(c) || (c == '+' && number.empty() && parentheses == 0)) {
      number += c;
    } else if ((c == '(' && parentheses == 0) || (c == ')' && parentheses == 1)) {
      ++parentheses;
    } else if (number.empty() || !std::string_view(" -.").contains(c)) {
      return std::unexpected(kNoPhone);
    }
  }
  const std::size_t digits = number.size() - (number.starts_with('+') ? 1 : 0);
  if (digits < 3 || digits > 15 || parentheses == 1) return std::unexpected(kNoPhone);
  return number;
}

bool has_slug_form(std::string_view text) noexcept {
  bool word = false;  // Whether the character before was a letter or digit.
  for (const char c : text) {
    const bool part = is_lower(c) || is_digit(c);
    if (!part && (c != '-' || !word)) return false;
    word = part;
  }
  return word;
}

Result<std::string> normal_slug(std::string_view text) {
  if (text.size() > kSlugBytesMax)
    return std::unexpected(Error{"must have at most 255 characters"});
  if (!has_slug_form(text)) return std::unexpected(kNoSlug);
  return std::string(text);
}

Result<std::string> normal_ip(std::string_view text) {
  const auto address = read_address(text);
  if (!address) return std::unexpected(kNoIp);
  char out[INET6_ADDRSTRLEN];
  CHECK(inet_ntop(address->family, address->bytes.data(), out, sizeof out) != nullptr);
  return std::string(out);
}

Result<std::string> normal_color(std::string_view text) {
  if (text.size() != 7 || text.front() != '#' ||
      !std::ranges::all_of(text.substr(1), is_hex_digit)) {
    return std::unexpected(kNoColor);
  }
  return lower(text);
}

std::string ordered_ip(std::string_view text) {
  const auto address = read_address(text);
  CHECK(address.has_value());
  const bool v4 = address->family == AF_INET;
  std::string out(1, v4 ? '\4' : '\6');
  out.append(reinterpret_cast<const char*>(address->bytes.data()), v4 ? 4 : 16);
  return out;
}

}  // namespace core
