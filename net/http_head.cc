#include "net/http_head.h"

#include <algorithm>

#include "net/http_chars.h"

namespace net {

std::string_view method_name(Method method) noexcept {
  static constexpr std::array<std::string_view, 8> kNames{
      "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
  };
  return kNames[static_cast<std::size_t>(method)];
}

const Field* RequestHead::find(std::string_view name) const noexcept {
  const auto all = fields();
  const auto found = std::ranges::find_if(
      all, [name](const Field& field) { return equals_ignoring_case(field.name, name); });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace net
