#include "core/domain/admin_token.h"

#include <gtest/gtest.h>

#include "core/domain/api_key.h"

namespace {

using core::AdminRole;

class Zeros final : public core::Random {
 public:
  void fill(core::MutableBytes out) noexcept override {
    for (std::byte& byte : out) byte = std::byte{0};
  }
};

TEST(AdminToken, RolesHaveNamesThatReadBack) {
  for (const AdminRole role : {AdminRole::kAll, AdminRole::kReadOnly, AdminRole::kTenant}) {
    EXPECT_EQ(core::parse_role(core::role_name(role)), role);
  }
  EXPECT_EQ(core::role_name(AdminRole::kReadOnly), "read_only");
  for (const std::string_view text : {"", "All", "root", "read-only", "tenant "}) {
    EXPECT_FALSE(core::parse_role(text)) << text;
  }
}

TEST(AdminToken, ExpiresAtTheMomentItNamesAndNeverWithoutOne) {
  core::AdminToken token;
  EXPECT_FALSE(token.has_expired(1'000'000));
  token.expires_at = 5;
  EXPECT_FALSE(token.has_expired(4));
  EXPECT_TRUE(token.has_expired(5));
}

TEST(AdminToken, TheOneOfTheStartMayDoAllAndIsNoRow) {
  const core::AdminToken root = core::root_token();
  EXPECT_EQ(root.id, 0u);
  EXPECT_EQ(root.name, "root");
  EXPECT_EQ(root.role, AdminRole::kAll);
  EXPECT_EQ(root.tenant_id, 0u);
}

TEST(AdminToken, ASecretHasThePrefixOfItsKind) {
  Zeros zeros;
  const core::KeySecret secret(zeros, core::kAdminTokenPrefix);
  EXPECT_EQ(secret.text(), "ta_" + std::string(43, 'A'));
  EXPECT_EQ(secret.display(), "ta_AAAA...AAAA");
  EXPECT_EQ(core::KeySecret(zeros).text().substr(0, 3), "fp_");
}

}  // namespace
