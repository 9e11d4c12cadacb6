#include "storage/row_changes.h"

#include <gtest/gtest.h>

#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;

class RowChanges : public testing::Test {
 protected:
  RowChanges() : tenant_(rig_.make_tenant()), key_(rig_.make_key(tenant_.id, 1)) {}

  core::Caller caller() const { return {.key_id = key_.id, .tenant_id = tenant_.id}; }

  core::Outcome create(const std::string& name, const std::string& value = "null") {
    return rig_.run(test::new_row(caller(), name, value));
  }
  core::Outcome update(core::RowId id, const std::string& value) {
    return rig_.run(test::changed_row(caller(), id, std::nullopt, value));
  }
  core::Outcome remove(core::RowId id) {
    return rig_.run(core::DeleteRow{.caller = caller(), .id = id});
  }
  template <typename Set>
  void update_key(Set set) {
    const core::Outcome outcome = rig_.run_with<core::UpdateKey>([&](core::UpdateKey& update) {
      update.id = key_.id;
      set(update);
    });
    ASSERT_EQ(outcome.code, OutcomeCode::kDone);
  }
  std::string json(core::RowId id) {
    return std::string(test::row_json(rig_.reader->catalog(), tenant_.id, id));
  }
  std::uint32_t listed() {
    return rig_.reader->catalog().rows(test::data_of(tenant_.id), 0, 100).count;
  }

  test::StoreRig rig_;
  core::Tenant tenant_;
  core::ApiKey key_;
};

TEST_F(RowChanges, ACreatedRowIsReadAsTheJsonThatIsSent) {
  const core::Outcome outcome = create("first", R"({"n":1})");
  ASSERT_EQ(outcome.code, OutcomeCode::kDone);
  EXPECT_EQ(json(1),
            R"({"id":1,"name":"first","value":{"n":1},"created_at":"2026-01-01T00:00:00.000000Z",)"
            R"("updated_at":"2026-01-01T00:00:00.000000Z"})");
  EXPECT_EQ(std::get<core::RowImage>(outcome.row).json, json(1));
  EXPECT_EQ(rig_.reader->catalog().rows(test::data_of(tenant_.id), 0, 100).json, json(1));
}

TEST_F(RowChanges, AnUpdateChangesOnlyWhatIsSent) {
  create("first", "1");
  rig_.when += 5;
  const core::Outcome outcome = update(1, "[2]");
  EXPECT_EQ(std::get<core::RowImage>(outcome.row).version, 2u);
  EXPECT_EQ(json(1),
            R"({"id":1,"name":"first","value":[2],"created_at":"2026-01-01T00:00:00.000000Z",)"
            R"("updated_at":"2026-01-01T00:00:00.000005Z"})");
  rig_.run(test::changed_row(caller(), 1, "second", std::nullopt));
  EXPECT_NE(json(1).find(R"("name":"second","value":[2])"), std::string::npos);
}

TEST_F(RowChanges, ADeletedRowIsInNoListAndItsIdIsNotUsedAgain) {
  create("first");
  create("second");
  EXPECT_EQ(listed(), 2u);
  EXPECT_EQ(remove(2).code, OutcomeCode::kDone);
  EXPECT_EQ(listed(), 1u);
  EXPECT_EQ(json(2), "");
  EXPECT_EQ(remove(2).code, OutcomeCode::kNotFound);
  EXPECT_EQ(update(2, "1").code, OutcomeCode::kNotFound);
  EXPECT_EQ(std::get<core::RowImage>(create("third").row).id, 3u);
}

TEST_F(RowChanges, AnotherTenantsRowIsNotFound) {
  create("first");
  const core::Tenant other = rig_.make_tenant("Other");
  const core::ApiKey key = rig_.make_key(other.id, 2);
  const core::Caller stranger{.key_id = key.id, .tenant_id = other.id};
  EXPECT_EQ(rig_.run(test::changed_row(stranger, 1, "mine", std::nullopt)).code,
            OutcomeCode::kNotFound);
  EXPECT_EQ(rig_.run(core::DeleteRow{.caller = stranger, .id = 1}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(test::row_json(rig_.reader->catalog(), other.id, 1), "");
  EXPECT_EQ(std::get<core::RowImage>(rig_.run(test::new_row(stranger, "own")).row).id,
            1u);  // Ids are per tenant.
  EXPECT_EQ(listed(), 1u);
}

TEST_F(RowChanges, AKeyOfAnotherTenantIsNoCaller) {
  const core::Tenant other = rig_.make_tenant("Other");
  EXPECT_EQ(rig_.run(test::new_row({.key_id = key_.id, .tenant_id = other.id}, "x")).code,
            OutcomeCode::kCallerInvalid);
}

TEST_F(RowChanges, ACallerWhoseKeyWasDeletedIsInvalid) {
  rig_.run(core::DeleteKey{.id = key_.id});
  EXPECT_EQ(create("x").code, OutcomeCode::kCallerInvalid);
  EXPECT_EQ(listed(), 0u);
}

TEST_F(RowChanges, ACallerWhoseTenantWasDeletedIsInvalid) {
  rig_.run(core::DeleteTenant{.id = tenant_.id});
  EXPECT_EQ(create("x").code, OutcomeCode::kCallerInvalid);
}

TEST_F(RowChanges, ACallerThatWasDisabledExpiredOrLostTheScopeIsInactive) {
  create("first");
  update_key([](auto& update) { update.is_active = false; });
  EXPECT_EQ(create("x").code, OutcomeCode::kCallerInactive);
  EXPECT_EQ(update(1, "2").code, OutcomeCode::kCallerInactive);
  EXPECT_EQ(remove(1).code, OutcomeCode::kCallerInactive);
  update_key([](auto& update) { update.is_active = true; });
  EXPECT_EQ(update(1, "2").code, OutcomeCode::kDone);

  update_key([this](auto& update) { update.expires_at = rig_.when; });
  EXPECT_EQ(update(1, "3").code, OutcomeCode::kCallerInactive);
  update_key([this](auto& update) { update.expires_at = rig_.when + 1; });
  EXPECT_EQ(update(1, "3").code, OutcomeCode::kDone);

  update_key([](auto& update) { update.scopes = {"data:read"}; });
  EXPECT_EQ(remove(1).code, OutcomeCode::kCallerInactive);
  update_key([](auto& update) { update.scopes = {"data:write"}; });

  rig_.run_with<core::UpdateTenant>([this](core::UpdateTenant& update) {
    update.id = tenant_.id;
    update.is_active = false;
  });
  EXPECT_EQ(remove(1).code, OutcomeCode::kCallerInactive);
  EXPECT_EQ(listed(), 1u);
}

TEST_F(RowChanges, ChangeOnlyTheVersionsThatIfMatchAdmits) {
  create("row");
  const core::VersionGuard first{.any = false, .versions = {1}};
  const core::UpdateRow change = test::changed_row(caller(), 1, "other", std::nullopt);
  EXPECT_EQ(rig_.run_if(first, change).code, OutcomeCode::kDone);
  EXPECT_EQ(rig_.run_if(first, change).code, OutcomeCode::kVersionDiffers);
  const core::DeleteRow removal{.caller = caller(), .id = 1};
  EXPECT_EQ(rig_.run_if(first, removal).code, OutcomeCode::kVersionDiffers);
  EXPECT_EQ(rig_.run_if({.any = true, .versions = {}}, removal).code, OutcomeCode::kDone);
}

}  // namespace
