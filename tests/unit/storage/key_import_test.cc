#include "storage/key_import.h"

#include <gtest/gtest.h>

#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;

core::ImportedKey imported(core::TenantId tenant, std::uint64_t secret, std::uint32_t index = 0) {
  return {.index = index, .key = test::StoreRig::new_key(tenant, secret), .tenant_slug = {}};
}

core::ImportReport import(test::StoreRig& rig, std::vector<core::ImportedKey> keys) {
  const core::Outcome outcome = rig.run(core::ImportKeys{std::move(keys)});
  EXPECT_EQ(outcome.code, OutcomeCode::kDone);
  return std::get<core::ImportReport>(outcome.row);
}

TEST(KeyImport, CreatesKeysThatAreFoundByTheirDigests) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  rig.make_key(tenant.id, 1);
  const auto report = import(rig, {imported(tenant.id, 2, 0), imported(tenant.id, 3, 1)});
  EXPECT_EQ(report.created, 2U);
  EXPECT_EQ(report.first_id, 2U);
  EXPECT_EQ(report.existing, 0U);
  EXPECT_TRUE(report.refused.empty());
  EXPECT_EQ(rig.record(2).key_id, 2U);
  EXPECT_EQ(rig.record(3).key_id, 3U);
  EXPECT_EQ(rig.reader->catalog().counts().keys, 3U);
}

TEST(KeyImport, LeavesKeysOfTheSameTenantAloneThatAreThere) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  import(rig, {imported(tenant.id, 1), imported(tenant.id, 2)});
  core::ImportedKey other = imported(tenant.id, 1);
  other.key.name = "another name";
  const auto report = import(rig, {other, imported(tenant.id, 2), imported(tenant.id, 3)});
  EXPECT_EQ(report.created, 1U);
  EXPECT_EQ(report.first_id, 3U);
  EXPECT_EQ(report.existing, 2U);
  EXPECT_EQ(rig.reader->catalog().key(1)->name, "key 1");
  EXPECT_EQ(rig.reader->catalog().key(1)->version, 1U);
  EXPECT_EQ(rig.reader->catalog().counts().keys, 3U);
}

TEST(KeyImport, CreatesADigestOnceThatIsInOneCommandTwice) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  const auto report = import(rig, {imported(tenant.id, 1), imported(tenant.id, 1)});
  EXPECT_EQ(report.created, 1U);
  EXPECT_EQ(report.existing, 1U);
}

TEST(KeyImport, RefusesWhatDoesNotFitAndCreatesTheOthers) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant("Acme");
  const core::Tenant other = rig.make_tenant("Other");
  rig.make_key(other.id, 1);
  core::ImportedKey bad_limit = imported(tenant.id, 4, 7);
  bad_limit.key.limit = {.rate_limit = 1, .window_s = core::kRateWindowSecondsMax, .burst = 1000};
  core::ImportedKey no_slug = imported(0, 5, 8);
  no_slug.tenant_slug = "nobody";
  const auto report = import(rig, {imported(tenant.id, 1, 3), imported(99, 2, 5),
                                   imported(tenant.id, 3, 6), bad_limit, no_slug});
  EXPECT_EQ(report.created, 1U);
  ASSERT_EQ(report.refused.size(), 4U);
  EXPECT_EQ(report.refused[0].index, 3U);
  EXPECT_EQ(report.refused[0].field, "sha256");
  EXPECT_EQ(report.refused[1].index, 5U);
  EXPECT_EQ(report.refused[1].field, "tenant_id");
  EXPECT_EQ(report.refused[2].index, 7U);
  EXPECT_EQ(report.refused[3].index, 8U);
  EXPECT_EQ(report.refused[3].field, "tenant");
  EXPECT_EQ(rig.record(1).tenant_id, other.id);
  EXPECT_TRUE(rig.finds(3));
  EXPECT_FALSE(rig.finds(2));
}

TEST(KeyImport, FindsTenantsBySlugUntilTheyAreDeleted) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant("Acme");
  core::ImportedKey key = imported(0, 1);
  key.tenant_slug = "acme";
  EXPECT_EQ(import(rig, {key}).created, 1U);
  EXPECT_EQ(import(rig, {key}).existing, 1U);
  EXPECT_EQ(rig.record(1).tenant_id, tenant.id);
  rig.run(core::DeleteTenant{.id = tenant.id});
  key.key.digest = test::digest_of(2);
  EXPECT_EQ(import(rig, {key}).refused.size(), 1U);
}

TEST(KeyImport, NamesKeysThatHaveNoRoom) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  rig.slots.full = true;
  const auto report = import(rig, {imported(tenant.id, 1, 4)});
  EXPECT_EQ(report.created, 0U);
  ASSERT_EQ(report.refused.size(), 1U);
  EXPECT_EQ(report.refused[0].index, 4U);
  rig.slots.full = false;
  EXPECT_EQ(import(rig, {imported(tenant.id, 1, 4)}).created, 1U);
}

TEST(KeyImport, SurvivesARestartAsAWhole) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  std::vector<core::ImportedKey> keys;
  for (std::uint64_t i = 0; i < 500; ++i) keys.push_back(imported(tenant.id, i));
  EXPECT_EQ(import(rig, keys).created, 500U);
  rig.reopen();
  for (std::uint64_t i = 0; i < 500; ++i) ASSERT_TRUE(rig.finds(i)) << i;
  EXPECT_EQ(import(rig, keys).existing, 500U);
}

}  // namespace
