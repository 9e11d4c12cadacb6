// The route map of /v1/authz: which scope a request to somebody else's service needs.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/usage_event.h"

namespace net {

// Rows "METHOD PREFIX SCOPE", in the order of the configuration; the first that matches counts.
// METHOD is GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, or * for any. PREFIX begins with "/" and
// matches whole segments: "/orders" is a prefix of "/orders" and "/orders/7", not of "/orders2".
// SCOPE is a scope as keys have them, or "-" for none.
//
// Shared: immutable once the server runs.
class AuthzRoutes {
 public:
  // A walk over all of them costs about 2 us: beyond it, a request would notice.
  static constexpr std::size_t kRowsMax = 256;

  // The error says what is wrong with the row.
  std::expected<void, std::string> add(std::string_view row);

  // The scope of the first row that matches; "" where that row asks for none; nothing where no row
  // matches. Views the row.
  std::optional<std::string_view> scope_for(core::Method method,
                                            std::string_view path) const noexcept;

 private:
  struct Row {
    std::optional<core::Method> method;  // Nothing: any.
    std::string prefix;
    std::string scope;
  };
  std::vector<Row> rows_;
};

}  // namespace net
