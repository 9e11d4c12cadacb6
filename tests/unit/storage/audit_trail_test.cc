#include "storage/audit_trail.h"

#include <gtest/gtest.h>

#include "core/service/key_form.h"
#include "core/service/webhook_form.h"
#include "storage/verify.h"
#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;

// A change of that kind that names the row and sets nothing.
template <typename Change>
Change change_of(std::uint64_t id) {
  Change change;
  change.id = id;
  return change;
}

class AuditTrail : public testing::Test {
 protected:
  std::vector<core::AuditEntry> entries() {
    return rig_.reader->admin().audit_entries({.limit = 1000}).rows;
  }
  core::AuditEntry last() { return entries().back(); }
  std::string json(const core::ApiKey& key) {
    std::string text;
    core::append_stored_json(text, key);
    return text;
  }

  test::StoreRig rig_;
};

TEST_F(AuditTrail, NamesWhoAskedAndFromWhere) {
  const core::Actor actor{.token_id = 0,
                          .name = "root",
                          .address = *core::parse_address("192.0.2.9"),
                          .request_id = "request-1"};
  core::CreateTenant create;
  create.name = "Acme";
  ASSERT_TRUE(rig_.store->commands().submit({.when = 77, .actor = actor, .change = create},
                                            rig_.replies, 0));
  ASSERT_EQ(rig_.replies.outcome().code, OutcomeCode::kDone);
  rig_.reader->catalog().begin_turn();
  const core::AuditEntry entry = last();
  EXPECT_EQ(entry.id, 1u);
  EXPECT_EQ(entry.created_at, 77);
  EXPECT_EQ(entry.actor, "root");
  EXPECT_EQ(entry.actor_id, 0u);
  EXPECT_EQ(entry.address, actor.address);
  EXPECT_EQ(entry.request_id, "request-1");
  EXPECT_EQ(entry.action, "tenant.created");
  EXPECT_EQ(entry.resource, "tenants");
  EXPECT_EQ(entry.row_id, 1u);
  EXPECT_EQ(entry.tenant_id, 1u);
  EXPECT_EQ(entry.before, "null");
  EXPECT_EQ(entry.after.find(R"({"id":1,"name":"Acme","slug":"acme")"), 0u) << entry.after;
}

TEST_F(AuditTrail, ShowsTheRowBeforeAndAfterWithoutItsDigest) {
  const core::ApiKey made = rig_.make_key(rig_.make_tenant().id, 1);
  EXPECT_EQ(last().actor, "system");
  EXPECT_EQ(last().after, json(made));
  core::RotateKey rotate{.id = made.id, .secret = {.digest = test::digest_of(2), .display = "new"}};
  const auto rotated = std::get<core::ApiKey>(rig_.run(rotate).row);
  const core::AuditEntry entry = last();
  EXPECT_EQ(entry.action, "key.rotated");
  EXPECT_EQ(entry.resource, "api_keys");
  EXPECT_EQ(entry.before, json(made));
  EXPECT_EQ(entry.after, json(rotated));
  EXPECT_EQ(entry.after.find(core::to_hex(rotated.digest.bytes)), std::string::npos);
  EXPECT_EQ(entry.after.find("last_used_at"), std::string::npos);
}

TEST_F(AuditTrail, HasEveryChangeOfWhatAdminsManage) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const core::KeyId key = rig_.make_key(tenant, 1).id;
  rig_.run(change_of<core::UpdateTenant>(tenant));
  rig_.run(change_of<core::UpdateKey>(key));
  rig_.run(core::RotateKey{.id = key, .secret = {.digest = test::digest_of(2), .display = "d"}});
  rig_.run(core::DeleteKey{.id = key});
  rig_.run(core::RestoreKey{.id = key});
  rig_.run(core::DeleteTenant{.id = tenant});
  rig_.run(core::RestoreTenant{.id = tenant});
  core::CreateResource define;
  define.schema.name = "Note";
  define.schema.path = "notes";
  core::Field text;
  text.name = "text";
  define.schema.fields = {text};
  const auto resource = std::get<core::Resource>(rig_.run(define).row).id;
  text.name = "more";
  rig_.run(core::AddFields{.id = resource, .fields = {text}});
  rig_.run(core::DeleteResource{.id = resource});
  core::CreateAdminToken token;
  token.name = "ops";
  rig_.run(token);
  rig_.run(core::UpdateAdminToken{.id = 1, .name = "other"});
  rig_.run(core::DeleteAdminToken{.id = 1});
  rig_.run_with<core::CreateWebhook>([&](auto& create) { create.tenant_id = tenant; });
  rig_.run(change_of<core::UpdateWebhook>(1));
  rig_.run(change_of<core::RotateWebhookSecret>(1));
  rig_.run(change_of<core::DeleteWebhook>(1));
  rig_.run(change_of<core::RestoreWebhook>(1));

  const std::vector<std::string> wanted = {
      "tenant.created",      "key.created",         "tenant.updated",      "key.updated",
      "key.rotated",         "key.deleted",         "key.restored",        "tenant.deleted",
      "tenant.restored",     "resource.created",    "resource.updated",    "resource.deleted",
      "admin_token.created", "admin_token.updated", "admin_token.deleted", "webhook.created",
      "webhook.updated",     "webhook.rotated",     "webhook.deleted",     "webhook.restored"};
  std::vector<std::string> found;
  for (const core::AuditEntry& entry : entries()) {
    found.push_back(entry.action);
    const bool makes = entry.action.ends_with(".created");
    const bool deletes = entry.action.ends_with(".deleted");
    EXPECT_EQ(entry.before == "null", makes) << entry.action;
    EXPECT_EQ(entry.after == "null", deletes) << entry.action;
    EXPECT_EQ(entry.id, found.size());
  }
  EXPECT_EQ(found, wanted);
  rig_.close();
  const auto report = storage::verify_store({.dir = rig_.options.dir});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->clean()) << report->listed.front();
}

TEST_F(AuditTrail, LeavesOutWhatWasRefusedAndWhatTenantsDo) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const core::Caller caller{.key_id = rig_.make_key(tenant, 1).id, .tenant_id = tenant};
  const std::size_t before = entries().size();
  EXPECT_EQ(rig_.run(core::DeleteKey{.id = 99}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(rig_.run_if({.versions = {9}}, core::DeleteTenant{.id = tenant}).code,
            OutcomeCode::kVersionDiffers);
  EXPECT_EQ(rig_.run(test::new_row(caller, "row")).code, OutcomeCode::kDone);
  EXPECT_EQ(rig_.run(core::DeleteRow{.caller = caller, .id = 1}).code, OutcomeCode::kDone);
  EXPECT_EQ(entries().size(), before);
}

TEST_F(AuditTrail, ShowsAWebhookWithoutItsSecret) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const auto made = rig_.run_with<core::CreateWebhook>([&](auto& create) {
    create.tenant_id = tenant;
    create.url = "https://h";
    create.events = {"*"};
    create.sealed = "sealed bytes";
  });
  const core::AuditEntry entry = last();
  std::string shown;
  core::append_json(shown, std::get<core::Webhook>(made.row));
  EXPECT_EQ(entry.resource, "webhooks");
  EXPECT_EQ(entry.row_id, 1u);
  EXPECT_EQ(entry.tenant_id, tenant);
  EXPECT_EQ(entry.after, shown);
  EXPECT_EQ(entry.after.find("sealed"), std::string::npos);
}

TEST_F(AuditTrail, LeavesOutWhatATenantsKeyDoesWithWebhooks) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const core::Caller caller{.key_id = rig_.make_key(tenant, 1, {"webhooks:*"}).id,
                            .tenant_id = tenant};
  const std::size_t before = entries().size();
  const auto by_key = [&](auto change) {
    change.caller = caller;
    EXPECT_EQ(rig_.run(change).code, OutcomeCode::kDone);
    EXPECT_FALSE(storage::takes_away({.change = change}));
  };
  core::CreateWebhook create;
  create.tenant_id = tenant;
  by_key(create);
  by_key(change_of<core::UpdateWebhook>(1));
  by_key(change_of<core::RotateWebhookSecret>(1));
  by_key(change_of<core::DeleteWebhook>(1));
  by_key(change_of<core::RestoreWebhook>(1));
  EXPECT_EQ(entries().size(), before);
}

TEST_F(AuditTrail, HasEachKeyThatAnImportMade) {
  const core::TenantId tenant = rig_.make_tenant().id;
  core::ImportKeys import;
  for (std::uint32_t i = 0; i < 3; ++i) {
    // The third one is the first again.
    import.keys.push_back(
        {.index = i, .key = test::StoreRig::new_key(tenant, i % 2), .tenant_slug = {}});
  }
  EXPECT_EQ(rig_.run(import).code, OutcomeCode::kDone);
  const auto found = rig_.reader->admin().audit_entries({.action = "key.imported"}).rows;
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].after, json(*rig_.reader->catalog().key(1)));
  EXPECT_EQ(found[1].row_id, 2u);
  EXPECT_EQ(found[1].tenant_id, tenant);
}

TEST_F(AuditTrail, IdsGoOnOverARestart) {
  rig_.make_tenant("One");
  rig_.reopen();
  rig_.make_tenant("Two");
  ASSERT_EQ(entries().size(), 2u);
  EXPECT_EQ(last().id, 2u);
}

}  // namespace
