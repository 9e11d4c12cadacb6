// Writes answers: the one place where an answer is accounted, measured, logged and put into bytes,
// whatever its status.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/access_log.h"
#include "core/base/time.h"
#include "core/runtime/clock.h"
#include "core/service/form.h"
#include "core/service/ports.h"
#include "net/address.h"
#include "net/exchange.h"
#include "net/http_response.h"
#include "net/metrics.h"
#include "net/out_buffer.h"

namespace net {

// One answer, before it is bytes. Views; nothing is kept.
struct Answer {
  int status = 200;
  int sent_as = 0;  // The status on the wire where that is another; 0: it isn't.
  std::string_view content_type = "application/json";
  std::span<const std::string_view> body = {};  // Joined as they stand.
  std::string_view more = {};                   // Whole header lines, each with its CRLF.
};

// What the error envelope says.
struct Failure {
  int status = 500;
  std::string_view message;
  std::string_view details = "";  // JSON; empty: none.
  std::string_view more = "";     // Whole header lines, each with its CRLF.
};

// The code of the error envelope for a status: "NOT_FOUND". BAD_REQUEST for every refusal of a
// message that has no code of its own (414, 417, 431, 501, 505).
std::string_view error_code(int status) noexcept;

// Owner: one shard.
class Responder {
 public:
  struct Parts {
    core::UsageSink& usage;
    const core::Clock& clock;
    ShardMetrics& metrics;
    core::AccessLog* access_log = nullptr;  // Null: none is kept.
    std::size_t lane = 0;                   // The shard's, in the access log.
    std::int64_t limiter_offset_ns = 0;
  };
  explicit Responder(const Parts& parts) : parts_(parts) {}

  void begin_turn(const core::TurnTime& time) noexcept { date_.update(time.wall_us); }

  // Publishes the usage record of an identified exchange, counts, logs, and appends the answer. An
  // exchange is answered exactly once.
  void answer(Exchange& exchange, OutBuffer& out, const Answer& answer);

  // Publishes the usage record of an identified exchange that has no answer of its own.
  void record(Exchange& exchange, int status);

  // {"success":true,"data":DATA} with an optional ,"meta":META or ,"message":"..." behind it.
  void success(Exchange& exchange, OutBuffer& out, int status, std::string_view data,
               std::string_view tail = "");

  // {"success":false,"error":{"code","message"[,"details"]}}
  void failure(Exchange& exchange, OutBuffer& out, const Failure& failure);

  // 422 with a list of {field, message}.
  void invalid(Exchange& exchange, OutBuffer& out, const std::vector<core::FieldIssue>& issues);

 private:
  void publish(Exchange& exchange, int status, std::uint32_t latency_us) noexcept;
  void log(const Exchange& exchange, int status, std::size_t bytes, std::uint32_t latency_us);

  std::uint32_t latency_us(const Exchange& exchange) const noexcept;

  const Parts parts_;
  DateLine date_;
};

// What the limit's header fields say of an identified and limited exchange.
RateHeaders rate_headers(const Exchange& exchange, int status) noexcept;

}  // namespace net
