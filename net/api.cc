#include "net/api.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/base/check.h"
#include "net/credential.h"
#include "net/etag.h"
#include "net/forwarded.h"
#include "net/idempotency.h"
#include "net/key_scope.h"
#include "net/query.h"

namespace net {
namespace {

core::Access needed_access(const Exchange& exchange) noexcept {
  const RouteId route = exchange.route.id;
  if (route == RouteId::kMe || route == RouteId::kOwnUsage) return core::Access::kAny;
  const bool reads = exchange.method == Method::kGet || exchange.method == Method::kHead;
  return reads ? core::Access::kRead : core::Access::kWrite;
}

// A proxy on this machine that speaks for somebody elsewhere does not make that one local.
bool is_local(const Call& call) noexcept {
  return is_loopback(call.in.peer) && is_loopback(call.exchange.client);
}

}  // namespace

Api::Api(const ApiConfig& config, const ApiParts& parts)
    : config_(config),
      parts_(parts),
      gate_(parts.index, parts.words, parts.usage),
      responder_({.usage = parts.usage,
                  .clock = parts.clock,
                  .metrics = parts.metrics,
                  .access_log = parts.access_log,
                  .lane = parts.lane,
                  .limiter_offset_ns = parts.words.offset_ns()}),
      json_(config.body_bytes_max),
      request_number_(config.request_id_seed) {}

void Api::begin_turn(const core::TurnTime& time) {
  responder_.begin_turn(time);
  parts_.reader.begin_turn();
}

Handled Api::handle(const Incoming& in, OutBuffer& out) {
  Exchange exchange;
  exchange.method = in.head.method;
  exchange.route = find_route(in.head.path);
  exchange.head_only = in.head.method == Method::kHead;
  exchange.http_1_0 = in.head.http_1_0;
  exchange.close = in.closing || !in.head.keep_alive;
  exchange.begun = in.time;
  exchange.client = client_address(in.head, in.peer, config_.trusted_proxies);
  exchange.recorded = recorded_method(in.head.method);
  exchange.path = in.head.path;
  set_request_id(exchange, in.head.value(KnownField::kRequestId));

  Handled handled;
  Call call{in, exchange, out, handled.suspended};
  route(call);
  handled.close = exchange.close;
  handled.usage_sequence = exchange.usage_sequence;
  return handled;
}

Handled Api::resume(Suspended& suspended, core::ReplyBody& reply, OutBuffer& out) {
  CHECK(suspended_ > 0);
  --suspended_;
  if (const auto* outcome = std::get_if<core::Outcome>(&reply)) {
    suspended.exchange.replayed = outcome->replayed;
  }
  suspended.resume(suspended.exchange, out, reply);
  parts_.reader.begin_turn();  // The requests behind a write see what it wrote.
  Handled handled;
  handled.close = suspended.exchange.close;
  handled.usage_sequence = suspended.exchange.usage_sequence;
  return handled;
}

void Api::refuse(const Refusal& refusal, const core::TurnTime& time, core::Address peer,
                 OutBuffer& out) {
  Exchange exchange;
  exchange.route.id = RouteId::kRefused;
  exchange.close = true;
  exchange.begun = time;
  exchange.client = peer;
  set_request_id(exchange, {});
  responder_.failure(exchange, out, {.status = refusal.status, .message = refusal.reason});
}

void Api::set_request_id(Exchange& exchange, std::string_view sent) {
  if (exchange.request_id.take(sent)) return;
  // A bijective mix (splitmix64, Steele et al. 2014) of a counter: unique for 2^64 requests.
  std::uint64_t mixed = request_number_ += 0x9E3779B97F4A7C15;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  exchange.request_id.make(mixed ^ (mixed >> 31));
}

void Api::route(Call& call) {
  if (!call.exchange.route.resource.empty() && !find_resource(call)) return;
  const RouteInfo& info = route_info(call.exchange.route.id);
  if (call.exchange.method == Method::kOptions && info.audience != Audience::kGateway &&
      (info.methods != 0 || call.in.head.form == TargetForm::kAsterisk)) {
    const std::string_view allow =
        info.allow.empty() ? "Allow: GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE\r\n" : info.allow;
    return responder_.answer(call.exchange, call.out,
                             {.status = 204, .content_type = "", .more = allow});
  }
  if (info.methods == 0) {
    return responder_.failure(call.exchange, call.out, {.status = 404, .message = "No such path"});
  }
  if ((info.methods & method_bit(call.exchange.method)) == 0) {
    return responder_.failure(
        call.exchange, call.out,
        {.status = 405, .message = "Method not allowed for this path", .more = info.allow});
  }
  switch (info.audience) {
    case Audience::kTenant:
      return dispatch_tenant(call);
    case Audience::kGateway:
      return authorize(call);
    case Audience::kVerifier:
      return verify_key(call);
    case Audience::kAdminOrTenant:
      return dispatch_webhooks(call);
    case Audience::kAnyone:
      return health(call);
    case Audience::kOps:
      if (call.in.for_operators || is_local(call) || admit_admin(call, find_admin(call))) {
        answer_operator(call);
      }
      return;
    case Audience::kAdmin:
      if (admit_admin(call, find_admin(call))) dispatch_admin(call);
      return;
  }
}

void Api::dispatch_admin(Call& call) {
  const Method method = call.exchange.method;
  const bool reads = method == Method::kGet || method == Method::kHead;
  switch (call.exchange.route.id) {
    case RouteId::kTenants:
      return reads ? list_tenants(call) : create_tenant(call);
    case RouteId::kTenant:
      if (reads) return show_tenant(call);
      return method == Method::kDelete ? delete_tenant(call) : update_tenant(call);
    case RouteId::kTenantCount:
      return count_tenants(call);
    case RouteId::kTenantRestore:
      return restore_tenant(call);
    case RouteId::kKeys:
      return reads ? list_keys(call) : create_key(call);
    case RouteId::kKey:
      if (reads) return show_key(call);
      return method == Method::kDelete ? delete_key(call) : update_key(call);
    case RouteId::kKeyCount:
      return count_keys(call);
    case RouteId::kKeyRestore:
      return restore_key(call);
    case RouteId::kKeyUsage:
      return usage_of(call, call.exchange.route.row_id);
    case RouteId::kKeyRotate:
      return rotate_key(call);
    case RouteId::kKeyImport:
      return import_keys(call);
    case RouteId::kUsageLogs:
      return usage_logs(call);
    case RouteId::kUsageLog:
      return show_usage_log(call);
    case RouteId::kResources:
      return reads ? list_resources(call) : create_resource(call);
    case RouteId::kResourceIndexes:
      return add_index(call);
    case RouteId::kResource:
      if (reads) return show_resource(call);
      return method == Method::kPatch ? change_resource(call) : delete_resource(call);
    case RouteId::kAdminTokens:
      return reads ? list_admin_tokens(call) : create_admin_token(call);
    case RouteId::kAdminToken:
      if (reads) return show_admin_token(call);
      return method == Method::kPatch ? update_admin_token(call) : delete_admin_token(call);
    case RouteId::kAdminTokenCount:
      return count_admin_tokens(call);
    case RouteId::kAuditLogs:
      return list_audit(call);
    case RouteId::kAuditLog:
      return show_audit(call);
    case RouteId::kAuditLogCount:
      return count_audit(call);
    default:
      CHECK(!"an admin route without a handler");
  }
}

void Api::dispatch_tenant(Call& call) {
  Exchange& exchange = call.exchange;
  core::Access access = needed_access(exchange);
  const auto scope_name = [&] {
    const bool to_read = needed_access(exchange) == core::Access::kRead;
    return call.resource->schema.path + (to_read ? ":read" : ":write");
  };
  std::string scope;
  if (access != core::Access::kAny && call.resource->id != core::kDataResource) {
    access = core::Access::kNamed;
    scope = scope_name();
  }
  KeyScope named(parts_.reader, scope);
  exchange.verdict = gate_.judge({.secret = presented_secret(call.in.head),
                                  .access = access,
                                  .named = &named,
                                  .address = exchange.client},
                                 call.in.time);
  parts_.metrics.gate[static_cast<std::size_t>(exchange.verdict.outcome)].add();
  const Method method = exchange.method;
  const bool reads = method == Method::kGet || method == Method::kHead;
  if (exchange.verdict.outcome != core::GateOutcome::kAdmitted) {
    return refuse_verdict(call, access == core::Access::kAny ? "" : scope_name());
  }

  switch (exchange.route.id) {
    case RouteId::kData:
    case RouteId::kRows:
      return reads ? list_rows(call) : create_row(call);
    case RouteId::kRowCount:
      return count_rows(call);
    case RouteId::kRowRestore:
      return restore_row(call);
    case RouteId::kDataRow:
    case RouteId::kRow:
      if (reads) return show_row(call);
      return method == Method::kDelete ? delete_row(call) : update_row(call);
    case RouteId::kOwnUsage:
      return usage_of(call, exchange.verdict.record.key_id);
    case RouteId::kMe:
      return show_caller(call);
    default:
      CHECK(!"a tenant's route without a handler");
  }
}

void Api::refuse_verdict(Call& call, std::string_view scope) {
  struct Row {
    int status;
    std::string_view message;
    std::string_view more;
  };
  // In the order of GateOutcome.
  static constexpr std::array<Row, core::kGateOutcomes> kRows = {{
      {500, "", ""},
      {401, "API key required", kChallenge},
      {401, "Invalid API key", kChallenge},
      {401, "API key expired", kChallenge},
      {403, "API key is inactive", ""},
      {403, "Tenant is inactive", ""},
      {403, "Address not allowed", ""},
      {403, "", ""},
      {429, "Rate limit exceeded", ""},
      {503, "Usage records can't be kept at the moment", "Retry-After: 1\r\n"},
      {503, "The key's limit is being changed", "Retry-After: 1\r\n"},
  }};
  const core::GateOutcome outcome = call.exchange.verdict.outcome;
  const Row& row = kRows[static_cast<std::size_t>(outcome)];
  if (row.status == 401) {
    if (const auto suppressed = auth_failures_.admit(call.in.time.boot_ns)) {
      parts_.log.info("refused {} from {}: {} ({} more suppressed)", call.exchange.path,
                      format_address(call.exchange.client), row.message, *suppressed);
    }
  }
  if (outcome == core::GateOutcome::kScopeMissing) {
    const std::string message = fmt::format("The key lacks the scope {}", scope);
    return responder_.failure(call.exchange, call.out, {.status = 403, .message = message});
  }
  responder_.failure(call.exchange, call.out,
                     {.status = row.status, .message = row.message, .more = row.more});
}

void Api::answer_count(Call& call, std::uint64_t count) {
  Query query(call.in.head.query);
  if (const auto issues = query.finish(); !issues.empty()) {
    return responder_.invalid(call.exchange, call.out, issues);
  }
  show_count(call.exchange, call.out, count);
}

void Api::show_count(Exchange& exchange, OutBuffer& out, std::uint64_t count) {
  responder_.success(exchange, out, 200, fmt::format(R"({{"count":{}}})", count));
}

std::optional<bool> Api::read_include_deleted(Call& call) {
  Query query(call.in.head.query);
  const bool include_deleted = query.boolean("include_deleted");
  const auto issues = query.finish();
  if (issues.empty()) return include_deleted;
  responder_.invalid(call.exchange, call.out, issues);
  return std::nullopt;
}

std::optional<core::JsonValue> Api::read_json(Call& call) {
  auto value = json_.parse(call.in.body);
  if (value) return *value;
  const std::string message = "The body is not valid JSON: " + core::describe(value.error());
  responder_.failure(call.exchange, call.out, {.status = 400, .message = message});
  return std::nullopt;
}

bool Api::accept(Call& call, core::Form& form) {
  const auto issues = form.finish();
  if (issues.empty()) return true;
  responder_.invalid(call.exchange, call.out, issues);
  return false;
}

bool Api::suspend(Call& call, Continuation then) {
  if (suspended_ >= kSuspendedMax) return false;
  ++suspended_;
  auto suspended = std::make_unique<Suspended>();
  suspended->exchange = call.exchange;
  suspended->path = call.exchange.path.substr(0, core::kEndpointBytesMax);
  suspended->exchange.path = suspended->path;
  suspended->exchange.route.resource = {};
  suspended->resume = std::move(then);
  call.suspended = std::move(suspended);
  return true;
}

void Api::busy(Call& call, std::string_view message) {
  responder_.failure(call.exchange, call.out,
                     {.status = 503, .message = message, .more = "Retry-After: 1\r\n"});
}

void Api::unsuspend(Call& call) {
  --suspended_;
  call.suspended.reset();
}

bool Api::read_idempotency(Call& call, core::Command& command) {
  const core::Verdict& verdict = call.exchange.verdict;
  const RequestScope scope{.is_admin = !verdict.identified,
                           .credential = call.admin ? call.admin->id : verdict.record.key_id,
                           .route = call.exchange.route,
                           .resource = call.resource == nullptr ? 0 : call.resource->id};
  const auto read = net::read_idempotency(call.in.head, call.in.body, scope, hasher_);
  if (read) {
    command.idempotency = *read;
    return true;
  }
  responder_.failure(call.exchange, call.out, {.status = 400, .message = read.error()});
  return false;
}

void Api::submit(Call& call, core::Command&& command, Continuation then) {
  command.when = call.in.time.wall_us;
  command.if_match = read_if_match(call.in.head);
  if (call.admin) command.actor = actor_of(call);
  if (!read_idempotency(call, command)) return;
  if (!suspend(call, std::move(then))) return busy(call, "Too many changes are waiting");
  if (parts_.commands.submit(std::move(command), parts_.replies, call.in.token)) return;
  unsuspend(call);
  busy(call, "Changes can't be taken at the moment");
}

bool Api::answer_refused(Exchange& exchange, OutBuffer& out, const core::Outcome& outcome) {
  Failure failure;
  std::string details;
  switch (outcome.code) {
    case core::OutcomeCode::kDone:
      return false;
    case core::OutcomeCode::kNotFound:
      failure = {.status = 404, .message = "Not found"};
      break;
    case core::OutcomeCode::kConflict:
    case core::OutcomeCode::kInvalid:
      details = core::to_json({{outcome.field, outcome.message}});
      failure = {.status = outcome.code == core::OutcomeCode::kConflict ? 409 : 422,
                 .message = outcome.code == core::OutcomeCode::kConflict
                                ? "The request conflicts with what is stored"
                                : "The request has invalid fields",
                 .details = details};
      break;
    case core::OutcomeCode::kVersionDiffers:
      failure = {.status = 412, .message = "The row's ETag is none of those in If-Match"};
      break;
    case core::OutcomeCode::kCallerInvalid:
      failure = {.status = 401, .message = outcome.message, .more = kChallenge};
      break;
    case core::OutcomeCode::kCallerInactive:
      failure = {.status = 403, .message = outcome.message};
      break;
    case core::OutcomeCode::kStoreFull:
      failure = {.status = 503, .message = "The store is full; nothing was changed"};
      break;
    case core::OutcomeCode::kUnknown:
      failure = {.status = 503, .message = "Outcome unknown: the store failed while committing"};
      break;
  }
  responder_.failure(exchange, out, failure);
  return true;
}

bool Api::answer_unchanged(Call& call, std::uint64_t version) {
  call.exchange.row_version = version;
  if (!has_version(call.in.head, version)) return false;
  responder_.answer(call.exchange, call.out, {.status = 304, .content_type = ""});
  return true;
}

void Api::not_found(Call& call, std::string_view what) {
  responder_.failure(call.exchange, call.out, {.status = 404, .message = what});
}

}  // namespace net
