// What stays known of one request until its answer is written, also while it waits for the store.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/domain/usage_event.h"
#include "core/service/gate.h"
#include "core/service/ports.h"
#include "net/http_head.h"
#include "net/out_buffer.h"
#include "net/router.h"

namespace net {

// The value of X-Request-ID: the client's if it is sane, else made here.
class RequestId {
 public:
  static constexpr std::size_t kBytesMax = 64;

  std::string_view text() const noexcept { return {text_.data(), size_}; }

  // Takes the client's if it is 1 to 64 letters, digits, '.', '_' or '-'. False: it isn't.
  bool take(std::string_view sent) noexcept;

  // 16 hexadecimal digits.
  void make(std::uint64_t number) noexcept;

 private:
  std::uint8_t size_ = 0;
  std::array<char, kBytesMax> text_;
};

// The method as the usage log has it.
core::Method recorded_method(Method method) noexcept;

struct Exchange {
  Method method = Method::kGet;
  Route route;
  bool head_only = false;  // HEAD: the answer's body is counted but not sent.
  bool http_1_0 = false;
  bool close = false;  // The connection ends behind this answer.
  // Whoever asks passes on no refusal but 401 and 403: others are sent as 403 with X-Error-Status.
  bool only_401_and_403 = false;
  core::TurnTime begun;    // The turn in which the request was in hand.
  core::Address client{};  // The peer, or whom a trusted proxy says that it speaks for.
  RequestId request_id;
  // What is recorded and logged of the request: its own method and path; at /v1/authz those of the
  // request that the gateway asks about.
  core::Method recorded = core::Method::kGet;
  std::string_view path;             // Raw, without the query. Views the input, or Suspended::path.
  core::Verdict verdict;             // Of the gate, for routes of tenants; else not identified.
  bool replayed = false;             // The answer is an earlier one's: Idempotency-Key.
  std::uint64_t row_version = 0;     // Of the row that the answer shows: its ETag; 0: none.
  std::uint64_t usage_sequence = 0;  // Of the record published for it; 0: none.
};

// How an exchange goes on when the reply to its command or question is there. Called once.
using Continuation = std::move_only_function<void(Exchange&, OutBuffer&, core::ReplyBody&)>;

// A request that waits for a reply from another thread.
struct Suspended {
  Exchange exchange;
  std::string path;
  Continuation resume;
};

}  // namespace net
