// The HTTP API of one shard: from a parsed request to an answer, or to a question that waits for
// one.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/digest.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/log_limiter.h"
#include "core/base/random.h"
#include "core/base/secret_box.h"
#include "core/base/time.h"
#include "core/domain/ip_network.h"
#include "core/runtime/clock.h"
#include "core/service/admin_ports.h"
#include "core/service/gate.h"
#include "core/service/ports.h"
#include "net/authz_routes.h"
#include "net/exchange.h"
#include "net/http_head.h"
#include "net/http_refusal.h"
#include "net/metrics.h"
#include "net/query.h"
#include "net/responder.h"
#include "net/router.h"

namespace net {

// What one shard's API shows of the whole process. Any thread.
class ProcessView {
 public:
  virtual ~ProcessView() = default;
  virtual std::span<const ShardMetrics* const> shards() const = 0;
  virtual ProcessNumbers numbers() const = 0;
  virtual bool ready() const = 0;  // False while draining, or while the store refuses changes.
};

struct ApiConfig {
  core::Digest admin_token;  // SHA-256 of it.
  std::size_t body_bytes_max = 1 << 20;
  AuthzRoutes authz_routes;
  std::vector<core::IpNetwork> trusted_proxies;  // Whose X-Forwarded-For is believed.
  std::uint64_t request_id_seed = 0;  // Of the ids made here; another one for each shard.
};

// All outlive the API.
struct ApiParts {
  core::AuthIndex& index;
  core::CatalogReader& reader;
  core::AdminReader& admins;
  core::CommandSink& commands;
  core::RowCounter& counter;
  core::UsageDesk& desk;
  core::LimiterWords& words;
  core::UsageSink& usage;
  core::ReplyPost& replies;  // The shard's own.
  core::Random& random;
  const core::SecretBox& secrets;
  core::Log& log;
  const core::Clock& clock;
  const ProcessView& process;
  ShardMetrics& metrics;
  core::AccessLog* access_log = nullptr;
  std::size_t lane = 0;
};

// A request as the connection hands it over. All views are valid during the call only.
struct Incoming {
  const RequestHead& head;
  std::string_view body;
  core::TurnTime time;
  core::Address peer{};
  bool for_operators = false;  // Came in through an operators' address.
  std::uint64_t token = 0;     // Comes back in the Reply if the request is suspended.
  bool closing = false;        // The connection ends behind this answer, whatever the client wants.
};

struct Handled {
  std::unique_ptr<Suspended> suspended;  // Null: the answer is in the buffer.
  bool close = false;
  std::uint64_t usage_sequence = 0;
};

// The challenge of every 401 (RFC 6750 3).
inline constexpr std::string_view kChallenge = "WWW-Authenticate: Bearer realm=\"tollgate\"\r\n";

inline constexpr std::uint64_t kIdMax = std::numeric_limits<std::int64_t>::max();

// What became of the bearer token of a request to an admin's route.
enum class AdminStanding : std::uint8_t { kGood, kUnknown, kExpired, kTenantInactive };

// One request on its way through the handlers.
struct Call {
  const Incoming& in;
  Exchange& exchange;
  OutBuffer& out;
  std::unique_ptr<Suspended>& suspended;
  const core::Resource* resource = nullptr;  // For routes of rows.
  // For routes of admins: the token that was presented and is good.
  std::optional<core::AdminToken> admin = std::nullopt;
};

// Owner: one shard.
class Api {
 public:
  // Questions and commands of one shard that may wait at once: its reply mailbox has room for them.
  static constexpr std::size_t kSuspendedMax = 4096;

  Api(const ApiConfig& config, const ApiParts& parts);

  void begin_turn(const core::TurnTime& time);

  // Answers into `out`, or suspends.
  Handled handle(const Incoming& in, OutBuffer& out);

  // Goes on with a suspended request; its answer is in `out` afterwards.
  Handled resume(Suspended& suspended, core::ReplyBody& reply, OutBuffer& out);

  // Answers a message that could not be read as a request. The connection closes behind it.
  void refuse(const Refusal& refusal, const core::TurnTime& time, core::Address peer,
              OutBuffer& out);

 private:
  void route(Call& call);
  void dispatch_admin(Call& call);
  void dispatch_tenant(Call& call);
  void dispatch_webhooks(Call& call);

  // Looks the bearer token up by the newest state; sets call.admin if it is good.
  AdminStanding find_admin(Call& call);
  // Whether the token is good and its role allows the request; else it is answered.
  bool admit_admin(Call& call, AdminStanding standing);
  // For what admins and keys may ask. Whether the admin token allows it or, where there is none
  // that is known, a key with the scope is admitted; else it is answered.
  bool admit_either(Call& call, std::string_view scope);
  // The tenant that the admin's token is confined to; 0: none. Every handler of a route that such
  // tokens may use keeps to it.
  static core::TenantId confined_to(const Call& call) noexcept;
  static bool reaches(const Call& call, core::TenantId tenant) noexcept;
  // Whether a key with that secret, if there is one, may be told about.
  bool reaches_key(const Call& call, std::string_view secret);
  // The filter tenant_id of a list, which is the token's own where it is confined; 0: none.
  static core::TenantId read_tenant(const Call& call, Query& query);
  static core::Actor actor_of(const Call& call);  // Requires: call.admin.

  // Answers what the gate did not admit; `scope` is what was needed.
  void refuse_verdict(Call& call, std::string_view scope);
  void set_request_id(Exchange& exchange, std::string_view sent);

  void list_tenants(Call& call);
  core::Page<core::Tenant> tenants_of_slug(std::string_view slug);
  void create_tenant(Call& call);
  void show_tenant(Call& call);
  void update_tenant(Call& call);
  void delete_tenant(Call& call);
  void restore_tenant(Call& call);
  void count_tenants(Call& call);
  // Submits a change of a tenant; the answer shows it.
  void submit_tenant(Call& call, core::Command&& command);

  void list_keys(Call& call);
  void create_key(Call& call);
  void show_key(Call& call);
  void update_key(Call& call);
  void delete_key(Call& call);
  void rotate_key(Call& call);
  void restore_key(Call& call);
  void count_keys(Call& call);
  void import_keys(Call& call);
  // Submits a change of a key; the answer shows it.
  void submit_key(Call& call, core::Command&& command);
  // Submits a change that gives a key this secret; the answer shows it.
  void submit_secret(Call& call, core::Command&& command, core::KeySecret&& secret);

  void usage_of(Call& call, core::KeyId id);
  void usage_logs(Call& call);
  void show_usage_log(Call& call);

  void list_rows(Call& call);
  void show_row(Call& call);
  void create_row(Call& call);
  void update_row(Call& call);
  void delete_row(Call& call);
  void restore_row(Call& call);
  void count_rows(Call& call);
  void search_rows(Call& call, Query& query);
  void answer_row(Call& call, core::Command&& command, int status);
  bool find_resource(Call& call);
  void show_caller(Call& call);

  void list_resources(Call& call);
  void create_resource(Call& call);
  void show_resource(Call& call);
  void change_resource(Call& call);
  void delete_resource(Call& call);
  void add_index(Call& call);
  // Submits a change of a definition; the answer shows it.
  void submit_resource(Call& call, core::Command&& command, std::string_view message = "");
  void append_resource(std::string& out, const core::Resource& resource);

  void list_webhooks(Call& call);
  void create_webhook(Call& call);
  void show_webhook(Call& call);
  void update_webhook(Call& call);
  void delete_webhook(Call& call);
  void restore_webhook(Call& call);
  void rotate_webhook(Call& call);
  void count_webhooks(Call& call);
  // Submits a change of a webhook; the answer shows it and, if there is one, the secret.
  void submit_webhook(Call& call, core::Command&& command, core::WebhookSecret&& shown = {});
  // The secret that the form brings; if it brings none a fresh one, which is to be shown.
  struct ChosenSecret {
    core::WebhookSecret secret;
    bool is_made = false;
  };
  ChosenSecret choose_secret(core::Form& form);

  void list_admin_tokens(Call& call);
  void create_admin_token(Call& call);
  void show_admin_token(Call& call);
  void update_admin_token(Call& call);
  void delete_admin_token(Call& call);
  void count_admin_tokens(Call& call);

  void list_audit(Call& call);
  void show_audit(Call& call);
  void count_audit(Call& call);

  void authorize(Call& call);
  void verify_key(Call& call);

  void health(Call& call);
  void answer_operator(Call& call);
  void metrics(Call& call);
  void openapi(Call& call);

  void answer_count(Call& call, std::uint64_t count);
  void show_count(Exchange& exchange, OutBuffer& out, std::uint64_t count);
  // What the query of a route that shows one row says, or nothing after a 422.
  std::optional<bool> read_include_deleted(Call& call);

  // Parses the body as JSON; answers 400 and returns nothing if it is not.
  std::optional<core::JsonValue> read_json(Call& call);
  // Whether the form is good; answers 422 if it isn't.
  bool accept(Call& call, core::Form& form);
  // Submits a change. The one place where If-Match and Idempotency-Key come into a command.
  void submit(Call& call, core::Command&& command, Continuation then);
  // Answers 400 to an Idempotency-Key that is none; false then.
  bool read_idempotency(Call& call, core::Command& command);
  template <typename Question>
  void ask(Call& call, Question&& question, Continuation then);
  bool suspend(Call& call, Continuation then);
  void busy(Call& call, std::string_view message);
  void unsuspend(Call& call);
  // Answers an outcome that is not kDone; true if it was one.
  bool answer_refused(Exchange& exchange, OutBuffer& out, const core::Outcome& outcome);
  // For the answer that shows a row in that version: notes its ETag, and answers 304 if the client
  // has it already; true then.
  bool answer_unchanged(Call& call, std::uint64_t version);
  void not_found(Call& call, std::string_view what);

  const ApiConfig config_;
  const ApiParts parts_;
  core::Gate gate_;
  Responder responder_;
  core::Hasher hasher_;
  core::JsonParser json_;
  core::LogLimiter auth_failures_{10};
  std::uint64_t request_number_;
  std::size_t suspended_ = 0;
  std::string openapi_;                // The document last asked for,
  std::uint64_t openapi_version_ = 0;  // of that version; 0: none yet.
};

}  // namespace net
