#include "core/service/admin_token_form.h"

#include <gtest/gtest.h>

#include "tests/support/form_reading.h"

namespace core {
namespace {

using test::FormReading;
using test::Issues;
using test::times;

constexpr WallMicros kNow = 1'767'225'600'000'000;  // 2026-01-01.

auto create(std::string_view text) {
  return FormReading(text, [](Form& form) { return read_create_admin_token(form, kNow); });
}
auto change(std::string_view text) {
  return FormReading(text, [](Form& form) { return read_update_admin_token(form, 7); });
}

TEST(AdminTokenForm, TakesEveryFieldThatIsSent) {
  const auto form =
      create(R"({"name":"ops","role":"tenant","tenant_id":5,"expires_at":"2027-01-01T00:00:00Z"})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.name, "ops");
  EXPECT_EQ(form.value.role, AdminRole::kTenant);
  EXPECT_EQ(form.value.tenant_id, 5u);
  EXPECT_EQ(form.value.expires_at, kNow + 365 * 86'400 * kMicrosPerSecond);
}

TEST(AdminTokenForm, WantsARoleToBeSaid) {
  EXPECT_EQ(create(R"({"name":"ops"})").issues, (Issues{{"role", "is required"}}));
  EXPECT_EQ(create(R"({"name":"ops","role":"admin"})").issues,
            (Issues{{"role", "must be \"all\", \"read_only\" or \"tenant\""}}));
}

TEST(AdminTokenForm, WantsATenantForTheRoleThatHasOneAndForNoOther) {
  EXPECT_EQ(create(R"({"name":"a","role":"tenant"})").issues,
            (Issues{{"tenant_id", "is required"}}));
  EXPECT_EQ(create(R"({"name":"a","role":"tenant","tenant_id":0})").issues.count("tenant_id"), 1u);
  for (const std::string role : {"all", "read_only"}) {
    const auto form = create(R"({"name":"a","role":")" + role + R"(","tenant_id":5})");
    EXPECT_EQ(form.issues, (Issues{{"tenant_id", "is only for tokens of the role tenant"}}));
    EXPECT_EQ(create(R"({"name":"a","role":")" + role + R"(","tenant_id":null})").issues, Issues{});
  }
}

TEST(AdminTokenForm, KeepsTheNamesThatTheAuditLogUses) {
  for (const std::string name : {"root", "system"}) {
    EXPECT_EQ(create(R"({"role":"all","name":")" + name + "\"}").issues.count("name"), 1u);
    EXPECT_EQ(change(R"({"name":")" + name + "\"}").issues.count("name"), 1u);
  }
  EXPECT_EQ(create(R"({"role":"all","name":"Root"})").issues, Issues{});
  EXPECT_EQ(create(R"({"role":"all","name":")" + times(101, "x") + "\"}").issues.count("name"), 1u);
  EXPECT_EQ(create(R"({"role":"all","name":""})").issues.count("name"), 1u);
}

TEST(AdminTokenForm, AnEndLiesInTheFutureAtFirstAndAnywhereInAChange) {
  EXPECT_EQ(create(R"({"name":"a","role":"all","expires_at":"2025-12-31T00:00:00Z"})").issues,
            (Issues{{"expires_at", "must lie in the future"}}));
  EXPECT_EQ(change(R"({"expires_at":"1970-01-01T00:00:00Z"})").value.expires_at, 1);
  EXPECT_EQ(change(R"({"expires_at":null})").value.expires_at, 0);
  EXPECT_EQ(change("{}").value.expires_at, std::nullopt);
}

TEST(AdminTokenForm, ARoleIsNotChanged) {
  EXPECT_EQ(change(R"({"role":"all","tenant_id":1})").issues,
            (Issues{{"role", "is not a known field"}, {"tenant_id", "is not a known field"}}));
}

TEST(AdminTokenForm, ShowsARowWithoutItsDigest) {
  AdminToken token;
  token.id = 3;
  token.name = "ops \"1\"";
  token.display = "ta_AbCd...wXyZ";
  token.role = AdminRole::kTenant;
  token.tenant_id = 5;
  token.created_at = 1'000'000;
  token.updated_at = 2'000'000;
  std::string json;
  append_json(json, token);
  EXPECT_EQ(json, R"({"id":3,"name":"ops \"1\"","display":"ta_AbCd...wXyZ","role":"tenant",)"
                  R"("tenant_id":5,"expires_at":null,"created_at":"1970-01-01T00:00:01.000000Z",)"
                  R"("updated_at":"1970-01-01T00:00:02.000000Z"})");
  token.role = AdminRole::kAll;
  token.tenant_id = 0;
  token.deleted_at = token.expires_at = 3'000'000;
  json.clear();
  append_json_with_secret(json, token, "ta_secret");
  EXPECT_EQ(json.find(R"({"token":"ta_secret","id":3,)"), 0u) << json;
  EXPECT_NE(json.find(R"("tenant_id":null,"expires_at":"1970-01-01T00:00:03.000000Z")"),
            std::string::npos);
  EXPECT_NE(json.find(R"(,"deleted_at":"1970-01-01T00:00:03.000000Z"})"), std::string::npos);
}

}  // namespace
}  // namespace core
