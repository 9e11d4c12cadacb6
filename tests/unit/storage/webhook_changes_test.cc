#include "storage/webhook_changes.h"

#include <gtest/gtest.h>

#include "storage/verify.h"
#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;
using core::Webhook;

class WebhookChanges : public testing::Test {
 protected:
  WebhookChanges()
      : tenant_(rig_.make_tenant().id), key_(rig_.make_key(tenant_, 1, {"webhooks:*"}).id) {}
  ~WebhookChanges() override {
    rig_.close();
    EXPECT_TRUE(storage::verify_store({.dir = rig_.options.dir})->clean());
  }

  core::Caller caller() const { return {.key_id = key_, .tenant_id = tenant_}; }

  core::Outcome create(core::TenantId tenant, std::optional<core::Caller> caller = std::nullopt) {
    return rig_.run(core::CreateWebhook{.caller = caller,
                                        .tenant_id = tenant,
                                        .url = "https://h",
                                        .events = {"key.*", "a.b"},
                                        .description = "d",
                                        .is_active = false,
                                        .ordered = true,
                                        .sealed = "one"});
  }
  core::Outcome create() { return create(tenant_); }
  core::Outcome update(core::WebhookId id, std::optional<core::Caller> caller = std::nullopt) {
    core::UpdateWebhook update;
    update.caller = caller;
    update.id = id;
    update.url = "https://other";
    return rig_.run(update);
  }
  // The outcome of a change that the admin token asks for.
  template <typename Change>
  core::Outcome run_as(core::AdminTokenId token, Change change) {
    const core::Actor actor{.token_id = token, .name = "one", .request_id = "r"};
    EXPECT_TRUE(rig_.store->commands().submit(
        {.when = rig_.when, .actor = actor, .change = std::move(change)}, rig_.replies, 0));
    core::Outcome outcome = rig_.replies.outcome();
    catalog().begin_turn();
    return outcome;
  }
  core::Outcome rotate(core::WebhookId id, const char* sealed, std::uint32_t overlap_s) {
    return rig_.run(core::RotateWebhookSecret{
        .caller = {}, .id = id, .secret = {.sealed = sealed, .overlap_s = overlap_s}});
  }
  // Every kind of change of a webhook that there is.
  std::vector<OutcomeCode> change_in_every_way(core::WebhookId id, const core::Caller& who) {
    return {update(id, who).code, rig_.run(core::DeleteWebhook{.caller = who, .id = id}).code,
            rig_.run(core::RestoreWebhook{.caller = who, .id = id}).code,
            rig_.run(core::RotateWebhookSecret{.caller = who, .id = id, .secret = {}}).code};
  }
  std::vector<core::WebhookId> listed(const core::PageQuery& query) {
    std::vector<core::WebhookId> ids;
    for (const Webhook& webhook : catalog().webhooks(query).rows) ids.push_back(webhook.id);
    return ids;
  }
  core::CatalogReader& catalog() { return rig_.reader->catalog(); }

  test::StoreRig rig_;
  core::TenantId tenant_;
  core::KeyId key_;
};

TEST_F(WebhookChanges, ACreatedWebhookIsReadAsItWasSent) {
  const core::Outcome outcome = create();
  ASSERT_EQ(outcome.code, OutcomeCode::kDone);
  const Webhook& made = std::get<Webhook>(outcome.row);
  EXPECT_EQ(made.id, 1U);
  const auto read = catalog().webhook(1);
  ASSERT_TRUE(read.has_value());
  for (const Webhook& webhook : {made, *read}) {
    EXPECT_EQ(webhook.tenant_id, tenant_);
    EXPECT_EQ(webhook.url, "https://h");
    EXPECT_EQ(webhook.events, (std::vector<std::string>{"key.*", "a.b"}));
    EXPECT_EQ(webhook.description, "d");
    EXPECT_FALSE(webhook.is_active);
    EXPECT_TRUE(webhook.ordered);
    EXPECT_EQ(webhook.sealed, "one");
    EXPECT_FALSE(webhook.previous.has_value());
    EXPECT_EQ(webhook.created_at, rig_.when);
    EXPECT_EQ(webhook.version, 1U);
  }
}

TEST_F(WebhookChanges, ATenantThatThereIsNotHasNoWebhooks) {
  for (const core::TenantId tenant : {core::TenantId{9}, rig_.make_tenant("Gone").id}) {
    rig_.run(core::DeleteTenant{.id = tenant});
    const core::Outcome outcome = create(tenant);
    EXPECT_EQ(outcome.code, OutcomeCode::kInvalid);
    EXPECT_EQ(outcome.field, "tenant_id");
  }
  EXPECT_EQ(catalog().count_webhooks(0), 0U);
}

TEST_F(WebhookChanges, AnUpdateChangesOnlyWhatIsSentAndCountsTheVersion) {
  create();
  rig_.when += 5;
  EXPECT_EQ(update(1).code, OutcomeCode::kDone);
  const auto webhook = catalog().webhook(1);
  EXPECT_EQ(webhook->url, "https://other");
  EXPECT_EQ(webhook->events.size(), 2U);
  EXPECT_EQ(webhook->description, "d");
  EXPECT_TRUE(webhook->ordered);
  EXPECT_EQ(webhook->sealed, "one");
  EXPECT_EQ(webhook->version, 2U);
  EXPECT_EQ(webhook->updated_at, rig_.when);
  core::UpdateWebhook whole{.caller = {},
                            .id = 1,
                            .tenant_id = tenant_,
                            .url = "https://h",
                            .events = std::vector<std::string>{"*"},
                            .description = "",
                            .is_active = true,
                            .ordered = false};
  EXPECT_EQ(rig_.run(whole).code, OutcomeCode::kDone);
  EXPECT_EQ(catalog().webhook(1)->events, std::vector<std::string>{"*"});
  whole.tenant_id = tenant_ + 1;
  EXPECT_EQ(rig_.run(whole).code, OutcomeCode::kInvalid);
  EXPECT_EQ(update(2).code, OutcomeCode::kNotFound);
}

TEST_F(WebhookChanges, ADeletedWebhookIsOutOfListsAndCountsUntilItIsRestored) {
  create();
  create();
  EXPECT_EQ(catalog().count_webhooks(0), 2U);
  EXPECT_EQ(rig_.run(core::DeleteWebhook{.caller = {}, .id = 1}).code, OutcomeCode::kDone);
  EXPECT_EQ(catalog().count_webhooks(0), 1U);
  EXPECT_EQ(catalog().count_webhooks(tenant_), 1U);
  EXPECT_EQ(listed({}), std::vector<core::WebhookId>{2});
  EXPECT_EQ(listed({.tenant_id = tenant_}), std::vector<core::WebhookId>{2});
  EXPECT_EQ(listed({.include_deleted = true}), (std::vector<core::WebhookId>{1, 2}));
  EXPECT_EQ(listed({.tenant_id = tenant_, .include_deleted = true}),
            (std::vector<core::WebhookId>{1, 2}));
  EXPECT_EQ(update(1).code, OutcomeCode::kNotFound);
  EXPECT_EQ(rotate(1, "two", 0).code, OutcomeCode::kNotFound);
  EXPECT_EQ(rig_.run(core::DeleteWebhook{.caller = {}, .id = 1}).code, OutcomeCode::kNotFound);

  EXPECT_EQ(rig_.run(core::RestoreWebhook{.caller = {}, .id = 1}).code, OutcomeCode::kDone);
  EXPECT_EQ(listed({}), (std::vector<core::WebhookId>{1, 2}));
  EXPECT_EQ(catalog().count_webhooks(tenant_), 2U);
  EXPECT_EQ(catalog().webhook(1)->sealed, "one");
  EXPECT_EQ(catalog().webhook(1)->version, 3U);
  EXPECT_EQ(rig_.run(core::RestoreWebhook{.caller = {}, .id = 1}).code, OutcomeCode::kConflict);
  EXPECT_EQ(rig_.run(core::RestoreWebhook{.caller = {}, .id = 3}).code, OutcomeCode::kNotFound);
}

TEST_F(WebhookChanges, AWebhookOfADeletedTenantIsNotRestored) {
  create();
  rig_.run(core::DeleteWebhook{.caller = {}, .id = 1});
  rig_.run(core::DeleteTenant{.id = tenant_});
  EXPECT_EQ(rig_.run(core::RestoreWebhook{.caller = {}, .id = 1}).code, OutcomeCode::kConflict);
}

TEST_F(WebhookChanges, ARotationKeepsThePreviousSecretForItsOverlap) {
  create();
  rotate(1, "two", 60);
  auto webhook = catalog().webhook(1);
  EXPECT_EQ(webhook->sealed, "two");
  EXPECT_EQ(webhook->previous->sealed, "one");
  EXPECT_EQ(webhook->previous->until, rig_.when + 60 * core::kMicrosPerSecond);
  EXPECT_EQ(webhook->version, 2U);
  rig_.when += 60 * core::kMicrosPerSecond - 1;
  update(1);
  EXPECT_TRUE(catalog().webhook(1)->previous.has_value());
  rig_.when += 1;
  update(1);  // The first change behind it drops it.
  EXPECT_FALSE(catalog().webhook(1)->previous.has_value());
  rotate(1, "three", 60);
  rotate(1, "four", 0);
  webhook = catalog().webhook(1);
  EXPECT_EQ(webhook->sealed, "four");
  EXPECT_FALSE(webhook->previous.has_value());
}

TEST_F(WebhookChanges, OnlyTheVersionsThatIfMatchAdmitsAreChanged) {
  create();
  const core::VersionGuard first{.any = false, .versions = {1}};
  const core::DeleteWebhook removal{.caller = {}, .id = 1};
  EXPECT_EQ(rig_.run_if(first, core::RotateWebhookSecret{.caller = {}, .id = 1, .secret = {}}).code,
            OutcomeCode::kDone);
  core::UpdateWebhook change;
  change.id = 1;
  EXPECT_EQ(rig_.run_if(first, change).code, OutcomeCode::kVersionDiffers);
  EXPECT_EQ(rig_.run_if(first, removal).code, OutcomeCode::kVersionDiffers);
  EXPECT_EQ(rig_.run_if({.any = true, .versions = {}}, removal).code, OutcomeCode::kDone);
  EXPECT_EQ(rig_.run_if(first, core::RestoreWebhook{.caller = {}, .id = 1}).code,
            OutcomeCode::kVersionDiffers);
}

TEST_F(WebhookChanges, ATenantHasAtMostAHundred) {
  for (std::uint64_t i = 0; i < core::kWebhooksOfTenantMax; ++i) {
    ASSERT_EQ(create().code, OutcomeCode::kDone);
  }
  EXPECT_EQ(create().code, OutcomeCode::kConflict);
  EXPECT_EQ(create(rig_.make_tenant("Other").id).code, OutcomeCode::kDone);
  rig_.run(core::DeleteWebhook{.caller = {}, .id = 7});
  EXPECT_EQ(create().code, OutcomeCode::kDone);
  EXPECT_EQ(rig_.run(core::RestoreWebhook{.caller = {}, .id = 7}).code, OutcomeCode::kConflict);
  EXPECT_EQ(catalog().count_webhooks(tenant_), core::kWebhooksOfTenantMax);
}

TEST_F(WebhookChanges, ATenantsKeyFindsItsOwnOnly) {
  const core::TenantId other = rig_.make_tenant("Other").id;
  const core::Caller stranger{.key_id = rig_.make_key(other, 2, {"webhooks:write"}).id,
                              .tenant_id = other};
  create(tenant_, caller());
  const auto all = [](OutcomeCode code) { return std::vector<OutcomeCode>(4, code); };
  EXPECT_EQ(change_in_every_way(1, stranger), all(OutcomeCode::kNotFound));
  EXPECT_EQ(change_in_every_way(2, stranger), all(OutcomeCode::kNotFound));
  EXPECT_EQ(catalog().webhook(1)->version, 1U);
  EXPECT_EQ(change_in_every_way(1, caller()), all(OutcomeCode::kDone));
}

TEST_F(WebhookChanges, ACallerWhoseRightIsGoneChangesNothing) {
  create();
  core::UpdateKey update;
  update.id = key_;
  update.scopes = {"webhooks:read"};
  rig_.run(update);
  const auto all = [](OutcomeCode code) { return std::vector<OutcomeCode>(4, code); };
  EXPECT_EQ(create(tenant_, caller()).code, OutcomeCode::kCallerInactive);
  EXPECT_EQ(change_in_every_way(1, caller()), all(OutcomeCode::kCallerInactive));
  rig_.run(core::DeleteKey{.id = key_});
  EXPECT_EQ(create(tenant_, caller()).code, OutcomeCode::kCallerInvalid);
  EXPECT_EQ(change_in_every_way(1, caller()), all(OutcomeCode::kCallerInvalid));
  EXPECT_EQ(catalog().webhook(1)->version, 1U);
}

TEST_F(WebhookChanges, ATokenOfATenantFindsItsOwnOnly) {
  const core::TenantId other = rig_.make_tenant("Other").id;
  core::CreateAdminToken token;
  token.name = "one";
  token.role = core::AdminRole::kTenant;
  token.tenant_id = tenant_;
  ASSERT_EQ(rig_.run(token).code, OutcomeCode::kDone);
  create(other);
  create(tenant_);
  for (const auto& [id, wanted] :
       {std::pair(core::WebhookId{1}, OutcomeCode::kNotFound), {2, OutcomeCode::kDone}}) {
    core::UpdateWebhook update;
    update.id = id;
    EXPECT_EQ(run_as(1, update).code, wanted);
    EXPECT_EQ(run_as(1, core::RotateWebhookSecret{.caller = {}, .id = id, .secret = {}}).code,
              wanted);
    EXPECT_EQ(run_as(1, core::DeleteWebhook{.caller = {}, .id = id}).code, wanted);
    EXPECT_EQ(run_as(1, core::RestoreWebhook{.caller = {}, .id = id}).code, wanted);
  }
  core::CreateWebhook create;
  create.tenant_id = other;
  const core::Outcome refused = run_as(1, create);
  EXPECT_EQ(refused.code, OutcomeCode::kInvalid);
  EXPECT_EQ(refused.message, "names no tenant");
  create.tenant_id = tenant_;
  EXPECT_EQ(run_as(1, create).code, OutcomeCode::kDone);
  EXPECT_EQ(catalog().webhook(1)->version, 1U);
}

TEST_F(WebhookChanges, OfAnEmptyListOfScopesIsNoneForWebhooks) {
  const core::Caller data_only{.key_id = rig_.make_key(tenant_, 2).id, .tenant_id = tenant_};
  EXPECT_EQ(create(tenant_, data_only).code, OutcomeCode::kCallerInactive);
  EXPECT_EQ(rig_.run(test::new_row(data_only, "row")).code, OutcomeCode::kDone);
}

TEST_F(WebhookChanges, PagesGoOnBehindTheLastThatWasShown) {
  const core::TenantId other = rig_.make_tenant("Other").id;
  for (int i = 0; i < 3; ++i) {
    create();
    create(other);
  }
  const auto first = catalog().webhooks({.limit = 2, .tenant_id = other});
  EXPECT_EQ(first.rows[1].id, 4U);
  EXPECT_EQ(first.next_after_id, 4U);
  EXPECT_EQ(listed({.after_id = 4, .limit = 2, .tenant_id = other}),
            std::vector<core::WebhookId>{6});
  EXPECT_EQ(listed({.after_id = 4}), (std::vector<core::WebhookId>{5, 6}));
  EXPECT_EQ(catalog().webhooks({.after_id = 4}).next_after_id, 0U);
}

TEST_F(WebhookChanges, EverythingIsThereAfterTheStoreIsOpenedAnew) {
  create();
  rotate(1, "two", 60);
  rig_.reopen();
  EXPECT_EQ(catalog().webhook(1)->previous->sealed, "one");
  EXPECT_EQ(std::get<Webhook>(create().row).id, 2U);
}

core::Purge purge_before(core::WallMicros when) {
  core::Purge purge;
  purge.deleted_before = when;
  return purge;
}

TEST_F(WebhookChanges, RetentionTakesDeletedOnesThatAreOldEnough) {
  for (int i = 0; i < 3; ++i) create();
  const core::WallMicros before = rig_.when;
  for (const core::WebhookId id : {1, 2, 3}) {
    ++rig_.when;
    rig_.run(core::DeleteWebhook{.caller = {}, .id = id});
  }
  rig_.run(core::RestoreWebhook{.caller = {}, .id = 1});
  const core::Outcome outcome = rig_.run(purge_before(before + 3));
  EXPECT_EQ(std::get<core::PurgeTally>(outcome.row).webhooks, 1U);
  EXPECT_EQ(listed({.include_deleted = true}), (std::vector<core::WebhookId>{1, 3}));
  EXPECT_EQ(listed({.tenant_id = tenant_, .include_deleted = true}),
            (std::vector<core::WebhookId>{1, 3}));
  EXPECT_EQ(rig_.run(core::RestoreWebhook{.caller = {}, .id = 2}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(std::get<Webhook>(create().row).id, 4U);
}

TEST_F(WebhookChanges, RetentionTakesThoseOfAGoneTenantWhetherDeletedOrNot) {
  const core::TenantId other = rig_.make_tenant("Other").id;
  for (int i = 0; i < 5; ++i) create(other);
  create();
  rig_.run(core::DeleteWebhook{.caller = {}, .id = 2});
  rig_.run(core::DeleteTenant{.id = other});
  core::Purge purge = purge_before(rig_.when + 1);
  purge.records_max = 2;
  std::uint64_t taken = 0;
  for (bool more = true; more;) {
    const auto tally = std::get<core::PurgeTally>(rig_.run(purge).row);
    taken += tally.webhooks;
    more = tally.more;
  }
  EXPECT_EQ(taken, 5U);
  EXPECT_EQ(listed({.include_deleted = true}), std::vector<core::WebhookId>{6});
  EXPECT_EQ(catalog().count_webhooks(0), 1U);
  EXPECT_EQ(catalog().count_webhooks(other), 0U);
}

TEST_F(WebhookChanges, ARepeatedRequestIsAnsweredWithTheFirstWebhook) {
  core::CreateWebhook command;
  command.caller = caller();
  command.tenant_id = tenant_;
  command.sealed = "one";
  EXPECT_FALSE(rig_.run_once("k", "body", command).replayed);
  command.sealed = "another";
  const core::Outcome again = rig_.run_once("k", "body", command);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(std::get<Webhook>(again.row).id, 1U);
  EXPECT_EQ(std::get<Webhook>(again.row).sealed, "one");
  EXPECT_EQ(catalog().count_webhooks(0), 1U);
  rig_.run(core::DeleteKey{.id = key_});
  EXPECT_EQ(rig_.run_once("k", "body", command).code, OutcomeCode::kCallerInvalid);
}

}  // namespace
