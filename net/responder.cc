#include "net/responder.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/base/decimal.h"
#include "core/base/json.h"

namespace net {
namespace {

// Whole seconds, rounded up: a client that waits that long finds what it waits for.
std::int64_t seconds_up(std::int64_t nanos) noexcept {
  return (nanos + core::kNanosPerSecond - 1) / core::kNanosPerSecond;
}

}  // namespace

RateHeaders rate_headers(const Exchange& exchange, int status) noexcept {
  const core::Take& take = exchange.verdict.take;
  RateHeaders rate;
  rate.limit = exchange.verdict.record.rate_limit;
  rate.remaining = take.remaining;
  const std::int64_t now_ns = exchange.begun.wall_us * 1000;
  rate.reset_epoch_s = seconds_up(now_ns + take.full_after_ns);
  if (status == 429)
    rate.retry_after_s = std::max<std::int64_t>(1, seconds_up(take.retry_after_ns));
  return rate;
}

std::string_view error_code(int status) noexcept {
  switch (status) {
    case 401:
      return "UNAUTHORIZED";
    case 403:
      return "FORBIDDEN";
    case 404:
      return "NOT_FOUND";
    case 405:
      return "METHOD_NOT_ALLOWED";
    case 409:
      return "CONFLICT";
    case 412:
      return "PRECONDITION_FAILED";
    case 413:
      return "PAYLOAD_TOO_LARGE";
    case 422:
      return "VALIDATION_ERROR";
    case 429:
      return "RATE_LIMIT_EXCEEDED";
    case 500:
      return "INTERNAL_ERROR";
    case 503:
      return "SERVICE_UNAVAILABLE";
    default:
      return "BAD_REQUEST";
  }
}

std::uint32_t Responder::latency_us(const Exchange& exchange) const noexcept {
  const std::int64_t spent_ns = parts_.clock.boot_now() - exchange.begun.boot_ns;
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(spent_ns / 1000, 0, std::numeric_limits<std::uint32_t>::max()));
}

void Responder::record(Exchange& exchange, int status) {
  if (exchange.verdict.identified) publish(exchange, status, latency_us(exchange));
}

void Responder::answer(Exchange& exchange, OutBuffer& out, const Answer& answer) {
  const std::uint32_t latency_us = this->latency_us(exchange);
  if (exchange.verdict.identified) publish(exchange, answer.status, latency_us);

  ResponseHead head;
  head.status = answer.sent_as != 0 ? answer.sent_as : answer.status;
  head.content_type = answer.content_type;
  for (const std::string_view part : answer.body) head.content_length += part.size();
  head.request_id = exchange.request_id.text();
  if (answer.status < 400) head.row_version = exchange.row_version;
  head.replayed = exchange.replayed;
  head.more = answer.more;
  head.close = exchange.close;
  head.keep_alive = exchange.http_1_0 && !exchange.close;
  RateHeaders rate;
  if (exchange.verdict.identified && exchange.verdict.limited) {
    rate = rate_headers(exchange, answer.status);
    head.rate = &rate;
  }
  const std::size_t before = out.size();
  write_head(out, head, date_);
  if (!exchange.head_only) {
    for (const std::string_view part : answer.body) out.append(part);
  }
  parts_.metrics.count_answer(exchange.route.id, answer.status, latency_us);
  if (parts_.access_log != nullptr) log(exchange, answer.status, out.size() - before, latency_us);
}

void Responder::publish(Exchange& exchange, int status, std::uint32_t latency_us) noexcept {
  core::UsageEvent event;
  event.time_us = exchange.begun.wall_us;
  event.limiter_ns = exchange.begun.boot_ns + parts_.limiter_offset_ns;
  event.key_id = exchange.verdict.record.key_id;
  event.tenant_id = exchange.verdict.record.tenant_id;
  event.latency_us = latency_us;
  event.status = static_cast<std::uint16_t>(status);
  event.method = exchange.recorded;
  event.charged = exchange.verdict.charged;
  event.address = exchange.client;
  event.endpoint = exchange.path.substr(0, core::kEndpointBytesMax);
  exchange.usage_sequence = parts_.usage.publish(event);
}

void Responder::log(const Exchange& exchange, int status, std::size_t bytes,
                    std::uint32_t latency_us) {
  std::string line;
  core::JsonWriter json(line);
  json.begin_object();
  json.key("time").string(core::to_rfc3339(exchange.begun.wall_us));
  json.key("request_id").string(exchange.request_id.text());
  json.key("method").string(core::method_name(exchange.recorded));
  json.key("path").string(exchange.path);
  json.key("route").string(route_info(exchange.route.id).pattern);
  json.key("status").int64(status);
  json.key("bytes").uint64(bytes);
  json.key("duration_us").uint64(latency_us);
  json.key("address").string(format_address(exchange.client));
  if (exchange.verdict.identified) {
    json.key("key_id").uint64(exchange.verdict.record.key_id);
    json.key("tenant_id").uint64(exchange.verdict.record.tenant_id);
  }
  json.end_object();
  parts_.access_log->append(parts_.lane, line);
}

void Responder::success(Exchange& exchange, OutBuffer& out, int status, std::string_view data,
                        std::string_view tail) {
  const std::array<std::string_view, 4> body = {R"({"success":true,"data":)", data, tail, "}"};
  answer(exchange, out, {.status = status, .body = body});
}

void Responder::failure(Exchange& exchange, OutBuffer& out, const Failure& failure) {
  std::string body = R"({"success":false,"error":{"code":")";
  body += error_code(failure.status);
  body += R"(","message":)";
  core::append_json_string(body, failure.message);
  if (!failure.details.empty()) {
    body += R"(,"details":)";
    body += failure.details;
  }
  body += "}}";
  const std::array<std::string_view, 1> parts = {body};
  Answer refusal{.status = failure.status, .body = parts, .more = failure.more};
  std::string more;
  if (exchange.only_401_and_403 && failure.status != 401 && failure.status != 403) {
    more = "X-Error-Status: ";
    core::append_decimal(more, failure.status);
    more += "\r\n";
    more += failure.more;
    refusal.sent_as = 403;
    refusal.more = more;
  }
  answer(exchange, out, refusal);
}

void Responder::invalid(Exchange& exchange, OutBuffer& out,
                        const std::vector<core::FieldIssue>& issues) {
  const std::string details = core::to_json(issues);
  failure(exchange, out,
          {.status = 422, .message = "The request has invalid fields", .details = details});
}

}  // namespace net
