#include "net/credential.h"

namespace net {

std::string_view bearer(const RequestHead& head) noexcept {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view value = head.value(KnownField::kAuthorization);
  if (value.size() <= kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c =
        value[i] >= 'A' && value[i] <= 'Z' ? static_cast<char>(value[i] | 0x20) : value[i];
    if (c != kScheme[i]) return {};
  }
  return value.substr(kScheme.size());
}

std::string_view presented_secret(const RequestHead& head) noexcept {
  return head.has(KnownField::kApiKey) ? head.value(KnownField::kApiKey) : bearer(head);
}

}  // namespace net
