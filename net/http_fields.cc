#include "net/http_fields.h"

#include <algorithm>
#include <limits>

#include "net/http_chars.h"

namespace net {
namespace {

constexpr Refusal kBadLength{400, "Content-Length is not one decimal number"};
constexpr Refusal kBadCoding{400, "Transfer-Encoding is not a list of transfer codings"};
constexpr Refusal kChunkedNotLast{400, "Transfer-Encoding has chunked more than once or not last"};
constexpr Refusal kUnknownCoding{501, "Transfer-Encoding names a coding other than chunked"};

// Takes the first element off a comma-separated list, which is empty after the last.
std::string_view take_element(std::string_view& list) noexcept {
  const std::size_t comma = list.find(',');
  const std::string_view element = trim_blanks(list.substr(0, comma));
  list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
  return element;
}

}  // namespace

FieldName classify_field(std::string_view name) noexcept {
  // No two names of one length but 6 and 12 have a meaning, so one comparison settles most.
  const auto spells = [at = name.data()](std::string_view lower) {
    return token_spells(at, lower);
  };
  switch (name.size()) {
    case 4:
      return spells("host") ? FieldName::kHost : FieldName::kOther;
    case 6:
      if (spells("accept")) return FieldName::kAccept;
      return spells("expect") ? FieldName::kExpect : FieldName::kOther;
    case 8:
      return spells("if-match") ? FieldName::kIfMatch : FieldName::kOther;
    case 9:
      return spells("x-api-key") ? FieldName::kApiKey : FieldName::kOther;
    case 10:
      return spells("connection") ? FieldName::kConnection : FieldName::kOther;
    case 12:
      if (spells("x-request-id")) return FieldName::kRequestId;
      return spells("content-type") ? FieldName::kContentType : FieldName::kOther;
    case 13:
      return spells("authorization") ? FieldName::kAuthorization : FieldName::kOther;
    case 14:
      return spells("content-length") ? FieldName::kContentLength : FieldName::kOther;
    case 15:
      return spells("idempotency-key") ? FieldName::kIdempotencyKey : FieldName::kOther;
    case 17:
      return spells("transfer-encoding") ? FieldName::kTransferEncoding : FieldName::kOther;
    default:
      return FieldName::kOther;
  }
}

std::expected<std::uint64_t, Refusal> parse_content_length(std::string_view value) noexcept {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  if (value.empty()) return std::unexpected(kBadLength);
  std::uint64_t length = 0;
  for (const char c : value) {
    if (!is_digit(c)) return std::unexpected(kBadLength);
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (length > (kMax - digit) / 10) return std::unexpected(kBadLength);
    length = length * 10 + digit;
  }
  return length;
}

std::optional<Refusal> check_transfer_encoding(std::string_view value) noexcept {
  if (equals_ignoring_case(value, "chunked")) return std::nullopt;
  // Refused in any case from here on; what is left is to say why.
  bool chunked_seen = false;
  bool other_seen = false;
  bool chunked_misplaced = false;
  do {
    const std::string_view element = take_element(value);
    const std::string_view name = trim_blanks(element.substr(0, element.find(';')));
    if (!is_token(name)) return kBadCoding;
    const bool chunked = equals_ignoring_case(name, "chunked");
    if (chunked && name.size() != element.size()) return kBadCoding;  // It has no parameters.
    chunked_misplaced |= chunked_seen;
    chunked_seen |= chunked;
    other_seen |= !chunked;
  } while (!value.empty());
  if (chunked_misplaced) return kChunkedNotLast;
  return other_seen ? kUnknownCoding : kBadCoding;
}

bool list_has(std::string_view list, std::string_view token) noexcept {
  while (!list.empty()) {
    if (equals_ignoring_case(take_element(list), token)) return true;
  }
  return false;
}

}  // namespace net
