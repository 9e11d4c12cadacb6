#include "storage/answer_changes.h"

#include <gtest/gtest.h>

#include "storage/verify.h"
#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;

core::CreateTenant tenant_with(const std::string& slug) {
  core::CreateTenant create;
  create.name = "Acme";
  create.slug = slug;
  return create;
}

class AnswerChanges : public testing::Test {
 protected:
  core::Outcome create(const std::string& slug, const std::string& key = "k") {
    return rig_.run_once(key, slug, tenant_with(slug));
  }
  std::uint64_t tenants() { return rig_.reader->catalog().counts().tenants; }

  void expect_clean() {
    rig_.close();
    const auto report = storage::verify_store({.dir = rig_.options.dir});
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->clean()) << report->listed.front();
  }

  test::StoreRig rig_;
};

TEST_F(AnswerChanges, ARepeatedRequestIsAnsweredAgainAndChangesNothing) {
  const core::Outcome first = create("acme");
  ASSERT_EQ(first.code, OutcomeCode::kDone);
  EXPECT_FALSE(first.replayed);
  rig_.when += 5;
  const core::Outcome again = create("acme");
  EXPECT_EQ(again.code, OutcomeCode::kDone);
  EXPECT_TRUE(again.replayed);
  const auto& row = std::get<core::Tenant>(again.row);
  EXPECT_EQ(row.id, std::get<core::Tenant>(first.row).id);
  EXPECT_EQ(row.created_at, rig_.when - 5);
  EXPECT_EQ(tenants(), 1u);
  expect_clean();
}

TEST_F(AnswerChanges, TheFirstAnswerIsGivenWhateverHappenedSince) {
  create("acme");
  rig_.run_with<core::UpdateTenant>([](core::UpdateTenant& update) {
    update.id = 1;
    update.name = "Renamed";
  });
  EXPECT_EQ(std::get<core::Tenant>(create("acme").row).name, "Acme");
  rig_.run(core::DeleteTenant{.id = 1});
  EXPECT_EQ(std::get<core::Tenant>(create("acme").row).deleted_at, 0);
  EXPECT_EQ(tenants(), 0u);
}

TEST_F(AnswerChanges, AnotherRequestWithTheKeyIsRefusedAndForgetsNothing) {
  create("acme");
  const core::Outcome other = create("other");
  EXPECT_EQ(other.code, OutcomeCode::kInvalid);
  EXPECT_EQ(other.field, "Idempotency-Key");
  EXPECT_FALSE(other.replayed);
  EXPECT_EQ(tenants(), 1u);
  EXPECT_TRUE(create("acme").replayed);
}

TEST_F(AnswerChanges, AnotherKeyIsAnotherRequest) {
  create("acme");
  EXPECT_EQ(create("acme", "other").code, OutcomeCode::kConflict);
  EXPECT_EQ(create("two", "third").code, OutcomeCode::kDone);
}

TEST_F(AnswerChanges, ARefusalOfTheStoreIsGivenAgainThoughItWouldBeDoneByNow) {
  create("acme", "first");
  EXPECT_EQ(create("acme").code, OutcomeCode::kConflict);
  rig_.run(core::DeleteTenant{.id = 1});
  const core::Outcome again = create("acme");
  EXPECT_EQ(again.code, OutcomeCode::kConflict);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.field, "slug");
  EXPECT_EQ(tenants(), 0u);
  expect_clean();
}

TEST_F(AnswerChanges, TheWindowEndsAfterExactly24Hours) {
  create("acme");
  rig_.when += core::kReplayWindow - 1;
  EXPECT_TRUE(create("acme").replayed);
  EXPECT_EQ(create("other").code, OutcomeCode::kInvalid);
  ++rig_.when;
  const core::Outcome late = create("other");
  EXPECT_EQ(late.code, OutcomeCode::kDone);
  EXPECT_FALSE(late.replayed);
  EXPECT_TRUE(create("other").replayed);
  rig_.when += core::kReplayWindow - 1;
  EXPECT_TRUE(create("other").replayed);
  expect_clean();  // The older answer's age is gone with it.
}

TEST_F(AnswerChanges, AClockSetBackDoesNotMakeARequestNew) {
  create("acme");
  rig_.when -= 3 * core::kReplayWindow;
  EXPECT_TRUE(create("acme").replayed);
}

TEST_F(AnswerChanges, SurviveARestart) {
  create("acme");
  rig_.reopen();
  EXPECT_TRUE(create("acme").replayed);
  EXPECT_EQ(create("other").code, OutcomeCode::kInvalid);
}

TEST_F(AnswerChanges, TwinsOfOneTransactionAreOneChange) {
  rig_.open();  // Not started: all wait for one transaction.
  const core::Idempotency once{.key = test::digest_of(1), .request = test::digest_of(2)};
  for (std::uint64_t i = 0; i < 64; ++i) {
    ASSERT_TRUE(rig_.store->commands().submit(
        {.when = rig_.when, .idempotency = once, .change = tenant_with("")}, rig_.replies, i));
  }
  rig_.store->start();
  for (int i = 0; i < 64; ++i) {
    const core::Outcome outcome = rig_.replies.outcome();
    EXPECT_EQ(outcome.replayed, i > 0);
    EXPECT_EQ(std::get<core::Tenant>(outcome.row).id, 1u);
  }
  EXPECT_EQ(rig_.store->stats().commits, 1u);
  rig_.reader->catalog().begin_turn();
  EXPECT_EQ(tenants(), 1u);
}

TEST_F(AnswerChanges, AReplayDoesNotAskForTheVersionOfBefore) {
  create("acme");
  rig_.run(core::DeleteTenant{.id = 1});
  const core::Idempotency once{.key = test::digest_of(1), .request = test::digest_of(2)};
  const auto restore = [&] {
    CHECK(rig_.store->commands().submit({.when = rig_.when,
                                         .if_match = core::VersionGuard{.versions = {2}},
                                         .idempotency = once,
                                         .change = core::RestoreTenant{.id = 1}},
                                        rig_.replies, 0));
    return rig_.replies.outcome();
  };
  EXPECT_EQ(restore().code, OutcomeCode::kDone);
  const core::Outcome again = restore();
  EXPECT_EQ(again.code, OutcomeCode::kDone);
  EXPECT_TRUE(again.replayed);
}

TEST_F(AnswerChanges, AKeyThatMayNotWriteAnyMoreIsNotToldTheAnswer) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const core::Caller caller{.key_id = rig_.make_key(tenant, 1).id, .tenant_id = tenant};
  const auto write = [&] { return rig_.run_once("k", "b", test::new_row(caller, "row")); };
  EXPECT_EQ(write().code, OutcomeCode::kDone);
  const auto activate = [&](bool is_active) {
    rig_.run_with<core::UpdateKey>([&](core::UpdateKey& update) {
      update.id = caller.key_id;
      update.is_active = is_active;
    });
  };
  activate(false);
  const core::Outcome inactive = write();
  EXPECT_EQ(inactive.code, OutcomeCode::kCallerInactive);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(inactive.row));
  activate(true);
  EXPECT_TRUE(write().replayed);
  rig_.run(core::DeleteKey{.id = caller.key_id});
  EXPECT_EQ(write().code, OutcomeCode::kCallerInvalid);
}

TEST_F(AnswerChanges, ARefusedCallerIsJudgedAnewTheNextTime) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const core::Caller caller{.key_id = rig_.make_key(tenant, 1).id, .tenant_id = tenant};
  const auto activate = [&](bool is_active) {
    rig_.run_with<core::UpdateTenant>([&](core::UpdateTenant& update) {
      update.id = tenant;
      update.is_active = is_active;
    });
  };
  const auto write = [&] { return rig_.run_once("k", "b", test::new_row(caller, "row")); };
  activate(false);
  EXPECT_EQ(write().code, OutcomeCode::kCallerInactive);
  activate(true);
  const core::Outcome now = write();
  EXPECT_EQ(now.code, OutcomeCode::kDone);
  EXPECT_FALSE(now.replayed);
}

TEST_F(AnswerChanges, ADamagedAnswerIsNeitherGivenNorDoneAgain) {
  create("acme");
  rig_.close();
  {
    auto env = storage::Env::open({.dir = rig_.options.dir});
    const auto tables = storage::open_tables(*env, storage::store_formats());
    auto txn = env->write();
    ASSERT_TRUE(
        txn->put(tables->answers, core::Hasher().sha256("k").bytes, core::as_bytes("damaged")));
    ASSERT_TRUE(txn->commit());
  }
  rig_.reopen();
  EXPECT_EQ(create("acme").code, OutcomeCode::kStoreFull);
  EXPECT_EQ(tenants(), 1u);
}

}  // namespace
