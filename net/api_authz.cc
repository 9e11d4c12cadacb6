// Routes for those who ask about somebody else's request: gateways, and services that hold a key.
#include <array>
#include <span>

#include "core/base/check.h"
#include "core/base/decimal.h"
#include "core/base/json_writer.h"
#include "core/domain/api_key.h"
#include "net/api.h"
#include "net/credential.h"
#include "net/gateway.h"
#include "net/key_scope.h"
#include "net/query.h"

namespace net {
namespace {

core::Access access_of(std::string_view scope) noexcept {
  if (scope.empty()) return core::Access::kAny;
  if (scope == "data:read") return core::Access::kRead;
  if (scope == "data:write") return core::Access::kWrite;
  return core::Access::kNamed;
}

// The resource of ours that the path is in, "data" of "/api/data/7"; empty for all other paths.
std::string_view own_resource(std::string_view path, core::CatalogReader& reader) {
  constexpr std::string_view kPrefix = "/api/";
  if (!path.starts_with(kPrefix)) return {};
  const std::string_view collection = path.substr(0, path.find('/', kPrefix.size()));
  const Route route = find_route(collection);
  if (route.id == RouteId::kWebhooks) return core::kWebhooksScopeName;
  const bool is_own = route.id == RouteId::kData ||
                      (route.id == RouteId::kRows && reader.resource(route.resource) != nullptr);
  return is_own ? route.resource : std::string_view{};
}

// RFC 9110 9.2.1, as far as keys may be given the right to no more than that.
bool only_reads(core::Method method) noexcept {
  return method == core::Method::kGet || method == core::Method::kHead ||
         method == core::Method::kOptions;
}

// ?scope= of a question; empty: none is asked for. Refused where it is there twice, or is no scope.
std::expected<std::string, Refusal> scope_asked_for(std::string_view raw) {
  if (raw.empty()) return "";
  Query query(raw);
  std::string scope = query.text("scope").value_or("");
  bool is_good = scope.empty() || core::is_scope(scope);
  for (const core::FieldIssue& issue : query.finish()) is_good &= issue.field != "scope";
  if (!is_good) return std::unexpected(Refusal{400, "?scope= must name one scope"});
  return scope;
}

// The scope that the request a gateway asks about needs; empty: none.
std::expected<std::string, Refusal> scope_needed(const AskedRequest& asked,
                                                 const AuthzRoutes& routes,
                                                 core::CatalogReader& reader) {
  std::string scratch;
  const auto path = plain_path(asked.path, scratch);
  if (!path) return std::unexpected(Refusal{400, "The original path has a segment . or .."});
  if (const std::string_view resource = own_resource(*path, reader); !resource.empty()) {
    std::string scope(resource);
    scope += only_reads(asked.method) ? ":read" : ":write";
    return scope;
  }
  if (const auto scope = routes.scope_for(asked.method, *path)) return std::string(*scope);
  return scope_asked_for(asked.query);
}

// "X-Api-Key-Id: 1\r\nX-Tenant-Id: 5\r\n"
class IdentityLines {
 public:
  explicit IdentityLines(const core::AuthRecord& record) noexcept {
    put("X-Api-Key-Id: ", record.key_id);
    put("X-Tenant-Id: ", record.tenant_id);
  }
  std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  void put(std::string_view name, std::uint64_t id) noexcept {
    char* at = std::copy(name.begin(), name.end(), text_.data() + size_);
    at = core::write_decimal(at, id);
    *at++ = '\r';
    *at++ = '\n';
    size_ = static_cast<std::size_t>(at - text_.data());
  }

  // Two lines of at most 14 bytes of name, 20 digits and the line's end.
  std::array<char, 2 * (14 + core::kDecimalBytesMax + 2)> text_;
  std::size_t size_ = 0;
};

// What the answer to a verification says, and what is recorded for the key.
struct Finding {
  core::GateOutcome outcome;
  std::string_view code;
  int status;  // 503: no finding about the key.
};

// In the order of GateOutcome.
constexpr std::array<Finding, core::kGateOutcomes> kFindings = {{
    {core::GateOutcome::kAdmitted, "VALID", 200},
    {core::GateOutcome::kKeyMissing, "NOT_FOUND", 401},
    {core::GateOutcome::kKeyUnknown, "NOT_FOUND", 401},
    {core::GateOutcome::kKeyExpired, "EXPIRED", 401},
    {core::GateOutcome::kKeyInactive, "DISABLED", 403},
    {core::GateOutcome::kTenantInactive, "DISABLED", 403},
    {core::GateOutcome::kAddressRefused, "FORBIDDEN", 403},
    {core::GateOutcome::kScopeMissing, "INSUFFICIENT_PERMISSIONS", 403},
    {core::GateOutcome::kOverLimit, "RATE_LIMITED", 429},
    {core::GateOutcome::kUsageFull, "", 503},
    {core::GateOutcome::kUnsettled, "", 503},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kFindings.size(); ++i) {
    if (static_cast<std::size_t>(kFindings[i].outcome) != i) return false;
  }
  return true;
}
static_assert(in_order());

void write_limit(core::JsonWriter& json, const Exchange& asked, int status) {
  json.key("rate_limit");
  if (!asked.verdict.limited) {
    json.null();
    return;
  }
  const RateHeaders rate = rate_headers(asked, status);
  json.begin_object();
  json.key("limit").uint64(rate.limit);
  json.key("remaining").uint64(rate.remaining);
  json.key("reset").int64(rate.reset_epoch_s);
  json.key("retry_after");
  if (rate.retry_after_s == 0) {
    json.null();
  } else {
    json.int64(rate.retry_after_s);
  }
  json.end_object();
}

void write_key(core::JsonWriter& json, const core::ApiKey& key) {
  json.key("name").string(key.name);
  json.key("scopes").begin_array();
  for (const std::string& scope : key.scopes) json.string(scope);
  json.end_array();
  json.key("metadata").raw(key.metadata);
  json.key("expires_at");
  if (key.expires_at == 0) {
    json.null();
  } else {
    json.string(core::to_rfc3339(key.expires_at));
  }
}

std::string finding_json(const Exchange& asked, const Finding& finding,
                         core::CatalogReader& reader) {
  std::string text;
  core::JsonWriter json(text);
  json.begin_object();
  json.key("valid").boolean(asked.verdict.outcome == core::GateOutcome::kAdmitted);
  json.key("code").string(finding.code);
  if (asked.verdict.identified) {
    json.key("key_id").uint64(asked.verdict.record.key_id);
    json.key("tenant_id").uint64(asked.verdict.record.tenant_id);
    if (const auto key = reader.key(asked.verdict.record.key_id)) write_key(json, *key);
    write_limit(json, asked, finding.status);
  }
  json.end_object();
  return text;
}

}  // namespace

// What is judged and recorded from here on is the original request: `exchange` takes on its method
// and path.
void Api::authorize(Call& call) {
  Exchange& exchange = call.exchange;
  const auto gateway = gateway_of(call.in.head.path);
  CHECK(gateway.has_value());
  exchange.only_401_and_403 = !passes_every_status(*gateway);
  const auto asked = read_asked(*gateway, call.in.head);
  const auto scope = asked ? scope_needed(*asked, config_.authz_routes, parts_.reader)
                           : std::expected<std::string, Refusal>(std::unexpected(asked.error()));
  if (!scope) {
    return responder_.failure(exchange, call.out,
                              {.status = scope.error().status, .message = scope.error().reason});
  }
  exchange.recorded = asked->method;
  exchange.path = asked->path;

  KeyScope row_scope(parts_.reader, *scope);
  exchange.verdict = gate_.judge({.secret = presented_secret(call.in.head),
                                  .access = access_of(*scope),
                                  .named = &row_scope,
                                  .address = exchange.client},
                                 call.in.time);
  parts_.metrics.gate[static_cast<std::size_t>(exchange.verdict.outcome)].add();
  if (exchange.verdict.outcome != core::GateOutcome::kAdmitted) {
    return refuse_verdict(call, *scope);
  }
  // Exactly 200, and nothing in it: Envoy takes no other status for a yes.
  const IdentityLines identity(exchange.verdict.record);
  responder_.answer(exchange, call.out, {.content_type = "", .more = identity.text()});
}

// Two keys may be judged here: the caller's, whose verdict is the exchange's, and the one asked
// about, which has a verdict and a usage record of its own.
void Api::verify_key(Call& call) {
  Exchange& exchange = call.exchange;
  if (!admit_either(call, core::kVerifyScope)) return;
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  form.require("key");
  std::string secret = form.text("key", {.characters_max = 512}).value_or("");
  const std::string scope = form.text("scope", {.characters_max = 80}).value_or("");
  if (!scope.empty() && !core::is_scope(scope)) form.issue("scope", "must be a scope");
  const std::string ip = form.text("ip", {.characters_max = 64}).value_or("");
  const auto address = ip.empty() ? std::optional(exchange.client) : core::parse_address(ip);
  if (!address) form.issue("ip", "must be an IPv4 or IPv6 address");
  if (!accept(call, form)) return;

  KeyScope row_scope(parts_.reader, scope);
  Exchange asked = exchange;
  asked.client = *address;
  asked.verdict.outcome = core::GateOutcome::kKeyUnknown;
  if (reaches_key(call, secret)) {
    asked.verdict = gate_.judge(
        {.secret = secret, .access = access_of(scope), .named = &row_scope, .address = *address},
        call.in.time);
  }
  core::wipe(secret.data(), secret.size());
  parts_.metrics.gate[static_cast<std::size_t>(asked.verdict.outcome)].add();
  const Finding& finding = kFindings[static_cast<std::size_t>(asked.verdict.outcome)];
  responder_.record(asked, finding.status);
  exchange.usage_sequence = asked.usage_sequence;
  if (finding.status == 503) return busy(call, "The key can't be judged at the moment");
  responder_.success(exchange, call.out, 200, finding_json(asked, finding, parts_.reader));
}

}  // namespace net
