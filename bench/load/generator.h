// Sends a run's requests over its connections and counts the answers.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "bench/load/connection.h"
#include "bench/load/options.h"
#include "bench/load/record_log.h"
#include "bench/load/request_builder.h"
#include "bench/load/tally.h"
#include "bench/load/uring.h"
#include "core/base/result.h"

namespace bench {

// One run, on one ring and the calling thread.
//
// Closed loop: each connection writes `pipeline` requests, waits until all of them are answered,
// and writes the next. A latency counts from the write to the turn of the loop that found the
// answer waiting, so that the client's own work on other connections is not in it.
// Open loop (`rate`): request i is due at start + i / rate, whatever the answers do; it takes a
// connection that waits for nothing, and its latency counts from when it was due (no coordinated
// omission). Requests due while all connections wait are sent late; those never sent are `overdue`.
class Generator {
 public:
  static core::Result<std::unique_ptr<Generator>> create(const Options& options,
                                                         RequestBuilder builder,
                                                         std::optional<RecordLog> record);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // Runs to the end, which the pace bounds. Called once. Failures of connections and requests are
  // counted; an error means that the run itself could not go on.
  core::Status run();

  const Tally& tally() const noexcept { return tally_; }

 private:
  enum class Operation : std::uint8_t { kConnect, kReceive, kSend };
  enum class Phase : std::uint8_t { kConnecting, kWarmup, kMeasuring, kDraining, kDone };

  Generator(const Options& options, RequestBuilder builder, std::optional<RecordLog> record,
            std::unique_ptr<Uring> ring);

  static std::uint64_t tag(const Connection& connection, Operation operation) noexcept;

  // Turns of the loop.
  core::Status turn();
  void on_completion(const Completion& done);
  std::int64_t wait_limit_ns() const;
  void advance_phase();
  void begin_sending();
  void begin_measuring();
  bool is_sending() const { return phase_ == Phase::kWarmup || phase_ == Phase::kMeasuring; }

  // Opening and ending connections.
  void open(Connection& connection);
  void reopen_due();
  void on_connected(Connection& connection, int result);
  void end(Connection& connection, Failure why);
  void settle(Connection& connection);

  // Requests and answers.
  void send_next(Connection& connection);
  void send_due();
  void send_batch(Connection& connection, int requests, std::int64_t started_ns);
  void transmit(Connection& connection);
  void on_sent(Connection& connection, int result);
  void on_received(Connection& connection, const Completion& done);
  void parse(Connection& connection, std::string_view bytes);
  void on_answer(Connection& connection, const Response& response);
  std::int64_t due_ns(std::uint64_t request) const;
  int budget(int wanted) const;

  const sockaddr_in server_;
  const Pace pace_;
  RequestBuilder builder_;
  std::optional<RecordLog> record_;
  std::unique_ptr<Uring> ring_;
  std::vector<Connection> connections_;
  Tally tally_;

  Phase phase_ = Phase::kConnecting;
  std::int64_t turn_ns_ = 0;           // When this turn's completions were found waiting.
  std::int64_t phase_end_ns_ = 0;      // When the phase ends at the latest.
  std::int64_t sending_since_ns_ = 0;  // Start of the fixed schedule.
  std::int64_t counting_since_ns_ = 0;
  std::int64_t counting_cpu_ns_ = 0;
  std::int64_t last_answer_ns_ = 0;
  std::uint64_t next_due_ = 0;   // Open loop: requests issued so far, the number of the next.
  std::uint64_t in_flight_ = 0;  // Of all connections.
  int settling_ = 0;             // Connections whose first connect is not decided.
  int absent_ = 0;               // Connections to be opened again.
  int stopped_ = 0;
  // Open loop: connections that wait for nothing, longest first; may hold stale entries.
  std::deque<std::uint32_t> free_;
};

}  // namespace bench
