// The header fields that the protocol layer itself understands: their names and their values.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "net/http_head.h"
#include "net/http_refusal.h"

namespace net {

// The field names with a meaning here. The first ones are KnownField's, in its order.
enum class FieldName : std::uint8_t {
  kHost,
  kApiKey,
  kAuthorization,
  kRequestId,
  kContentType,
  kIdempotencyKey,
  kIfMatch,
  kAccept,
  kContentLength,
  kTransferEncoding,
  kConnection,
  kExpect,
  kOther,
};
static_assert(static_cast<std::size_t>(FieldName::kContentLength) == kKnownFields);

// Which field a name (a token) spells, in any case.
FieldName classify_field(std::string_view name) noexcept;

// Content-Length: 1*DIGIT that fits 64 bits, else 400. A list of equal numbers, which RFC 9110 8.6
// lets a reader accept, is refused too.
std::expected<std::uint64_t, Refusal> parse_content_length(std::string_view value) noexcept;

// Transfer-Encoding: nothing if it is exactly "chunked" in any case. 501 for a coding that is not
// known here, 400 for one that is not a name and where chunked isn't the one and last.
std::optional<Refusal> check_transfer_encoding(std::string_view value) noexcept;

// Whether a comma-separated list has that element in any case (RFC 9110 5.6.1); empty elements and
// such that are no tokens are passed over.
bool list_has(std::string_view list, std::string_view token) noexcept;

}  // namespace net
