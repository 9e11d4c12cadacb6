#include "storage/tenant_changes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;

core::Outcome create(test::StoreRig& rig, const std::string& name, const std::string& slug) {
  return rig.run_with<core::CreateTenant>([&](core::CreateTenant& create) {
    create.name = name;
    create.slug = slug;
  });
}

template <typename Set>
core::Outcome update(test::StoreRig& rig, core::TenantId id, Set set) {
  return rig.run_with<core::UpdateTenant>([&](core::UpdateTenant& update) {
    update.id = id;
    set(update);
  });
}

TEST(SlugOfName, JoinsLowerCaseWordsOfAsciiWithHyphens) {
  EXPECT_EQ(storage::slug_of_name("Acme Corp."), "acme-corp");
  EXPECT_EQ(storage::slug_of_name("  --Acme__ 42 & Sons!  "), "acme-42-sons");
  EXPECT_EQ(storage::slug_of_name("Caf\xC3\xA9 Z\xC3\xBCrich"), "caf-z-rich");
}

TEST(SlugOfName, FallsBackWhereNoAsciiIsLeft) {
  EXPECT_EQ(storage::slug_of_name(""), "tenant");
  EXPECT_EQ(storage::slug_of_name("\xE6\x97\xA5\xE6\x9C\xAC"), "tenant");
}

TEST(SlugOfName, IsBoundedAndNeverEndsWithAHyphen) {
  const std::string slug = storage::slug_of_name(std::string(storage::kSlugBytesMax, 'a') + " b");
  EXPECT_EQ(slug, std::string(storage::kSlugBytesMax, 'a'));
  const std::string cut =
      storage::slug_of_name(std::string(storage::kSlugBytesMax - 1, 'a') + " b");
  EXPECT_EQ(cut, std::string(storage::kSlugBytesMax - 1, 'a'));
}

TEST(TenantChanges, CreationGivesIdsInOrderAndStampsOfTheCommand) {
  test::StoreRig rig;
  const core::Tenant first = rig.make_tenant("One");
  rig.when += 5;
  const core::Tenant second = rig.make_tenant("Two");
  EXPECT_EQ(first.id, 1u);
  EXPECT_EQ(second.id, 2u);
  EXPECT_EQ(second.created_at, rig.when);
  EXPECT_EQ(second.updated_at, rig.when);
  EXPECT_EQ(second.deleted_at, 0);
  EXPECT_EQ(second.version, 1u);
  EXPECT_EQ(second.plan, "free");
  EXPECT_TRUE(second.is_active);
  const auto read = rig.reader->catalog().tenant(second.id);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "Two");
  EXPECT_EQ(read->slug, "two");
}

TEST(TenantChanges, ASlugMadeFromATakenNameGetsTheNextNumber) {
  test::StoreRig rig;
  EXPECT_EQ(rig.make_tenant("Acme").slug, "acme");
  EXPECT_EQ(rig.make_tenant("acme").slug, "acme-2");
  EXPECT_EQ(rig.make_tenant("ACME!").slug, "acme-3");
}

TEST(TenantChanges, ManyTenantsOfOneNameStillGetDistinctSlugs) {
  test::StoreRig rig;
  std::set<std::string> slugs;
  for (int i = 0; i < 200; ++i) slugs.insert(rig.make_tenant("Acme").slug);
  EXPECT_EQ(slugs.size(), 200u);
}

TEST(TenantChanges, AGivenSlugThatIsTakenIsAConflictAndChangesNothing) {
  test::StoreRig rig;
  rig.make_tenant("Acme");
  const core::Outcome outcome = create(rig, "Other", "acme");
  EXPECT_EQ(outcome.code, OutcomeCode::kConflict);
  EXPECT_EQ(outcome.field, "slug");
  EXPECT_EQ(rig.reader->catalog().tenants({}).rows.size(), 1u);
  EXPECT_EQ(rig.make_tenant("Next").id, 2u);  // No id was used up.
}

TEST(TenantChanges, AnUpdateChangesOnlyWhatIsSent) {
  test::StoreRig rig;
  const core::Tenant before = rig.make_tenant("Acme");
  rig.when += 7;
  const core::Outcome outcome = update(rig, before.id, [](auto& update) { update.plan = "pro"; });
  ASSERT_EQ(outcome.code, OutcomeCode::kDone);
  const auto after = rig.reader->catalog().tenant(before.id);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->plan, "pro");
  EXPECT_EQ(after->name, before.name);
  EXPECT_EQ(after->slug, before.slug);
  EXPECT_EQ(after->created_at, before.created_at);
  EXPECT_EQ(after->updated_at, rig.when);
  EXPECT_EQ(after->version, 2u);
}

TEST(TenantChanges, ANewSlugFreesTheOldOneAndMustBeFreeItself) {
  test::StoreRig rig;
  const core::Tenant acme = rig.make_tenant("Acme");
  rig.make_tenant("Other");
  EXPECT_EQ(update(rig, acme.id, [](auto& update) { update.slug = "other"; }).code,
            OutcomeCode::kConflict);
  EXPECT_EQ(update(rig, acme.id, [](auto& update) { update.slug = "acme"; }).code,
            OutcomeCode::kDone);
  EXPECT_EQ(update(rig, acme.id, [](auto& update) { update.slug = "fresh"; }).code,
            OutcomeCode::kDone);
  EXPECT_EQ(create(rig, "x", "acme").code, OutcomeCode::kDone);
}

TEST(TenantChanges, AnUnknownTenantIsNotFound) {
  test::StoreRig rig;
  EXPECT_EQ(update(rig, 9, [](auto& update) { update.name = "x"; }).code, OutcomeCode::kNotFound);
  EXPECT_EQ(rig.run(core::DeleteTenant{.id = 9}).code, OutcomeCode::kNotFound);
}

TEST(TenantChanges, DisablingIsSeenByAuthenticationAtOnce) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  EXPECT_TRUE(rig.reader->auth().tenant(tenant.id).active);
  update(rig, tenant.id, [](auto& update) { update.is_active = false; });
  EXPECT_TRUE(rig.reader->auth().tenant(tenant.id).exists);
  EXPECT_FALSE(rig.reader->auth().tenant(tenant.id).active);
  update(rig, tenant.id, [](auto& update) { update.is_active = true; });
  EXPECT_TRUE(rig.reader->auth().tenant(tenant.id).active);
}

TEST(TenantChanges, ADeletedTenantKeepsItsRowFreesItsSlugAndIsGoneForAuthentication) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant("Acme");
  EXPECT_TRUE(rig.reader->auth().tenant(tenant.id).exists);
  rig.when += 3;
  const core::Outcome outcome = rig.run(core::DeleteTenant{.id = tenant.id});
  ASSERT_EQ(outcome.code, OutcomeCode::kDone);
  EXPECT_EQ(std::get<core::Tenant>(outcome.row).deleted_at, rig.when);
  EXPECT_FALSE(rig.reader->auth().tenant(tenant.id).exists);
  EXPECT_EQ(rig.reader->catalog().tenant(tenant.id)->deleted_at, rig.when);
  EXPECT_EQ(rig.run(core::DeleteTenant{.id = tenant.id}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(update(rig, tenant.id, [](auto&) {}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(rig.make_tenant("Acme").slug, "acme");
}

TEST(TenantChanges, ChangeOnlyTheVersionsThatIfMatchAdmits) {
  test::StoreRig rig;
  const core::TenantId id = rig.make_tenant().id;
  const core::VersionGuard first{.any = false, .versions = {1}};
  core::UpdateTenant change;
  change.id = id;
  EXPECT_EQ(rig.run_if(first, change).code, OutcomeCode::kDone);
  EXPECT_EQ(rig.run_if(first, change).code, OutcomeCode::kVersionDiffers);
  EXPECT_EQ(rig.run_if(first, core::DeleteTenant{.id = id}).code, OutcomeCode::kVersionDiffers);
  EXPECT_TRUE(rig.reader->auth().tenant(id).exists);
  EXPECT_EQ(rig.run(core::DeleteTenant{.id = id}).code, OutcomeCode::kDone);
  EXPECT_EQ(rig.run_if(first, core::RestoreTenant{.id = id}).code, OutcomeCode::kVersionDiffers);
}

TEST(TenantRestore, BringsTheTenantItsSlugAndItsKeysBack) {
  test::StoreRig rig;
  const core::TenantId id = rig.make_tenant("Acme").id;
  rig.make_key(id, 1);
  update(rig, id, [](auto& update) { update.is_active = false; });
  rig.run(core::DeleteTenant{.id = id});
  EXPECT_EQ(rig.reader->catalog().counts().tenants, 0u);
  rig.when += 7;
  const core::Outcome outcome = rig.run(core::RestoreTenant{.id = id});
  ASSERT_EQ(outcome.code, OutcomeCode::kDone);
  const auto& tenant = std::get<core::Tenant>(outcome.row);
  EXPECT_EQ(tenant.deleted_at, 0);
  EXPECT_EQ(tenant.updated_at, rig.when);
  EXPECT_EQ(tenant.version, 4u);
  EXPECT_TRUE(rig.reader->auth().tenant(id).exists);
  EXPECT_FALSE(rig.reader->auth().tenant(id).active);  // As it was.
  EXPECT_TRUE(rig.finds(1));
  EXPECT_EQ(rig.reader->catalog().counts().tenants, 1u);
  EXPECT_EQ(rig.make_tenant("Acme").slug, "acme-2");
  EXPECT_EQ(rig.run(core::RestoreTenant{.id = id}).code, OutcomeCode::kConflict);
  EXPECT_EQ(rig.run(core::RestoreTenant{.id = 9}).code, OutcomeCode::kNotFound);
}

TEST(TenantRestore, IsRefusedWhereTheSlugIsTakenByNow) {
  test::StoreRig rig;
  const core::TenantId id = rig.make_tenant("Acme").id;
  rig.run(core::DeleteTenant{.id = id});
  const core::TenantId other = rig.make_tenant("Acme").id;
  const core::Outcome refused = rig.run(core::RestoreTenant{.id = id});
  EXPECT_EQ(refused.code, OutcomeCode::kConflict);
  EXPECT_EQ(refused.field, "slug");
  EXPECT_FALSE(rig.reader->auth().tenant(id).exists);
  update(rig, other, [](auto& update) { update.slug = "another"; });
  EXPECT_EQ(rig.run(core::RestoreTenant{.id = id}).code, OutcomeCode::kDone);
}

}  // namespace
