// A named token of an administrator, as it is stored. The token's text is in none of this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/digest.h"
#include "core/base/time.h"
#include "core/domain/tenant.h"

namespace core {

using AdminTokenId = std::uint64_t;  // From 1; 0 is the token that the server was started with.

enum class AdminRole : std::uint8_t {
  kAll,
  kReadOnly,  // May look at everything and change nothing.
  kTenant,    // Manages the keys of one tenant, and sees what is about that tenant.
};

// "all", "read_only", "tenant": as the API and the audit log say it.
std::string_view role_name(AdminRole role) noexcept;
std::optional<AdminRole> parse_role(std::string_view text) noexcept;

// What the audit log calls the token that the server was started with, and changes that no token
// made. No other token can have these names.
inline constexpr std::string_view kRootName = "root";
inline constexpr std::string_view kSystemName = "system";

// Tokens that are not deleted, of one server.
inline constexpr std::uint64_t kAdminTokensMax = 1000;

struct AdminToken {
  AdminTokenId id = 0;
  std::string name;     // Unique among tokens that are not deleted.
  std::string display;  // First 7 and last 4 characters: "ta_AbCd...wXyZ".
  Digest digest;        // SHA-256 of the text.
  AdminRole role = AdminRole::kAll;
  TenantId tenant_id = 0;     // Of kTenant, which is confined to it; else 0.
  WallMicros expires_at = 0;  // 0: never.
  WallMicros created_at = 0;
  WallMicros updated_at = 0;
  WallMicros deleted_at = 0;  // 0: not deleted. A deleted token never works again.
  std::uint64_t version = 1;  // Counts changes of the row.

  bool has_expired(WallMicros now) const noexcept { return expires_at != 0 && expires_at <= now; }
};

// The token that the server was started with: it may do all, and is not in the store.
AdminToken root_token();

}  // namespace core
