// Every change of the store is a command: a value that holds all it needs. One writer applies them
// in order, deterministically: same store and same command give the same rows and the same outcome.
// Secrets are in no command; a key's or token's carries the digest, a webhook's the sealed bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/time.h"
#include "core/domain/admin_token.h"
#include "core/domain/api_key.h"
#include "core/domain/resource_row.h"
#include "core/domain/tenant.h"
#include "core/domain/webhook.h"
#include "core/service/actor.h"

namespace core {

struct CreateTenant {
  std::string name;
  std::string slug;  // Empty: made from the name, with a number behind it if that is taken.
  std::string plan = "free";
  bool is_active = true;
};

struct UpdateTenant {
  TenantId id = 0;
  std::optional<std::string> name;
  std::optional<std::string> slug;
  std::optional<std::string> plan;
  std::optional<bool> is_active;
};

struct DeleteTenant {
  TenantId id = 0;
};

// Makes a deleted row live again, as it was.
struct RestoreTenant {
  TenantId id = 0;
};

struct CreateKey {
  TenantId tenant_id = 0;
  std::string name;
  std::string display;
  Digest digest;
  std::vector<std::string> scopes;
  RateLimit limit;
  std::vector<IpNetwork> allowed_ips;
  bool is_active = true;
  WallMicros expires_at = 0;
  std::string metadata = "{}";
};

// A key whose secret exists elsewhere: its digest is all that is known of it here.
struct ImportedKey {
  std::uint32_t index = 0;  // Its place in the request, for what is said about it.
  CreateKey key;
  std::string tenant_slug;  // Names the tenant where key.tenant_id is 0.
};

// Creates each key that is not there yet; a key of the same digest and tenant is left as it is. A
// key that can't be created does not stand in the way of the others.
struct ImportKeys {
  std::vector<ImportedKey> keys;  // At most kImportedKeysMax (key_import.h).
};

// A new limit as a whole (the form has merged what was sent; what was not sent keeps the row's).
struct LimitChange {
  bool rate_limit_sent = false;
  std::optional<std::uint32_t> rate_limit;  // If sent: none is unlimited.
  std::optional<std::uint32_t> window_s;
  std::optional<std::uint32_t>
      burst;  // Not sent, with a new rate_limit: follows it if it did before.
};

struct UpdateKey {
  KeyId id = 0;
  std::optional<TenantId> tenant_id;  // Must be the key's own: a key stays with its tenant.
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> scopes;  // Emptying a list that was not empty: kInvalid.
  LimitChange limit;
  std::optional<std::vector<IpNetwork>> allowed_ips;
  std::optional<bool> is_active;
  std::optional<WallMicros> expires_at;  // 0: never.
  std::optional<std::string> metadata;
};

struct DeleteKey {
  KeyId id = 0;
};

struct RestoreKey {
  KeyId id = 0;
};

struct RotateKey {
  KeyId id = 0;
  NewSecret secret;
};

// Who asks on a tenant's behalf: the writer checks again that key and tenant are still valid.
struct Caller {
  KeyId key_id = 0;
  TenantId tenant_id = 0;
};

// The values of a row in the order of the schema's fields, each as compact JSON that fits its
// field. Nothing: it keeps what it holds, or gets its default in a new row.
using RowValues = std::vector<std::optional<std::string>>;

struct CreateRow {
  Caller caller;
  ResourceId resource = kDataResource;
  RowValues values;
};

struct UpdateRow {
  Caller caller;
  ResourceId resource = kDataResource;
  RowId id = 0;
  RowValues values;
};

struct DeleteRow {
  Caller caller;
  ResourceId resource = kDataResource;
  RowId id = 0;
};

struct RestoreRow {
  Caller caller;
  ResourceId resource = kDataResource;
  RowId id = 0;
};

struct CreateResource {
  ResourceSchema schema;
};

// Adds fields behind those that there are. Rows of before hold their defaults.
struct AddFields {
  ResourceId id = 0;
  std::vector<Field> fields;
};

// Begins to build the index of a field.
struct AddIndex {
  ResourceId id = 0;
  std::string field;
};

// Takes up to so many rows, of all tenants, into the index that is being built; the server's own.
struct BuildIndexes {
  std::uint32_t rows_max = 1000;  // Some milliseconds of the writer.
};

struct DeleteResource {
  ResourceId id = 0;
};

// Changes of webhooks: by an admin, or by a tenant of its own, on whose behalf the caller asks.
struct CreateWebhook {
  std::optional<Caller> caller;
  TenantId tenant_id = 0;
  std::string url;
  std::vector<std::string> events;
  std::string description;
  bool is_active = true;
  bool ordered = false;
  std::string sealed;
};

struct UpdateWebhook {
  std::optional<Caller> caller;
  WebhookId id = 0;
  std::optional<TenantId> tenant_id;  // Must be the webhook's own: it stays with its tenant.
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> events;
  std::optional<std::string> description;
  std::optional<bool> is_active;
  std::optional<bool> ordered;
};

struct DeleteWebhook {
  std::optional<Caller> caller;
  WebhookId id = 0;
};

struct RestoreWebhook {
  std::optional<Caller> caller;
  WebhookId id = 0;
};

struct RotateWebhookSecret {
  std::optional<Caller> caller;
  WebhookId id = 0;
  NewSealed secret;
};

struct CreateAdminToken {
  std::string name;
  std::string display;
  Digest digest;
  AdminRole role = AdminRole::kAll;
  TenantId tenant_id = 0;  // Of kTenant.
  WallMicros expires_at = 0;
};

// What a token may do stays as it was made: another role is another token.
struct UpdateAdminToken {
  AdminTokenId id = 0;
  std::optional<std::string> name = std::nullopt;
  std::optional<WallMicros> expires_at = std::nullopt;  // 0: never.
};

struct DeleteAdminToken {
  AdminTokenId id = 0;
};

// If-Match: the versions in which a row may be when it is changed. Not looked at by what makes
// rows.
struct VersionGuard {
  bool any = false;  // Whatever the version.
  std::vector<std::uint64_t> versions;

  bool admits(std::uint64_t version) const noexcept {
    return any || std::ranges::find(versions, version) != versions.end();
  }
};

// Idempotency-Key: by what a repeated request is known, and told from another one that uses its key
// again. Digests alone, so that neither the key's text nor the body is kept.
struct Idempotency {
  Digest key;      // Of the credential, the route and the header's value.
  Digest request;  // Of what else is asked: the body, and If-Match.
};

// For so long after the first request its answer is given again; then the key counts as new.
inline constexpr WallMicros kReplayWindow = 24 * 3600 * kMicrosPerSecond;

// Takes away for good what is older than its retention, the oldest of each kind first.
struct Purge {
  // Goes if it was deleted, answered or written down before that moment. 0: nothing of the kind
  // goes.
  WallMicros deleted_before = 0;
  WallMicros answers_before = 0;
  WallMicros audit_before = 0;
  std::uint32_t records_max = 256;  // The most that one command takes away.
};

struct Command {
  WallMicros when = 0;
  std::optional<VersionGuard> if_match = std::nullopt;    // None: the version does not matter.
  std::optional<Actor> actor = std::nullopt;              // Who asks on an admin's route.
  std::optional<Idempotency> idempotency = std::nullopt;  // None: each request is its own.
  std::variant<CreateTenant, UpdateTenant, DeleteTenant, RestoreTenant, CreateKey, ImportKeys,
               UpdateKey, DeleteKey, RestoreKey, RotateKey, CreateRow, UpdateRow, DeleteRow,
               RestoreRow, CreateResource, AddFields, AddIndex, BuildIndexes, DeleteResource,
               CreateAdminToken, UpdateAdminToken, DeleteAdminToken, Purge, CreateWebhook,
               UpdateWebhook, DeleteWebhook, RestoreWebhook, RotateWebhookSecret>
      change;
};

enum class OutcomeCode : std::uint8_t {
  kDone,
  kNotFound,
  kConflict,        // `field` and `message` say what stands in the way.
  kVersionDiffers,  // Not one that if_match admits: 412.
  kInvalid,         // `field` and `message` say what does not fit what is stored.
  kCallerInvalid,   // The tenant's key or the admin's token was deleted or has ended: 401.
  kCallerInactive,  // The key or its tenant was disabled, or lost the scope: 403.
  kStoreFull,       // Nothing was changed: 503.
  kUnknown,         // The commit failed: it may or may not be there after a restart: 503.
};

// A row as it is sent.
struct RowImage {
  RowId id = 0;
  std::uint64_t version = 0;
  std::string json;
};

// What a BuildIndexes did.
struct IndexTally {
  std::uint64_t rows = 0;     // Taken into the index since it was begun.
  std::string finished = {};  // "invoices.amount": this index is built.
  bool more = false;          // There is more to do, of this index or another.
};

// What a Purge took away.
struct PurgeTally {
  std::uint64_t tenants = 0;
  std::uint64_t keys = 0;
  std::uint64_t resources = 0;
  std::uint64_t rows = 0;
  std::uint64_t webhooks = 0;
  std::uint64_t answers = 0;
  std::uint64_t admin_tokens = 0;
  std::uint64_t audit_entries = 0;
  bool more = false;  // It stopped at its bound: there may be more to take away.
};

// What became of the keys of an ImportKeys.
struct ImportReport {
  struct Refused {
    std::uint32_t index = 0;  // ImportedKey::index.
    std::string field;
    std::string message;
  };
  std::uint32_t created = 0;
  KeyId first_id = 0;  // Of those created, whose ids follow one another; 0 if none was.
  std::uint32_t existing = 0;
  std::vector<Refused> refused;
};

struct Outcome {
  OutcomeCode code = OutcomeCode::kUnknown;
  std::string field = {};
  std::string message = {};
  // The row as it is after a kDone (as it was last, for a delete).
  std::variant<std::monostate, Tenant, ApiKey, RowImage, Resource, AdminToken, ImportReport,
               IndexTally, PurgeTally, Webhook>
      row;
  bool replayed = false;  // The first answer to that Idempotency-Key; nothing was changed.
};

}  // namespace core
