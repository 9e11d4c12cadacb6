#include "core/domain/admin_token.h"

#include <array>

namespace core {
namespace {

// In the order of AdminRole.
constexpr std::array<std::string_view, 3> kRoleNames = {"all", "read_only", "tenant"};

}  // namespace

std::string_view role_name(AdminRole role) noexcept {
  return kRoleNames[static_cast<std::size_t>(role)];
}

std::optional<AdminRole> parse_role(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kRoleNames.size(); ++i) {
    if (kRoleNames[i] == text) return static_cast<AdminRole>(i);
  }
  return std::nullopt;
}

AdminToken root_token() {
  AdminToken token;
  token.name = kRootName;
  return token;
}

}  // namespace core
