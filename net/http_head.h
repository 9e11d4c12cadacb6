// The head of one request: what the parser makes and the router and handlers read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace net {

// The methods that this server knows (RFC 9110 9, RFC 5789). Others are refused with 501 by the
// parser; CONNECT too, since there is nothing here to tunnel to.
enum class Method : std::uint8_t {
  kGet,
  kHead,
  kPost,
  kPut,
  kPatch,
  kDelete,
  kOptions,
  kTrace,
};

// "GET"; static.
std::string_view method_name(Method method) noexcept;

// RFC 9112 3.2. authority-form belongs to CONNECT alone and so never gets here.
enum class TargetForm : std::uint8_t { kOrigin, kAbsolute, kAsterisk };

// The fields that the service asks for on most requests: noted while parsing, so that asking costs
// one load.
enum class KnownField : std::uint8_t {
  kHost,
  kApiKey,  // X-API-Key
  kAuthorization,
  kRequestId,  // X-Request-ID
  kContentType,
  kIdempotencyKey,
  kIfMatch,
  kAccept,
};
inline constexpr std::size_t kKnownFields = 8;

// One header line. The name is a token in the case that was sent; the value is without the
// whitespace around it and may hold HTAB, SP to "~" and bytes from 0x80 (RFC 9110 5.5).
struct Field {
  std::string_view name;
  std::string_view value;
};

// More header lines than this are refused with 431 whatever the limits say.
inline constexpr std::size_t kFieldsMax = 100;

// Everything known about a request once its head is complete.
//
// Ownership: every view points into the bytes that were parsed (or is static) and lives as long as
//            they stay where they are. 3.4 KB, mostly the field table: one per shard, as scratch,
//            not one per connection. Whoever waits for a body keeps the bytes and parses them
//            again (about 80 ns) when the body is there.
struct RequestHead {
  Method method = Method::kGet;
  TargetForm form = TargetForm::kOrigin;
  std::uint8_t version_minor = 1;  // of HTTP/1.x; a minor above 1 is handled as 1.1
  bool http_1_0 = false;           // version_minor is 0: no 1xx, no chunked answers
  bool keep_alive = true;          // what the client allows; the server may still close
  bool expect_continue = false;    // it waits for "100 Continue" before it sends its body
  bool chunked = false;            // the body's length is told by the chunked coding
  bool has_body = false;           // chunked, or content_length > 0
  std::uint64_t content_length = 0;

  std::string_view target;     // As sent.
  std::string_view path;       // Raw, with well-formed %XX not decoded; "*" in asterisk-form.
  std::string_view query;      // Raw, behind the first "?"; empty also where there is no "?".
  std::string_view authority;  // The target's in absolute-form, else Host's value; empty in 1.0.

  // Length of the head, from the first byte given to the parser (skipped empty lines included) to
  // the end of the blank line: where the body, or the next request, begins.
  std::size_t head_bytes = 0;

  // All header lines in the order received.
  std::span<const Field> fields() const noexcept { return {field_slots.data(), field_count}; }

  bool has(KnownField field) const noexcept {
    return known_slots[static_cast<std::size_t>(field)] != 0;
  }

  // The value of the first such line; empty if there is none, or if it is empty (see has()).
  // More than one Host, X-API-Key or Authorization line never gets here: the parser refuses it.
  std::string_view value(KnownField field) const noexcept {
    const std::size_t slot = known_slots[static_cast<std::size_t>(field)];
    return slot == 0 ? std::string_view{} : field_slots[slot - 1].value;
  }

  // The first line of that name in any case, or null. A walk over all lines: for rare fields.
  const Field* find(std::string_view name) const noexcept;

  // Filled by the parser; read through the functions above.
  std::array<std::uint8_t, kKnownFields> known_slots{};  // 1 + index into field_slots, 0 if absent
  std::uint8_t field_count = 0;
  std::array<Field, kFieldsMax> field_slots{};
};

}  // namespace net
