#include "storage/admin_token_changes.h"

#include <gtest/gtest.h>

#include "tests/support/store_rig.h"

namespace {

using core::AdminRole;
using core::OutcomeCode;

// A change of that kind that names the row and sets nothing.
template <typename Change>
Change change_of(std::uint64_t id) {
  Change change;
  change.id = id;
  return change;
}

core::CreateAdminToken new_token(const std::string& name, AdminRole role = AdminRole::kAll,
                                 core::TenantId tenant = 0) {
  return {.name = name,
          .display = "ta_AbCd...wXyZ",
          .digest = core::Hasher().sha256("token " + name),
          .role = role,
          .tenant_id = tenant};
}

class AdminTokenChanges : public testing::Test {
 protected:
  core::AdminToken make(const core::CreateAdminToken& command) {
    const core::Outcome made = rig_.run(command);
    EXPECT_EQ(made.code, OutcomeCode::kDone) << made.message;
    return std::get<core::AdminToken>(made.row);
  }
  bool is_known(const std::string& name) {
    return rig_.reader->admin().find_token(core::Hasher().sha256("token " + name)).has_value();
  }
  // The outcome of a change that the token asks for.
  template <typename Change>
  core::Outcome run_as(core::AdminTokenId token, Change change) {
    const core::Actor actor{.token_id = token, .name = "ops", .request_id = "r"};
    EXPECT_TRUE(rig_.store->commands().submit(
        {.when = rig_.when, .actor = actor, .change = std::move(change)}, rig_.replies, 0));
    core::Outcome outcome = rig_.replies.outcome();
    rig_.reader->catalog().begin_turn();
    return outcome;
  }
  static core::CreateTenant new_tenant() {
    core::CreateTenant command;
    command.name = "Other";
    return command;
  }

  test::StoreRig rig_;
};

TEST_F(AdminTokenChanges, AMadeTokenIsFoundByItsDigestAndKeptOverARestart) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const core::AdminToken token = make(new_token("ops", AdminRole::kTenant, tenant));
  EXPECT_EQ(token.id, 1u);
  EXPECT_EQ(token.created_at, rig_.when);
  rig_.reopen();
  const auto found = rig_.reader->admin().find_token(core::Hasher().sha256("token ops"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, token.id);
  EXPECT_EQ(found->role, AdminRole::kTenant);
  EXPECT_EQ(found->tenant_id, tenant);
  EXPECT_EQ(found->display, "ta_AbCd...wXyZ");
  EXPECT_FALSE(is_known("else"));
}

TEST_F(AdminTokenChanges, ADigestThatOnlyBeginsAlikeIsAnotherOne) {
  make(new_token("ops"));
  core::Digest digest = core::Hasher().sha256("token ops");
  digest.bytes.back() ^= std::byte{1};
  EXPECT_FALSE(rig_.reader->admin().find_token(digest));
}

TEST_F(AdminTokenChanges, ANameIsTakenWhileItsTokenLives) {
  const core::AdminToken token = make(new_token("ops"));
  core::CreateAdminToken same = new_token("ops");
  same.digest = core::Hasher().sha256("another");
  const core::Outcome refused = rig_.run(same);
  EXPECT_EQ(refused.code, OutcomeCode::kConflict);
  EXPECT_EQ(refused.field, "name");
  EXPECT_EQ(rig_.run(core::DeleteAdminToken{.id = token.id}).code, OutcomeCode::kDone);
  EXPECT_EQ(make(same).id, 2u);
}

TEST_F(AdminTokenChanges, ADigestIsNeverGivenTwice) {
  make(new_token("ops"));
  core::CreateAdminToken same = new_token("ops");
  same.name = "other";
  EXPECT_EQ(rig_.run(same).field, "token");
}

TEST_F(AdminTokenChanges, ATenantsTokenNeedsTheTenant) {
  const core::TenantId tenant = rig_.make_tenant().id;
  EXPECT_EQ(rig_.run(new_token("a", AdminRole::kTenant, tenant + 1)).code, OutcomeCode::kInvalid);
  rig_.run(core::DeleteTenant{.id = tenant});
  const core::Outcome refused = rig_.run(new_token("a", AdminRole::kTenant, tenant));
  EXPECT_EQ(refused.code, OutcomeCode::kInvalid);
  EXPECT_EQ(refused.field, "tenant_id");
}

TEST_F(AdminTokenChanges, ARenamedTokenFreesItsNameAndKeepsItsDigest) {
  const core::AdminToken token = make(new_token("ops"));
  make(new_token("taken"));
  core::UpdateAdminToken rename{.id = token.id, .name = "taken"};
  EXPECT_EQ(rig_.run(rename).field, "name");
  rename.name = "renamed";
  const core::Outcome renamed = rig_.run(rename);
  EXPECT_EQ(std::get<core::AdminToken>(renamed.row).version, 2u);
  EXPECT_TRUE(is_known("ops"));  // By the digest of its text, which is what it was.
  core::CreateAdminToken again = new_token("ops");
  again.digest = core::Hasher().sha256("another");
  make(again);
}

TEST_F(AdminTokenChanges, ADeletedTokenIsUnknownAndItsRowStays) {
  const core::AdminToken token = make(new_token("ops"));
  EXPECT_EQ(rig_.reader->admin().count_tokens(), 1u);
  EXPECT_EQ(rig_.run(core::DeleteAdminToken{.id = token.id}).code, OutcomeCode::kDone);
  EXPECT_FALSE(is_known("ops"));
  EXPECT_EQ(rig_.reader->admin().token(token.id)->deleted_at, rig_.when);
  EXPECT_EQ(rig_.reader->admin().count_tokens(), 0u);
  EXPECT_EQ(rig_.run(core::DeleteAdminToken{.id = token.id}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(rig_.run(core::UpdateAdminToken{.id = token.id, .name = "x"}).code,
            OutcomeCode::kNotFound);
}

TEST_F(AdminTokenChanges, IfMatchGuardsAChange) {
  const core::AdminToken token = make(new_token("ops"));
  EXPECT_EQ(rig_.run_if({.versions = {2}}, core::DeleteAdminToken{.id = token.id}).code,
            OutcomeCode::kVersionDiffers);
  EXPECT_EQ(rig_.run_if({.versions = {1}}, core::DeleteAdminToken{.id = token.id}).code,
            OutcomeCode::kDone);
}

TEST_F(AdminTokenChanges, ThereAreNoMoreThanABoundOfThem) {
  rig_.run_many(core::kAdminTokensMax,
                [](std::uint64_t n) { return new_token("token " + std::to_string(n)); });
  const core::Outcome refused = rig_.run(new_token("one more"));
  EXPECT_EQ(refused.code, OutcomeCode::kConflict);
  rig_.run(core::DeleteAdminToken{.id = 5});
  make(new_token("one more"));
}

TEST_F(AdminTokenChanges, AnActorThatWasDeletedOrHasExpiredChangesNothing) {
  core::CreateAdminToken command = new_token("ops");
  command.expires_at = rig_.when + 10;
  const core::AdminToken token = make(command);
  EXPECT_EQ(run_as(token.id, new_tenant()).code, OutcomeCode::kDone);
  rig_.when += 10;
  const core::Outcome expired = run_as(token.id, new_tenant());
  EXPECT_EQ(expired.code, OutcomeCode::kCallerInvalid);
  EXPECT_EQ(expired.message, "Admin token expired");
  rig_.when -= 1;
  rig_.run(core::DeleteAdminToken{.id = token.id});
  EXPECT_EQ(run_as(token.id, new_tenant()).code, OutcomeCode::kCallerInvalid);
  EXPECT_EQ(run_as(99, new_tenant()).code, OutcomeCode::kCallerInvalid);
  EXPECT_EQ(rig_.reader->catalog().counts().tenants, 1u);
}

TEST_F(AdminTokenChanges, AConfinedActorReachesItsTenantsKeysAlone) {
  const core::TenantId own = rig_.make_tenant("Own").id;
  const core::TenantId other = rig_.make_tenant("Two").id;
  const core::KeyId own_key = rig_.make_key(own, 1).id;
  const core::KeyId other_key = rig_.make_key(other, 2).id;
  const core::AdminTokenId token = make(new_token("ops", AdminRole::kTenant, own)).id;

  EXPECT_EQ(run_as(token, test::StoreRig::new_key(own, 3)).code, OutcomeCode::kDone);
  const core::Outcome refused = run_as(token, test::StoreRig::new_key(other, 4));
  EXPECT_EQ(refused.code, OutcomeCode::kInvalid);
  EXPECT_EQ(refused.message, "names no tenant");  // As for one that there never was.
  const core::RotateKey rotate{.id = other_key,
                               .secret = {.digest = test::digest_of(9), .display = "d"}};
  EXPECT_EQ(run_as(token, rotate).code, OutcomeCode::kNotFound);
  EXPECT_EQ(run_as(token, change_of<core::UpdateKey>(other_key)).code, OutcomeCode::kNotFound);
  EXPECT_EQ(run_as(token, core::DeleteKey{.id = other_key}).code, OutcomeCode::kNotFound);
  rig_.run(core::DeleteKey{.id = other_key});
  EXPECT_EQ(run_as(token, core::RestoreKey{.id = other_key}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(run_as(token, core::DeleteKey{.id = own_key}).code, OutcomeCode::kDone);
  EXPECT_EQ(run_as(token, core::RestoreKey{.id = own_key}).code, OutcomeCode::kDone);
}

TEST_F(AdminTokenChanges, AConfinedActorGoesWithItsTenant) {
  const core::TenantId own = rig_.make_tenant("Own").id;
  const core::AdminTokenId token = make(new_token("ops", AdminRole::kTenant, own)).id;
  core::UpdateTenant disable;
  disable.id = own;
  disable.is_active = false;
  rig_.run(disable);
  EXPECT_EQ(run_as(token, test::StoreRig::new_key(own, 3)).code, OutcomeCode::kCallerInactive);
  rig_.run(core::DeleteTenant{.id = own});
  EXPECT_EQ(run_as(token, test::StoreRig::new_key(own, 3)).code, OutcomeCode::kCallerInvalid);
}

}  // namespace
