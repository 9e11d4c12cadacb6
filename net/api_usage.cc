// Routes of usage: a key's counts and series, for the admin and for its holder; the raw log.
#include <algorithm>

#include "core/base/decimal.h"
#include "core/service/usage_query.h"
#include "net/api.h"
#include "net/query.h"

namespace net {
namespace {

constexpr core::WallMicros kMinute = 60 * core::kMicrosPerSecond;

// The last minute that can be written (year 9999).
constexpr core::WallMicros kLastMinute = 253'402'300'740 * core::kMicrosPerSecond;

// Reads from and to, aligned to whole minutes, into the question; without them, the hour up to and
// with the running minute.
void read_span(Query& query, core::WallMicros now, core::UsageQuestion& question) {
  const auto sent_to = query.datetime("to");
  const core::WallMicros to = sent_to.value_or(now + 1);
  const core::WallMicros from = query.datetime("from").value_or(
      std::max<core::WallMicros>(sent_to.value_or(now) - 60 * kMinute, 0));
  if (from > to) query.issue("from", "must not lie behind to");
  question.from = from - from % kMinute;
  question.to = std::min((to + kMinute - 1) / kMinute * kMinute, kLastMinute);
}

// Reads window and group_by into the question.
void read_grouping(Query& query, core::UsageQuestion& question, bool& by_key) {
  if (const auto window = query.text("window")) {
    if (*window == "minute") {
      question.window = core::UsageWindow::kMinute;
    } else if (*window == "hour") {
      question.window = core::UsageWindow::kHour;
    } else {
      query.issue("window", "must be minute or hour");
    }
  }
  const auto group_by = query.text("group_by");
  if (!group_by) return;
  std::string_view rest = *group_by;
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    if (name == "endpoint") {
      question.by_endpoint = true;
    } else if (name == "method") {
      question.by_method = true;
    } else if (name == "status") {
      question.by_status = true;
    } else if (name == "key") {
      by_key = true;
    } else {
      query.issue("group_by", "must name endpoint, method, status or key, joined by commas");
      return;
    }
  }
}

void write_row(core::JsonWriter& json, const core::UsageRow& row, core::KeyId group_key) {
  json.begin_object();
  json.key("start").string(core::to_rfc3339(row.start));
  json.key("end").string(core::to_rfc3339(row.end));
  json.key("group").begin_object();
  if (!row.endpoint.empty()) json.key("endpoint").string(row.endpoint);
  if (row.method) json.key("method").string(core::method_name(*row.method));
  if (row.status != 0) json.key("status").int64(row.status);
  if (group_key != 0) json.key("key").uint64(group_key);
  json.end_object();
  json.key("count").uint64(row.count);
  json.key("rejected").uint64(row.rejected);
  json.key("errors").uint64(row.errors);
  json.key("p50_us").uint64(row.p50_us);
  json.key("p90_us").uint64(row.p90_us);
  json.key("p99_us").uint64(row.p99_us);
  json.end_object();
}

// {limit, remaining, reset} of the key now; nulls if it is unlimited.
void write_limit(core::JsonWriter& json, const core::ApiKey& key, const core::Take& take,
                 core::WallMicros now) {
  json.key("rate_limit").begin_object();
  if (key.limit.rate_limit) {
    const std::int64_t full_us = now + take.full_after_ns / 1000;
    json.key("limit").uint64(*key.limit.rate_limit);
    json.key("remaining").uint64(take.remaining);
    json.key("reset").int64((full_us + core::kMicrosPerSecond - 1) / core::kMicrosPerSecond);
  } else {
    json.key("limit").null().key("remaining").null().key("reset").null();
  }
  json.end_object();
}

void write_log(core::JsonWriter& json, const core::UsageLogRow& row) {
  json.begin_object();
  json.key("id").uint64(row.id);
  json.key("api_key_id").uint64(row.event.key_id);
  json.key("tenant_id").uint64(row.event.tenant_id);
  json.key("endpoint").string(row.endpoint);
  json.key("method").string(core::method_name(row.event.method));
  json.key("status_code").int64(row.event.status);
  json.key("response_time").uint64(row.event.latency_us / 1000);
  json.key("response_time_us").uint64(row.event.latency_us);
  json.key("ip_address").string(format_address(row.event.address));
  json.key("created_at").string(core::to_rfc3339(row.event.time_us));
  json.end_object();
}

std::string logs_json(const core::UsageLogPage& page) {
  std::string text;
  core::JsonWriter json(text);
  json.begin_array();
  for (const core::UsageLogRow& row : page.rows) write_log(json, row);
  json.end_array();
  return text;
}

// "404", or "4xx" for all of its class.
void read_status(Query& query, core::UsageLogQuestion& question) {
  const auto text = query.text("status_code");
  if (!text) return;
  const bool is_class = text->size() == 3 && text->ends_with("xx");
  const std::string first = is_class ? text->substr(0, 1) + "00" : *text;
  const auto status = core::parse_decimal(first, 599);
  if (!status || *status < 100) {
    return query.issue("status_code", "must be a status, like 404, or a class, like 4xx");
  }
  question.status_min = static_cast<std::uint16_t>(*status);
  question.status_max = static_cast<std::uint16_t>(is_class ? *status + 99 : *status);
}

void read_method(Query& query, core::UsageLogQuestion& question) {
  const auto text = query.text("method");
  if (!text) return;
  for (auto number = static_cast<int>(core::Method::kGet);
       number <= static_cast<int>(core::Method::kOther); ++number) {
    const auto method = static_cast<core::Method>(number);
    if (core::method_name(method) == *text) question.method = method;
  }
  if (!question.method) query.issue("method", "must be a method in capitals, or OTHER");
}

void read_endpoint(Query& query, core::UsageLogQuestion& question) {
  auto text = query.text("endpoint");
  if (!text) return;
  question.is_endpoint_begin = text->ends_with('*');
  if (question.is_endpoint_begin) text->pop_back();
  if (!text->starts_with('/') || text->size() > core::kEndpointBytesMax) {
    return query.issue("endpoint", "must be a path, or the beginning of one and '*'");
  }
  question.endpoint = *std::move(text);
}

// All but the tenant, which depends on who asks.
core::UsageLogQuestion read_log_question(Query& query) {
  const core::PageQuery page = read_page(query);
  core::UsageLogQuestion question;
  question.after_id = page.after_id;
  question.limit = page.limit;
  question.key_id = query.integer("api_key_id", 1, kIdMax).value_or(0);
  read_method(query, question);
  read_status(query, question);
  read_endpoint(query, question);
  if (const auto text = query.text("ip_address")) {
    if (const auto network = core::parse_network(*text)) {
      question.network = *network;
    } else {
      query.issue("ip_address", network.error());
    }
  }
  question.from = query.datetime("from").value_or(question.from);
  question.to = query.datetime("to");
  if (question.to && question.from > *question.to) query.issue("from", "must not lie behind to");
  return question;
}

}  // namespace

template <typename Question>
void Api::ask(Call& call, Question&& question, Continuation then) {
  if (!suspend(call, std::move(then))) return busy(call, "Too many questions are waiting");
  if (parts_.desk.ask(std::forward<Question>(question), parts_.replies, call.in.token)) return;
  unsuspend(call);
  busy(call, "Usage can't be read at the moment");
}

template void Api::ask(Call&, std::vector<core::KeyId>&&, Continuation);

void Api::usage_of(Call& call, core::KeyId id) {
  Query query(call.in.head.query);
  core::UsageQuestion question;
  question.key_id = id;
  const core::WallMicros now = call.in.time.wall_us;
  read_span(query, now, question);
  bool by_key = false;
  read_grouping(query, question, by_key);
  if (const auto issues = query.finish(); !issues.empty()) {
    return responder_.invalid(call.exchange, call.out, issues);
  }

  auto key = parts_.reader.key(question.key_id);
  if (!key || key->deleted_at != 0 || !reaches(call, key->tenant_id))
    return not_found(call, "No such key");
  core::Take take;
  if (key->limit.rate_limit) take = gate_.peek(core::make_auth_record(*key), call.in.time);
  ask(call, question,
      [this, question, by_key, take, now, key = std::move(*key)](Exchange& exchange, OutBuffer& out,
                                                                 core::ReplyBody& reply) {
        const auto* answer = std::get_if<core::UsageAnswer>(&reply);
        if (answer == nullptr) {
          return responder_.failure(exchange, out,
                                    {.status = 503, .message = "Usage can't be read"});
        }
        if (answer->too_many_rows) {
          return responder_.invalid(
              exchange, out, {{"window", "the series has too many rows: ask for a shorter time"}});
        }
        std::string text;
        core::JsonWriter json(text);
        json.begin_object();
        json.key("api_key_id").uint64(key.id);
        json.key("from").string(core::to_rfc3339(question.from));
        json.key("to").string(core::to_rfc3339(question.to));
        json.key("count").uint64(answer->count);
        json.key("rejected").uint64(answer->rejected);
        json.key("total").uint64(answer->total);
        json.key("last_used_at");
        if (answer->last_used_at == 0) {
          json.null();
        } else {
          json.string(core::to_rfc3339(answer->last_used_at));
        }
        write_limit(json, key, take, now);
        json.key("series").begin_array();
        for (const core::UsageRow& row : answer->series) write_row(json, row, by_key ? key.id : 0);
        json.end_array().end_object();
        responder_.success(exchange, out, 200, text);
      });
}

void Api::usage_logs(Call& call) {
  Query query(call.in.head.query);
  core::UsageLogQuestion question = read_log_question(query);
  question.tenant_id = read_tenant(call, query);
  if (const auto issues = query.finish(); !issues.empty()) {
    return responder_.invalid(call.exchange, call.out, issues);
  }
  ask(call, question,
      [this, limit = question.limit](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
        const auto* logs = std::get_if<core::UsageLogPage>(&reply);
        if (logs == nullptr) {
          return responder_.failure(exchange, out,
                                    {.status = 503, .message = "The usage log can't be read"});
        }
        responder_.success(exchange, out, 200, logs_json(*logs),
                           PageMeta(limit, logs->next_after_id).text());
      });
}

void Api::show_usage_log(Call& call) {
  core::UsageLogQuestion question;
  question.after_id = call.exchange.route.row_id - 1;
  question.limit = 1;
  const core::TenantId own = confined_to(call);
  ask(call, question, [this, own](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
    const auto* logs = std::get_if<core::UsageLogPage>(&reply);
    if (logs == nullptr) {
      return responder_.failure(exchange, out,
                                {.status = 503, .message = "The usage log can't be read"});
    }
    const bool is_there =
        !logs->rows.empty() && logs->rows.front().id == exchange.route.row_id &&
        (own == 0 || logs->rows.front().event.tenant_id == own);
    if (!is_there) {
      return responder_.failure(exchange, out, {.status = 404, .message = "No such record"});
    }
    std::string text;
    core::JsonWriter json(text);
    write_log(json, logs->rows.front());
    responder_.success(exchange, out, 200, text);
  });
}

}  // namespace net
