#include "core/service/key_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/domain/rate_limit.h"

namespace core {
namespace {

constexpr Form::Text kNameRule{.characters_min = 1, .characters_max = 100};
constexpr Form::Integer kRateRule{.min = 0, .max = std::numeric_limits<std::int32_t>::max()};
constexpr Form::Integer kBurstRule{.min = 1, .max = std::numeric_limits<std::int32_t>::max()};
constexpr Form::Integer kWindowRule{.min = 1, .max = kRateWindowSecondsMax};
constexpr Form::Integer kOverlapRule{.min = 0, .max = kOverlapSecondsMax};
constexpr Form::Integer kIdRule{.min = 1, .max = std::numeric_limits<std::int64_t>::max()};

std::optional<std::vector<std::string>> read_scopes(Form& form) {
  auto scopes = form.texts("scopes", kScopesMax);
  if (!scopes) return std::nullopt;
  for (const std::string& scope : *scopes) {
    if (is_scope(scope)) continue;
    form.issue("scopes",
               "must hold \"*\", \"verify\" or \"resource:read\", \"resource:write\", "
               "\"resource:*\"");
    return std::nullopt;
  }
  return scopes;
}

std::optional<std::vector<IpNetwork>> read_allowed_ips(Form& form) {
  const auto texts = form.texts("allowed_ips", kAllowedIpsMax);
  if (!texts) return std::nullopt;
  std::vector<IpNetwork> networks;
  for (const std::string& text : *texts) {
    const auto network = parse_network(text);
    if (!network) {
      form.issue("allowed_ips", fmt::format("\"{}\" {}", text.substr(0, 64), network.error()));
      return std::nullopt;
    }
    networks.push_back(*network);
  }
  return networks;
}

std::optional<std::string> read_metadata(Form& form) {
  auto metadata = form.json("metadata", kMetadataBytesMax);
  if (metadata && metadata->front() != '{') {
    form.issue("metadata", "must be a JSON object");
    return std::nullopt;
  }
  return metadata;
}

LimitChange read_limit(Form& form) {
  LimitChange change;
  if (form.is_null("rate_limit")) {
    change.rate_limit_sent = true;
  } else if (const auto rate = form.integer("rate_limit", kRateRule)) {
    change.rate_limit_sent = true;
    change.rate_limit = static_cast<std::uint32_t>(*rate);
  }
  if (const auto window = form.integer("rate_window", kWindowRule)) {
    change.window_s = static_cast<std::uint32_t>(*window);
  }
  if (!form.is_null("burst")) {
    if (const auto burst = form.integer("burst", kBurstRule)) {
      change.burst = static_cast<std::uint32_t>(*burst);
    }
  }
  if (const auto algorithm = form.text("algorithm", kNameRule)) {
    if (*algorithm != "token_bucket") form.issue("algorithm", "must be \"token_bucket\"");
  }
  return change;
}

// null is never, which is stored as 0: so the epoch itself, which clients send to expire a key now,
// is taken as the first moment behind it.
std::optional<WallMicros> read_new_expiry(Form& form) {
  if (form.is_null("expires_at")) return 0;
  const auto at = form.datetime("expires_at");
  return at ? std::max<WallMicros>(*at, 1) : at;
}

RateLimit limit_of(const LimitChange& change) {
  RateLimit limit;
  if (change.rate_limit_sent) limit.rate_limit = change.rate_limit;
  limit.window_s = change.window_s.value_or(kRateWindowSecondsDefault);
  const std::uint32_t follows = limit.rate_limit.value_or(1);
  limit.burst = change.burst.value_or(std::max(follows, 1U));
  return limit;
}

// `totals` null: without what uses of the key change.
void write_fields(JsonWriter& json, const ApiKey& key, const KeyTotals* totals) {
  json.key("id").uint64(key.id);
  json.key("tenant_id").uint64(key.tenant_id);
  json.key("name").string(key.name);
  json.key("display").string(key.display);
  json.key("scopes").begin_array();
  for (const std::string& scope : key.scopes) json.string(scope);
  json.end_array();
  json.key("rate_limit");
  if (key.limit.rate_limit) {
    json.uint64(*key.limit.rate_limit);
  } else {
    json.null();
  }
  json.key("rate_window").uint64(key.limit.window_s);
  json.key("burst").uint64(key.limit.burst);
  json.key("algorithm").string("token_bucket");
  json.key("allowed_ips").begin_array();
  for (const IpNetwork& network : key.allowed_ips) json.string(format_network(network));
  json.end_array();
  json.key("is_active").boolean(key.is_active);
  const auto time = [&](std::string_view name, WallMicros at) {
    json.key(name);
    if (at == 0) {
      json.null();
    } else {
      json.string(to_rfc3339(at));
    }
  };
  time("expires_at", key.expires_at);
  time("previous_secret_expires_at", key.previous ? key.previous->until() : 0);
  if (totals != nullptr) time("last_used_at", totals->last_used_at);
  json.key("metadata").raw(key.metadata);
  time("created_at", key.created_at);
  time("updated_at", key.updated_at);
  if (key.deleted_at != 0) time("deleted_at", key.deleted_at);
}

}  // namespace

CreateKey read_create_key(Form& form, WallMicros now) {
  CreateKey create = read_key_settings(form, now);
  form.require("tenant_id");
  create.tenant_id = static_cast<TenantId>(form.integer("tenant_id", kIdRule).value_or(0));
  return create;
}

CreateKey read_key_settings(Form& form, WallMicros now) {
  form.require("name");
  CreateKey create;
  create.name = form.text("name", kNameRule).value_or("");
  create.scopes = read_scopes(form).value_or(create.scopes);
  create.limit = limit_of(read_limit(form));
  if (const auto fault = check_rate_limit(create.limit)) form.issue(fault->field, fault->reason);
  create.allowed_ips = read_allowed_ips(form).value_or(create.allowed_ips);
  create.is_active = form.boolean("is_active").value_or(create.is_active);
  if (!form.is_null("expires_at")) {
    const auto expires_at = form.datetime("expires_at");
    if (expires_at && *expires_at <= now) form.issue("expires_at", "must lie in the future");
    create.expires_at = expires_at.value_or(0);
  }
  create.metadata = read_metadata(form).value_or(create.metadata);
  return create;
}

UpdateKey read_update_key(Form& form, KeyId id) {
  UpdateKey update;
  update.id = id;
  update.name = form.text("name", kNameRule);
  update.scopes = read_scopes(form);
  update.limit = read_limit(form);
  update.allowed_ips = read_allowed_ips(form);
  update.is_active = form.boolean("is_active");
  update.expires_at = read_new_expiry(form);
  update.metadata = read_metadata(form);
  return update;
}

UpdateKey read_replace_key(Form& form, KeyId id) {
  form.require("name");
  UpdateKey update = read_update_key(form, id);
  if (const auto tenant = form.integer("tenant_id", kIdRule)) {
    update.tenant_id = static_cast<TenantId>(*tenant);
  }
  const CreateKey defaults;
  if (!update.scopes) update.scopes = defaults.scopes;
  if (!update.allowed_ips) update.allowed_ips = defaults.allowed_ips;
  if (!update.is_active) update.is_active = defaults.is_active;
  if (!update.expires_at) update.expires_at = defaults.expires_at;
  if (!update.metadata) update.metadata = defaults.metadata;
  const RateLimit limit = limit_of(update.limit);
  update.limit = {.rate_limit_sent = true,
                  .rate_limit = limit.rate_limit,
                  .window_s = limit.window_s,
                  .burst = limit.burst};
  return update;
}

RotateKey read_rotate_key(Form& form, KeyId id) {
  RotateKey rotate;
  rotate.id = id;
  rotate.secret.overlap_s =
      static_cast<std::uint32_t>(form.integer("overlap_seconds", kOverlapRule).value_or(0));
  return rotate;
}

void append_json(std::string& out, const ApiKey& key, const KeyTotals& totals) {
  JsonWriter json(out);
  json.begin_object();
  write_fields(json, key, &totals);
  json.end_object();
}

void append_stored_json(std::string& out, const ApiKey& key) {
  JsonWriter json(out);
  json.begin_object();
  write_fields(json, key, nullptr);
  json.end_object();
}

void append_json_with_secret(std::string& out, const ApiKey& key, std::string_view secret) {
  JsonWriter json(out);
  json.begin_object();
  json.key("key").string(secret);
  const KeyTotals unused;
  write_fields(json, key, &unused);
  json.end_object();
}

}  // namespace core
