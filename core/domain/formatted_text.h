// Texts of a known form as fields hold them: each is read into the one way to write what it means,
// so that equal things are equal texts. An error's `what` says what the text must be.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace core {

inline constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321 4.5.3.1.3, without the brackets.
inline constexpr std::size_t kUrlBytesMax = 500;
inline constexpr std::size_t kPhoneBytesMax = 20;
inline constexpr std::size_t kSlugBytesMax = 255;

// The addresses that are in use, of those that RFC 5321 4.1.2 allows: a dot-string of at most 64
// ASCII characters, '@', a host name of two labels or more. No quoted names, comments, address
// literals, nor names outside of ASCII. Normal: the host in lower case; the name as it is, since
// its case is its host's business.
Result<std::string> normal_email(std::string_view text);

// An absolute http or https address (RFC 3986, RFC 9110 4.2): host name, IPv4 or [IPv6], perhaps a
// port from 1 to 65535, then only ASCII that may stand in an address; '[' and ']' in the query,
// too, as browsers send them. No user or password (RFC 9110 4.2.4). Normal: scheme and host in
// lower case.
Result<std::string> normal_url(std::string_view text);

// The same without kUrlBytesMax: the caller has a bound of its own.
Result<std::string> normal_url_of_any_length(std::string_view text);

// RFC 9562: 8-4-4-4-12 hexadecimal digits, any version. Normal: lower case.
bool has_uuid_form(std::string_view text) noexcept;
Result<std::string> normal_uuid(std::string_view text);

// 3 to 15 digits (E.164 has 15), perhaps '+' in front; spaces, '-', '.' and one pair of parentheses
// between them. Normal: without those.
Result<std::string> normal_phone(std::string_view text);

// Words of a-z and 0-9, joined by one '-' each.
bool has_slug_form(std::string_view text) noexcept;
Result<std::string> normal_slug(std::string_view text);

// IPv4 in four decimal numbers without leading zeros, or IPv6 without a zone. Normal: RFC 5952.
Result<std::string> normal_ip(std::string_view text);

// "#1e90ff". Normal: lower case.
Result<std::string> normal_color(std::string_view text);

// The bytes of an address in normal form, 4 or 16, behind one that tells which: they sort with
// IPv4 first, then by number. Requires: normal_ip accepts `text`.
std::string ordered_ip(std::string_view text);

}  // namespace core
