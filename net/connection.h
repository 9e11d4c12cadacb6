// One client: bytes in, requests through the API in order, answers out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/runtime/ring.h"
#include "core/runtime/timer_wheel.h"
#include "net/api.h"
#include "net/exchange.h"
#include "net/http_body.h"
#include "net/http_parser.h"
#include "net/out_buffer.h"

namespace net {

class Connection;

// A timer that knows whose it is; the server's own (accepting again) have no owner.
struct OwnedTimer : core::Timer {
  Connection* owner = nullptr;
};

// Bounds of a connection, each a flag.
struct ConnectionLimits {
  ParserLimits parser;
  BodyLimits body;
  std::int64_t head_timeout_ns = 10 * core::kNanosPerSecond;  // From the first byte; absolute.
  std::int64_t idle_timeout_ns = 75 * core::kNanosPerSecond;
  // A body is in hand within this, and 1 s for each body_bytes_per_second of it; absolute.
  std::int64_t body_timeout_ns = 10 * core::kNanosPerSecond;
  std::int64_t body_bytes_per_second = 32 * 1024;
  std::int64_t send_timeout_ns = 30 * core::kNanosPerSecond;   // One send, however large.
  std::int64_t linger_timeout_ns = 2 * core::kNanosPerSecond;  // After the last answer's FIN.
  std::size_t linger_bytes_max = 4 * 1024 * 1024;              // Read and dropped meanwhile.
  std::size_t pipelined_bytes_max = 64 * 1024;  // Unread requests kept; then receiving pauses.
  std::size_t out_bytes_max = 256 * 1024;       // Unsent answers; then no further request starts.
};

// Who is at the other end.
struct Peer {
  core::Address address{};
  bool for_operators = false;  // It came in through an --ops-listen address.
};

// What the connections of one shard share. One owner: the shard's server.
struct ConnectionContext {
  core::Ring& ring;
  Api& api;
  core::UsageSink& usage;
  ShardMetrics& metrics;
  const ConnectionLimits& limits;
  core::TimerWheel* timers = nullptr;  // Set before the first connection.
  bool sync_before_send = false;  // --usage-sync always: an answer waits for its record's sync.
  bool draining = false;
  core::TurnTime time;
  BufferPool buffers;
  RequestHead head;                  // Scratch of whoever parses.
  std::vector<Connection*> dirty;    // Have something to flush at the end of the turn.
  std::vector<Connection*> starved;  // Found no receive buffer: armed again at the end of the turn.
};

// Owner: one shard's server, which calls the on_ functions and frees it once done() is true.
//
// Phases:    serving -> lingering (the last answer and FIN are sent, what still comes is dropped,
// so
//            that no reset destroys the answer: RFC 9112 9.6) -> closing (nothing is read or sent;
//            waits for what is in flight).
// Order:     a request starts only when the one before is answered; one that waits for the store
//            holds those behind it. Answers that are ready leave in one send; one send at a time.
// Memory:    idle, this object (about 400 bytes) and nothing else.
// Proven by: tests/unit/net/connection_test.cc over the simulated ring.
class Connection {
 public:
  Connection(ConnectionContext& context, int fd, core::OpTag tag, const Peer& peer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Arms the first receive and the head's deadline.
  void start();

  // Instead of start(): says 503 and ends (too many connections).
  void start_refused();

  void on_received(const core::Completion& completion);
  void on_sent(std::int32_t result);
  void on_reply(core::ReplyBody& reply);
  void on_deadline();

  // The server is stopping: this connection ends behind its next answer, or soon if it is idle.
  void on_drain();

  // End of the turn: submits what is ready to be sent.
  void flush();
  void receive_again();

  // Nothing is in flight and nobody will call: the owner may close `fd` and free the connection.
  bool done() const noexcept {
    return phase_ == Phase::kClosing && !receiving_ && !sending_ && !suspended_;
  }

  int fd() const noexcept { return fd_; }
  std::uint32_t slot() const noexcept { return tag_.slot; }

 private:
  enum class Phase : std::uint8_t { kServing, kLingering, kClosing };

  // A body that did not come with its head. The head's bytes are kept and parsed again.
  struct PartialBody {
    explicit PartialBody(const BodyLimits& limits) : reader(limits) {}
    BodyReader reader;
    std::string head;
    std::string payload;
    core::BootNanos began = 0;
  };

  core::OpTag tag(core::OpKind kind) const noexcept { return {kind, tag_.generation, tag_.slot}; }
  void take_bytes(std::string_view bytes);
  void serve_carry();
  std::size_t consume(std::string_view input);
  std::size_t consume_head(std::string_view input);
  std::size_t consume_body(std::string_view input);
  std::size_t begin_body(std::string_view input);
  void serve(const RequestHead& head, std::string_view body);
  void settle(Handled&& handled);
  void refuse(const Refusal& refusal);
  bool may_start_request() const noexcept;
  bool idle() const noexcept;
  void after_progress();
  void pause_or_resume_receiving();
  void arm_receive();
  void mark_dirty();
  bool held_for_sync() const noexcept;
  void set_deadline(core::BootNanos deadline);
  void start_lingering();
  void start_closing();

  ConnectionContext& context_;
  const int fd_;
  const core::OpTag tag_;  // Slot and generation of every operation here.
  const Peer peer_;
  Phase phase_ = Phase::kServing;
  bool receiving_ = false;  // A receive is armed.
  bool pausing_ = false;    // Its cancel was asked for.
  bool sending_ = false;
  bool peer_finished_ = false;  // The peer has sent its FIN.
  bool last_answer_ = false;    // The answer in the buffers is the last one.
  bool dirty_ = false;
  RequestParser parser_;
  std::string carry_;  // Received, not consumed: begins where a request or its body goes on.
  std::unique_ptr<PartialBody> body_;
  std::unique_ptr<Suspended> suspended_;
  OutBuffer out_;                 // Answers that are ready.
  OutBuffer in_flight_;           // The bytes being sent.
  std::uint64_t hold_until_ = 0;  // Usage sequence that must be on disk before out_ leaves.
  std::size_t lingered_bytes_ = 0;
  core::BootNanos deadline_ = 0;
  OwnedTimer timer_;  // Looks at deadline_ now and then: moving a deadline later costs one store.
};

}  // namespace net
