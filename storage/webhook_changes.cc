#include "storage/webhook_changes.h"

#include <fmt/format.h>

#include <expected>
#include <utility>

#include "storage/age_key.h"
#include "storage/caller_check.h"

namespace storage {

namespace {

using core::OutcomeCode;

// The webhook that a command is about, deleted or not, if the caller may change it; else the
// refusal.
template <typename Command>
std::expected<core::Webhook, core::Outcome> find_webhook(const Command& command,
                                                         ChangeContext& context) {
  if (auto refused = refuse_caller(command.caller, context)) {
    return std::unexpected(*std::move(refused));
  }
  auto webhook = context.records.webhook(command.id);
  if (context.records.damaged()) return std::unexpected(refuse_damaged());
  const bool is_own = webhook && context.reaches(webhook->tenant_id) &&
                      (!command.caller || webhook->tenant_id == command.caller->tenant_id);
  if (!is_own) return std::unexpected(refuse(OutcomeCode::kNotFound));
  return *std::move(webhook);
}

// The same for one that is not deleted, in a version that may be changed.
template <typename Command>
std::expected<core::Webhook, core::Outcome> find_live(const Command& command,
                                                      ChangeContext& context) {
  auto webhook = find_webhook(command, context);
  if (!webhook) return webhook;
  if (webhook->deleted_at != 0) return std::unexpected(refuse(OutcomeCode::kNotFound));
  if (!context.admits(webhook->version)) {
    return std::unexpected(refuse(OutcomeCode::kVersionDiffers));
  }
  return webhook;
}

core::Outcome refuse_one_more() {
  return refuse(
      OutcomeCode::kConflict, "tenant_id",
      fmt::format("has {} webhooks, the most that a tenant can have", core::kWebhooksOfTenantMax));
}

// The counts of webhooks that are not deleted, with `change` more: of the tenant and of all.
core::Status put_counts(core::TenantId tenant, std::uint64_t of_tenant, int change,
                        ChangeContext& context) {
  const auto step = static_cast<std::uint64_t>(change);  // -1 wraps around, as the sums do.
  context.counters.webhooks += step;
  return context.writer.put_webhook_count(tenant, of_tenant + step);
}

// Notes the change, and puts the row.
ChangeResult put_changed(core::Webhook&& webhook, ChangeContext& context) {
  if (webhook.previous && webhook.previous->until <= context.when) webhook.previous.reset();
  webhook.updated_at = context.when;
  ++webhook.version;
  STORE_TRY(context.writer.put_webhook(webhook));
  return done(std::move(webhook));
}

}  // namespace

std::optional<core::Outcome> refuse_caller(const std::optional<core::Caller>& caller,
                                           ChangeContext& context) {
  if (!caller) return std::nullopt;
  return refuse_caller(*caller, core::kWebhooksScopeName, context);
}

core::Status purge_webhook(core::TenantId tenant, core::WebhookId id, ChangeContext& context) {
  const auto webhook = context.records.webhook(id);
  if (webhook && webhook->deleted_at == 0) {
    --context.counters.webhooks;
  } else if (webhook) {
    STORE_TRY(context.writer.erase_age(AgeKey::of(*webhook).bytes()));
  }
  return context.writer.erase_webhook(tenant, id);
}

ChangeResult apply(const core::CreateWebhook& command, ChangeContext& context) {
  if (auto refused = refuse_caller(command.caller, context)) return *std::move(refused);
  const bool has_tenant =
      context.reaches(command.tenant_id) && context.records.tenant_state(command.tenant_id).exists;
  const std::uint64_t count = context.records.webhook_count(command.tenant_id);
  if (context.records.damaged()) return refuse_damaged();
  if (!has_tenant) return refuse(OutcomeCode::kInvalid, "tenant_id", "names no tenant");
  if (count >= core::kWebhooksOfTenantMax) return refuse_one_more();

  core::Webhook webhook{.id = context.counters.next_webhook_id,
                        .tenant_id = command.tenant_id,
                        .url = command.url,
                        .events = command.events,
                        .description = command.description,
                        .is_active = command.is_active,
                        .ordered = command.ordered,
                        .sealed = command.sealed,
                        .previous = std::nullopt,
                        .created_at = context.when,
                        .updated_at = context.when};
  STORE_TRY(context.writer.append_webhook(webhook));
  STORE_TRY(context.writer.put_webhook_of_tenant(webhook.tenant_id, webhook.id));
  STORE_TRY(put_counts(webhook.tenant_id, count, 1, context));
  ++context.counters.next_webhook_id;
  return done(std::move(webhook));
}

ChangeResult apply(const core::UpdateWebhook& command, ChangeContext& context) {
  auto webhook = find_live(command, context);
  if (!webhook) return std::move(webhook.error());
  if (command.tenant_id && *command.tenant_id != webhook->tenant_id) {
    return refuse(OutcomeCode::kInvalid, "tenant_id",
                  "can't be changed: a webhook stays with its tenant");
  }

  if (command.url) webhook->url = *command.url;
  if (command.events) webhook->events = *command.events;
  if (command.description) webhook->description = *command.description;
  if (command.is_active) webhook->is_active = *command.is_active;
  if (command.ordered) webhook->ordered = *command.ordered;
  return put_changed(*std::move(webhook), context);
}

ChangeResult apply(const core::DeleteWebhook& command, ChangeContext& context) {
  auto webhook = find_live(command, context);
  if (!webhook) return std::move(webhook.error());
  const std::uint64_t count = context.records.webhook_count(webhook->tenant_id);
  if (context.records.damaged()) return refuse_damaged();

  webhook->deleted_at = context.when;
  STORE_TRY(put_counts(webhook->tenant_id, count, -1, context));
  STORE_TRY(context.writer.put_age(AgeKey::of(*webhook)));
  return put_changed(*std::move(webhook), context);
}

ChangeResult apply(const core::RestoreWebhook& command, ChangeContext& context) {
  auto webhook = find_webhook(command, context);
  if (!webhook) return std::move(webhook.error());
  if (!context.admits(webhook->version)) return refuse(OutcomeCode::kVersionDiffers);
  if (webhook->deleted_at == 0) return refuse_live();
  const bool has_tenant = context.records.tenant_state(webhook->tenant_id).exists;
  const std::uint64_t count = context.records.webhook_count(webhook->tenant_id);
  if (context.records.damaged()) return refuse_damaged();
  if (!has_tenant) return refuse(OutcomeCode::kConflict, "tenant_id", "names a deleted tenant");
  if (count >= core::kWebhooksOfTenantMax) return refuse_one_more();

  STORE_TRY(context.writer.erase_age(AgeKey::of(*webhook).bytes()));
  webhook->deleted_at = 0;
  STORE_TRY(put_counts(webhook->tenant_id, count, 1, context));
  return put_changed(*std::move(webhook), context);
}

ChangeResult apply(const core::RotateWebhookSecret& command, ChangeContext& context) {
  auto webhook = find_live(command, context);
  if (!webhook) return std::move(webhook.error());

  core::replace_secret(*webhook, command.secret, context.when);
  return put_changed(*std::move(webhook), context);
}

}  // namespace storage
