// One shard of the server: its connections, its listeners, its mail.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/runtime/mailbox.h"
#include "core/runtime/ring.h"
#include "core/runtime/shard.h"
#include "core/service/ports.h"
#include "net/api.h"
#include "net/connection.h"

namespace net {

class Server;

// What the shards know of each other: how many connections each has, so that a new one can go to
// the emptiest.
//
// Shared: loads are written by any shard (a hand-off counts for its target at once); peers are set
//         before any shard runs.
struct ServerGroup {
  explicit ServerGroup(std::size_t shards) : loads(shards), peers(shards, nullptr) {}

  struct alignas(64) Load {
    std::atomic<std::uint32_t> connections{0};
  };
  std::vector<Load> loads;
  std::vector<Server*> peers;

  std::size_t emptiest() const noexcept;
  std::uint64_t connections() const noexcept;
};

struct ServerConfig {
  std::size_t shard = 0;
  std::vector<int> listeners;     // Descriptors; the server closes them.
  std::size_t ops_listeners = 0;  // The last so many are for operators: /metrics needs no token.
  std::uint64_t connections_max = 10'000;  // Of all shards together.
  bool sync_before_send = false;
  ConnectionLimits limits;
  ApiConfig api;
  // Tells a peer's address; a seam, for the simulated sockets have none.
  core::Address (*address_of)(int fd) noexcept = &peer_address;
  // Takes one connection off a listener's queue without waiting; -1 when it is empty.
  int (*accept_now)(int listener_fd) noexcept = nullptr;
};

// Everything but what the server makes itself. All outlive it.
struct ServerParts {
  core::AuthIndex& index;
  core::CatalogReader& reader;
  core::AdminReader& admins;
  core::CommandSink& commands;
  core::RowCounter& counter;
  core::UsageDesk& desk;
  core::LimiterWords& words;
  core::UsageSink& usage;
  core::Random& random;
  const core::SecretBox& secrets;
  core::Log& log;
  const core::Clock& clock;
  const ProcessView& process;
  ShardMetrics& metrics;
  core::AccessLog* access_log = nullptr;
};

// Owner: its shard's thread; drain(), post() and hand_over() are for any thread.
class Server final : public core::TurnHandler, public core::ReplyPost {
 public:
  Server(const ServerConfig& config, const ServerParts& parts, ServerGroup& group,
         core::Ring& ring);
  ~Server() override;

  // Arms the listeners. On the shard's thread, before its first turn. `timers` are the shard's and
  // outlive the server's connections.
  void start(core::TimerWheel& timers);

  // Lets go of all connections and listeners without closing their descriptors, for operations may
  // be in flight on them: they go with the process. On the shard's thread, behind its last turn;
  // the ring is not reaped and the timers are not used after it.
  void abandon();

  // Stops accepting: what waits in the accept queues is accepted and answered, listeners close,
  // every connection ends behind its next answer. drained() is true while this shard accepts no
  // more and no shard has a connection left, nor one on its way to another shard.
  void drain() noexcept;
  bool drained() const noexcept {
    return drained_.load(std::memory_order_acquire) && group_.connections() == 0;
  }

  // Takes a connection accepted by another shard. False: the mailbox is full.
  bool hand_over(int fd) noexcept;

  void post(core::Reply&& reply) noexcept override;

  void begin_turn(const core::TurnTime& time) override;
  void on_mail() override;
  bool has_mail() const override;
  void on_completion(const core::Completion& completion) override;
  void on_timer(core::Timer& timer) override;
  void end_turn() override;
  void before_block() override;

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 0;
  };

  void arm_accept(std::size_t listener);
  void on_accept(const core::Completion& completion);
  void place(int fd, bool for_operators);
  bool is_for_operators(std::size_t listener) const noexcept;
  void adopt(int fd, bool for_operators);
  Connection* find(core::OpTag tag) noexcept;
  void reap(Connection& connection);
  void begin_drain();
  void close_listener(std::size_t listener);
  void note_drained();

  const ServerConfig config_;
  ServerGroup& group_;
  core::Ring& ring_;
  core::CatalogReader& reader_;
  ShardMetrics& metrics_;
  core::Mailbox<int> handed_over_;
  core::Mailbox<core::Reply> replies_;
  Api api_;
  ConnectionContext context_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<int> listeners_;       // -1: closed.
  std::vector<std::size_t> paused_;  // Listeners to arm again when the timer fires.
  OwnedTimer accept_timer_;
  std::size_t open_ = 0;
  std::size_t armed_listeners_ = 0;
  std::atomic<bool> drain_asked_{false};
  std::atomic<bool> drained_{false};
};

}  // namespace net
