#include "core/service/webhook_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace core {
namespace {

constexpr Form::Integer kIdRule{.min = 1, .max = std::numeric_limits<std::int64_t>::max()};
constexpr Form::Integer kOverlapRule{.min = 0, .max = kOverlapSecondsMax};
// One more than fits, so that normal_webhook_url() says what is wrong.
constexpr Form::Text kUrlRule{.characters_max = kWebhookUrlBytesMax + 1};
constexpr Form::Text kDescriptionRule{.characters_min = 0,
                                      .characters_max = kDescriptionCharactersMax};
constexpr Form::Text kSecretRule{.characters_max = WebhookSecret::kTextBytesMax + 1};

std::optional<std::string> read_url(Form& form) {
  const auto text = form.text_view("url", kUrlRule);
  if (!text) return std::nullopt;
  auto url = normal_webhook_url(*text);
  if (url) return *std::move(url);
  form.issue("url", url.error().what);
  return std::nullopt;
}

std::optional<std::vector<std::string>> read_events(Form& form) {
  auto events = form.texts("events", kEventPatternsMax);
  if (!events) return std::nullopt;
  if (events->empty()) {
    form.issue("events", "must name at least one event");
    return std::nullopt;
  }
  for (auto event = events->begin(); event != events->end(); ++event) {
    if (!is_event_pattern(*event)) {
      form.issue("events", R"(must hold "*", "name.*" or "name.verb", of [a-z0-9_])");
      return std::nullopt;
    }
    if (std::find(events->begin(), event, *event) != event) {
      form.issue("events", fmt::format("holds \"{}\" twice", *event));
      return std::nullopt;
    }
  }
  return events;
}

std::optional<TenantId> read_tenant(Form& form) {
  const auto tenant = form.integer("tenant_id", kIdRule);
  if (!tenant) return std::nullopt;
  return static_cast<TenantId>(*tenant);
}

// The same answer whether such a tenant exists or not.
TenantId read_own_tenant(Form& form, TenantId own) {
  if (form.has("tenant_id") && read_tenant(form) != own) {
    form.issue("tenant_id", "must be the id of the key's own tenant");
  }
  return own;
}

void write_fields(JsonWriter& json, const Webhook& webhook) {
  json.key("id").uint64(webhook.id);
  json.key("tenant_id").uint64(webhook.tenant_id);
  json.key("url").string(webhook.url);
  json.key("events").begin_array();
  for (const std::string& event : webhook.events) json.string(event);
  json.end_array();
  json.key("description").string(webhook.description);
  json.key("is_active").boolean(webhook.is_active);
  json.key("ordered").boolean(webhook.ordered);
  const auto time = [&](std::string_view name, WallMicros at) {
    json.key(name);
    if (at == 0) {
      json.null();
    } else {
      json.string(to_rfc3339(at));
    }
  };
  time("previous_secret_expires_at", webhook.previous ? webhook.previous->until : 0);
  time("created_at", webhook.created_at);
  time("updated_at", webhook.updated_at);
  if (webhook.deleted_at != 0) time("deleted_at", webhook.deleted_at);
}

}  // namespace

CreateWebhook read_create_webhook(Form& form, const std::optional<Caller>& caller) {
  form.require("url");
  form.require("events");
  CreateWebhook create;
  create.caller = caller;
  if (caller) {
    create.tenant_id = read_own_tenant(form, caller->tenant_id);
  } else {
    form.require("tenant_id");
    create.tenant_id = read_tenant(form).value_or(0);
  }
  create.url = read_url(form).value_or("");
  create.events = read_events(form).value_or(create.events);
  create.description = form.text("description", kDescriptionRule).value_or("");
  create.is_active = form.boolean("is_active").value_or(create.is_active);
  create.ordered = form.boolean("ordered").value_or(create.ordered);
  return create;
}

UpdateWebhook read_update_webhook(Form& form, WebhookId id) {
  UpdateWebhook update;
  update.id = id;
  update.url = read_url(form);
  update.events = read_events(form);
  update.description = form.text("description", kDescriptionRule);
  update.is_active = form.boolean("is_active");
  update.ordered = form.boolean("ordered");
  return update;
}

UpdateWebhook read_replace_webhook(Form& form, WebhookId id) {
  form.require("url");
  form.require("events");
  UpdateWebhook update = read_update_webhook(form, id);
  update.tenant_id = read_tenant(form);
  const CreateWebhook defaults;
  if (!update.description) update.description = defaults.description;
  if (!update.is_active) update.is_active = defaults.is_active;
  if (!update.ordered) update.ordered = defaults.ordered;
  return update;
}

RotateWebhookSecret read_rotate_webhook(Form& form, WebhookId id) {
  RotateWebhookSecret rotate;
  rotate.id = id;
  rotate.secret.overlap_s =
      static_cast<std::uint32_t>(form.integer("overlap_seconds", kOverlapRule).value_or(0));
  return rotate;
}

WebhookSecret read_webhook_secret(Form& form) {
  const auto text = form.text_view("secret", kSecretRule);
  if (!text) return {};
  auto secret = WebhookSecret::of_text(*text);
  if (secret) return *std::move(secret);
  form.issue("secret", secret.error().what);
  return {};
}

void append_json(std::string& out, const Webhook& webhook) {
  JsonWriter json(out);
  json.begin_object();
  write_fields(json, webhook);
  json.end_object();
}

void append_json_with_secret(std::string& out, const Webhook& webhook, std::string_view secret) {
  JsonWriter json(out);
  json.begin_object();
  json.key("secret").string(secret);
  write_fields(json, webhook);
  json.end_object();
}

}  // namespace core
