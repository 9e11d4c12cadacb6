#include "bench/load/generator.h"

#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <ctime>
#include <utility>

#include "core/base/check.h"
#include "core/base/time.h"

namespace bench {
namespace {

constexpr std::int64_t kConnectLimitNs = 5 * core::kNanosPerSecond;
constexpr std::int64_t kDrainLimitNs = 2 * core::kNanosPerSecond;
constexpr std::int64_t kReopenPauseNs = 10'000'000;
// What an answer may take of a receive buffer on average: one of tollgate's data lists.
constexpr unsigned kAnswerBytes = 2048;
constexpr unsigned kTimerSlackNs = 1;

std::int64_t clock_ns(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * core::kNanosPerSecond + now.tv_nsec;
}

std::int64_t now_ns() noexcept {
  return clock_ns(CLOCK_MONOTONIC);
}

// Room for an answer of every connection at once, twice: the kernel may fill one buffer while the
// turn reads another. A pipeline's answers should fit one buffer, or they come in several turns.
Uring::Sizes ring_sizes(const Pace& pace) {
  const auto connections = static_cast<unsigned>(pace.connections);
  const auto pipeline = static_cast<unsigned>(pace.pipeline);
  Uring::Sizes sizes;
  sizes.buffers = std::clamp(std::bit_ceil(2 * connections), 64U, 4096U);
  sizes.buffer_bytes = std::clamp(std::bit_ceil(pipeline * kAnswerBytes), 4096U, 65536U);
  return sizes;
}

Failure failure_of(ParseOutcome outcome) noexcept {
  const bool unframed =
      outcome == ParseOutcome::kChunked || outcome == ParseOutcome::kLengthMissing;
  return unframed ? Failure::kUnframed : Failure::kMalformed;
}

}  // namespace

core::Result<std::unique_ptr<Generator>> Generator::create(const Options& options,
                                                           RequestBuilder builder,
                                                           std::optional<RecordLog> record) {
  auto ring = Uring::open(ring_sizes(options.pace));
  if (!ring) return std::unexpected(ring.error());
  return std::unique_ptr<Generator>(
      new Generator(options, std::move(builder), std::move(record), std::move(*ring)));
}

Generator::Generator(const Options& options, RequestBuilder builder,
                     std::optional<RecordLog> record, std::unique_ptr<Uring> ring)
    : server_(options.server),
      pace_(options.pace),
      builder_(std::move(builder)),
      record_(std::move(record)),
      ring_(std::move(ring)) {
  const Bodies bodies = options.shape.method == "HEAD" ? Bodies::kNever : Bodies::kByLength;
  connections_.reserve(static_cast<std::size_t>(pace_.connections));
  for (int i = 0; i < pace_.connections; ++i) {
    connections_.emplace_back(static_cast<std::uint32_t>(i), bodies);
  }
  // The kernel otherwise lets timers of the schedule be 50 us late.
  if (pace_.rate > 0) prctl(PR_SET_TIMERSLACK, kTimerSlackNs);
}

Generator::~Generator() {
  ring_.reset();  // Nothing may be in progress on sockets that are closed.
  for (const Connection& connection : connections_) {
    if (connection.socket >= 0) ::close(connection.socket);
  }
}

std::uint64_t Generator::tag(const Connection& connection, Operation operation) noexcept {
  return std::uint64_t{connection.index} << 8 | static_cast<std::uint64_t>(operation);
}

core::Status Generator::run() {
  turn_ns_ = now_ns();
  phase_end_ns_ = turn_ns_ + kConnectLimitNs;
  settling_ = pace_.connections;
  for (Connection& connection : connections_) open(connection);
  while (phase_ != Phase::kDone) {
    if (const auto status = turn(); !status) return status;
  }
  for (Connection& connection : connections_) {
    if (connection.in_flight != 0) end(connection, Failure::kUnanswered);
    if (connection.state == Connection::State::kConnecting) ++tally_.of(Failure::kConnect);
  }
  tally_.elapsed_ns = std::max<std::int64_t>(last_answer_ns_ - counting_since_ns_, 0);
  tally_.client_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - counting_cpu_ns_;
  tally_.stopped_connections = static_cast<std::uint64_t>(stopped_);
  return record_ ? record_->flush() : core::Status();
}

core::Status Generator::turn() {
  if (const auto status = ring_->wait(wait_limit_ns()); !status) return status;
  turn_ns_ = now_ns();
  ring_->for_each_completion([this](const Completion& done) { on_completion(done); });
  if (absent_ != 0) reopen_due();
  if (pace_.rate > 0) send_due();
  advance_phase();
  return record_ ? record_->flush() : core::Status();
}

void Generator::on_completion(const Completion& done) {
  Connection& connection = connections_[done.tag >> 8];
  switch (static_cast<Operation>(done.tag & 0xff)) {
    case Operation::kConnect:
      connection.connecting = false;
      on_connected(connection, done.result);
      break;
    case Operation::kReceive:
      connection.receiving = done.more;
      on_received(connection, done);
      break;
    case Operation::kSend:
      connection.sending = false;
      on_sent(connection, done.result);
      break;
  }
  if (connection.state == Connection::State::kClosing) settle(connection);
}

std::int64_t Generator::wait_limit_ns() const {
  std::int64_t until = phase_end_ns_;
  if (absent_ != 0) until = std::min(until, turn_ns_ + kReopenPauseNs);
  if (pace_.rate > 0 && is_sending() && !free_.empty()) {
    until = std::min(until, due_ns(next_due_));
  }
  return std::max<std::int64_t>(until - now_ns(), 0);
}

void Generator::advance_phase() {
  const bool expired = turn_ns_ >= phase_end_ns_;
  if (phase_ == Phase::kConnecting && (settling_ == 0 || expired)) begin_sending();
  if (phase_ == Phase::kWarmup && turn_ns_ >= phase_end_ns_) begin_measuring();
  if (is_sending() && stopped_ == pace_.connections) phase_ = Phase::kDone;
  if (phase_ == Phase::kMeasuring && (turn_ns_ >= phase_end_ns_ || budget(1) == 0)) {
    // Later than the end of the measured time, nothing more is due.
    const std::int64_t end_ns = std::min(turn_ns_, phase_end_ns_);
    while (pace_.rate > 0 && budget(1) != 0 && due_ns(next_due_) < end_ns) {
      ++next_due_;
      ++tally_.overdue;
    }
    phase_ = Phase::kDraining;
    phase_end_ns_ = turn_ns_ + kDrainLimitNs;
  }
  if (phase_ == Phase::kDraining && (in_flight_ == 0 || turn_ns_ >= phase_end_ns_)) {
    phase_ = Phase::kDone;
  }
}

void Generator::begin_sending() {
  phase_ = Phase::kWarmup;
  phase_end_ns_ = turn_ns_ + pace_.warmup_ns;
  sending_since_ns_ = turn_ns_;
  if (pace_.warmup_ns == 0) begin_measuring();
  if (pace_.rate > 0) return;
  for (Connection& connection : connections_) send_next(connection);
}

void Generator::begin_measuring() {
  const Tally before = std::exchange(tally_, Tally());
  tally_.warmup_answered = before.answered;
  tally_.failures = before.failures;  // A connection that never came counts, whenever it failed.
  phase_ = Phase::kMeasuring;
  phase_end_ns_ = turn_ns_ + pace_.duration_ns;
  counting_since_ns_ = last_answer_ns_ = turn_ns_;
  counting_cpu_ns_ = clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void Generator::open(Connection& connection) {
  connection.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection.socket < 0) return on_connected(connection, -errno);
  const int on = 1;
  setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connection.state = Connection::State::kConnecting;
  connection.connecting = true;
  ring_->connect(connection.socket, reinterpret_cast<const sockaddr*>(&server_), sizeof server_,
                 tag(connection, Operation::kConnect));
}

void Generator::reopen_due() {
  for (Connection& connection : connections_) {
    const bool due = connection.reopen_at_ns <= turn_ns_;
    if (connection.state != Connection::State::kAbsent || !due) continue;
    --absent_;
    open(connection);
  }
}

void Generator::on_connected(Connection& connection, int result) {
  if (phase_ == Phase::kConnecting) --settling_;
  if (result < 0) return end(connection, Failure::kConnect);
  if (connection.numbered != 0) ++tally_.reconnects;
  connection.state = Connection::State::kOpen;
  connection.parser.reset();
  connection.receiving = true;
  ring_->receive_all(connection.socket, tag(connection, Operation::kReceive));
  if (pace_.rate > 0) {
    free_.push_back(connection.index);
  } else if (is_sending()) {
    send_next(connection);
  }
}

// Gives the connection up: what is in flight is lost, and once its operations have ended, which
// the shutdown makes them do, settle() closes it.
void Generator::end(Connection& connection, Failure why) {
  ++tally_.of(why);
  tally_.lost += static_cast<std::uint64_t>(connection.in_flight);
  in_flight_ -= static_cast<std::uint64_t>(connection.in_flight);
  for (; connection.in_flight != 0; --connection.in_flight) {
    const auto behind = static_cast<std::uint64_t>(connection.in_flight);
    const RequestId request{connection.index, connection.numbered - behind};
    if (record_) record_->lost(builder_.path_of(request), why);
  }
  connection.state = Connection::State::kClosing;
  if (connection.socket >= 0) ::shutdown(connection.socket, SHUT_RDWR);
  settle(connection);
}

void Generator::settle(Connection& connection) {
  if (connection.has_operations()) return;
  if (connection.socket >= 0) ::close(std::exchange(connection.socket, -1));
  if (pace_.reconnect && phase_ != Phase::kDraining) {
    connection.state = Connection::State::kAbsent;
    connection.reopen_at_ns = turn_ns_ + kReopenPauseNs;
    ++absent_;
  } else {
    connection.state = Connection::State::kStopped;
    ++stopped_;
  }
}

int Generator::budget(int wanted) const {
  // What the warm-up sends is unbounded; begin_measuring() starts the count again.
  if (pace_.requests == 0 || phase_ != Phase::kMeasuring) return wanted;
  const std::uint64_t left = pace_.requests - std::min(pace_.requests, tally_.sent);
  return static_cast<int>(std::min<std::uint64_t>(left, static_cast<std::uint64_t>(wanted)));
}

std::int64_t Generator::due_ns(std::uint64_t request) const {
  const double after_ns = static_cast<double>(request) * (1e9 / pace_.rate);
  return sending_since_ns_ + static_cast<std::int64_t>(after_ns);
}

// Closed loop: writes the next batch if the connection waits for nothing.
void Generator::send_next(Connection& connection) {
  const bool ready = connection.state == Connection::State::kOpen && !connection.sending;
  if (!ready || connection.in_flight != 0 || !is_sending()) return;
  const int requests = budget(pace_.pipeline);
  if (requests != 0) send_batch(connection, requests, now_ns());
}

// Open loop: writes what is due on connections that wait for nothing.
void Generator::send_due() {
  // A turn that comes late must not send what was due after the end.
  const bool last = phase_ == Phase::kMeasuring && turn_ns_ >= phase_end_ns_;
  const std::int64_t until_ns = last ? phase_end_ns_ - 1 : turn_ns_;
  while (is_sending() && !free_.empty() && budget(1) != 0 && due_ns(next_due_) <= until_ns) {
    Connection& connection = connections_[free_.front()];
    free_.pop_front();
    const bool ready = connection.state == Connection::State::kOpen && !connection.sending;
    // An entry is stale when its connection ended or was entered twice by a reconnect.
    if (!ready || connection.in_flight != 0) continue;
    send_batch(connection, 1, due_ns(next_due_++));
  }
}

void Generator::send_batch(Connection& connection, int requests, std::int64_t started_ns) {
  connection.out.clear();
  for (int i = 0; i < requests; ++i) {
    const RequestId request{connection.index, connection.numbered++};
    const std::int64_t key_line = builder_.append(connection.out, request);
    if (record_) record_->sent(builder_.path_of(request), key_line);
  }
  connection.in_flight = requests;
  connection.started_ns = started_ns;
  in_flight_ += static_cast<std::uint64_t>(requests);
  tally_.sent += static_cast<std::uint64_t>(requests);
  tally_.bytes_sent += connection.out.size();
  transmit(connection);
}

// A direct send(2): as cheap as through the ring, and the time of each write is known. Only what
// the socket doesn't take at once (large bodies) goes through the ring.
void Generator::transmit(Connection& connection) {
  const ssize_t taken = ::send(connection.socket, connection.out.data(), connection.out.size(),
                               MSG_DONTWAIT | MSG_NOSIGNAL);
  if (taken < 0 && errno != EAGAIN && errno != EINTR) return end(connection, Failure::kSend);
  connection.unsent = connection.out;
  connection.unsent.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(taken, 0)));
  if (connection.unsent.empty()) return;
  connection.sending = true;
  ring_->send(connection.socket, connection.unsent, tag(connection, Operation::kSend));
}

void Generator::on_sent(Connection& connection, int result) {
  if (connection.state != Connection::State::kOpen) return;
  if (result < 0 || static_cast<std::size_t>(result) != connection.unsent.size()) {
    return end(connection, Failure::kSend);
  }
  if (connection.in_flight != 0) return;
  // Answered before it was wholly sent: the connection is free only now.
  if (pace_.rate > 0) {
    free_.push_back(connection.index);
  } else {
    send_next(connection);
  }
}

void Generator::on_received(Connection& connection, const Completion& done) {
  if (connection.state != Connection::State::kOpen) return;
  if (done.result > 0) {
    parse(connection, done.bytes);
  } else if (done.result == 0) {
    end(connection, Failure::kClosed);
  } else if (done.result != -ENOBUFS) {
    end(connection, Failure::kReset);
  }
  if (connection.state == Connection::State::kOpen && !connection.receiving) {
    connection.receiving = true;
    ring_->receive_all(connection.socket, tag(connection, Operation::kReceive));
  }
}

void Generator::parse(Connection& connection, std::string_view bytes) {
  tally_.bytes_received += bytes.size();
  while (!bytes.empty()) {
    Response response;
    const ParseOutcome outcome = connection.parser.next(bytes, response);
    if (outcome == ParseOutcome::kNeedMore) return;
    if (outcome != ParseOutcome::kResponse) return end(connection, failure_of(outcome));
    if (connection.in_flight == 0) return end(connection, Failure::kUnasked);
    on_answer(connection, response);
    if (response.close) return end(connection, Failure::kClosed);
  }
  if (connection.in_flight != 0) return;
  if (pace_.rate == 0) return send_next(connection);
  if (!connection.sending) free_.push_back(connection.index);
}

void Generator::on_answer(Connection& connection, const Response& response) {
  if (record_) {
    const auto behind = static_cast<std::uint64_t>(connection.in_flight);
    const RequestId request{connection.index, connection.numbered - behind};
    record_->answered(builder_.path_of(request), response.status);
  }
  --connection.in_flight;
  --in_flight_;
  ++tally_.answered;
  ++tally_.statuses[static_cast<std::size_t>(response.status)];
  if (pace_.expect != 0 && response.status != pace_.expect) ++tally_.unexpected;
  // The schedule's time of a request can be a hair after the turn's.
  const std::int64_t latency_ns = std::max<std::int64_t>(turn_ns_ - connection.started_ns, 0);
  tally_.latency_ns.record(static_cast<std::uint64_t>(latency_ns));
  last_answer_ns_ = turn_ns_;
}

}  // namespace bench
