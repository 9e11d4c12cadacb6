#include "net/idempotency.h"

#include <algorithm>
#include <array>
#include <string>

#include "net/http_fields.h"

namespace net {
namespace {

bool is_key(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kIdempotencyKeyBytesMax &&
         std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
}

template <typename Number>
void append_number(std::string& out, Number number) {
  std::array<char, sizeof number> bytes{};
  core::store(bytes.data(), number);
  out.append(bytes.data(), bytes.size());
}

// Fields of a fixed size first, and a zero behind the pattern: no two requests make the same bytes.
core::Digest key_digest(std::string_view key, const RequestScope& scope, core::Hasher& hasher) {
  std::string text;
  text.push_back(scope.is_admin ? 'a' : 'k');
  append_number(text, scope.credential);
  append_number(text, scope.route.row_id);
  append_number(text, scope.resource);
  text += route_info(scope.route.id).pattern;
  text.push_back('\0');
  text += key;
  return hasher.sha256(text);
}

core::Digest request_digest(const RequestHead& head, std::string_view body, core::Hasher& hasher) {
  const core::Digest of_body = hasher.sha256(body);
  if (!head.has(KnownField::kIfMatch)) return of_body;
  std::string text(core::as_text(of_body.bytes));
  for (const Field& field : head.fields()) {
    if (classify_field(field.name) != FieldName::kIfMatch) continue;
    text += field.value;
    text.push_back('\0');
  }
  return hasher.sha256(text);
}

}  // namespace

std::expected<std::optional<core::Idempotency>, std::string_view> read_idempotency(
    const RequestHead& head, std::string_view body, const RequestScope& scope,
    core::Hasher& hasher) {
  if (head.method != Method::kPost || !head.has(KnownField::kIdempotencyKey)) return std::nullopt;
  const auto lines = std::ranges::count_if(head.fields(), [](const Field& field) {
    return classify_field(field.name) == FieldName::kIdempotencyKey;
  });
  if (lines > 1) return std::unexpected("There is more than one Idempotency-Key");
  const std::string_view key = head.value(KnownField::kIdempotencyKey);
  if (!is_key(key)) {
    return std::unexpected("Idempotency-Key is not 1 to 255 visible ASCII characters");
  }
  return core::Idempotency{.key = key_digest(key, scope, hasher),
                           .request = request_digest(head, body, hasher)};
}

}  // namespace net
