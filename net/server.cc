#include "net/server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/check.h"

namespace net {
namespace {

// Without descriptors or memory accepting pauses this long: no spinning, and service within a tenth
// of a second once there are some again.
constexpr core::BootNanos kAcceptPause = core::kNanosPerSecond / 10;

// Connections on their way to one shard. 1024 x 16 B.
constexpr std::size_t kHandOverMax = 1024;

static_assert((Api::kSuspendedMax & (Api::kSuspendedMax - 1)) == 0, "a mailbox's capacity");

int accept_without_waiting(int listener_fd) noexcept {
  // The listener is in blocking mode for the ring, and accept knows no MSG_DONTWAIT.
  ::fcntl(listener_fd, F_SETFL, O_NONBLOCK);
  return ::accept4(listener_fd, nullptr, nullptr, SOCK_CLOEXEC);
}

bool is_shortage(std::int32_t result) noexcept {
  return result == -EMFILE || result == -ENFILE || result == -ENOBUFS || result == -ENOMEM;
}

}  // namespace

std::size_t ServerGroup::emptiest() const noexcept {
  std::size_t best = 0;
  for (std::size_t i = 1; i < loads.size(); ++i) {
    if (loads[i].connections.load(std::memory_order_relaxed) <
        loads[best].connections.load(std::memory_order_relaxed)) {
      best = i;
    }
  }
  return best;
}

std::uint64_t ServerGroup::connections() const noexcept {
  std::uint64_t total = 0;
  for (const Load& load : loads) total += load.connections.load(std::memory_order_relaxed);
  return total;
}

Server::Server(const ServerConfig& config, const ServerParts& parts, ServerGroup& group,
               core::Ring& ring)
    : config_(config),
      group_(group),
      ring_(ring),
      reader_(parts.reader),
      metrics_(parts.metrics),
      handed_over_(kHandOverMax),
      replies_(Api::kSuspendedMax),
      api_(config.api, {.index = parts.index,
                        .reader = parts.reader,
                        .admins = parts.admins,
                        .commands = parts.commands,
                        .counter = parts.counter,
                        .desk = parts.desk,
                        .words = parts.words,
                        .usage = parts.usage,
                        .replies = *this,
                        .random = parts.random,
                        .secrets = parts.secrets,
                        .log = parts.log,
                        .clock = parts.clock,
                        .process = parts.process,
                        .metrics = parts.metrics,
                        .access_log = parts.access_log,
                        .lane = config.shard}),
      context_{.ring = ring,
               .api = api_,
               .usage = parts.usage,
               .metrics = parts.metrics,
               .limits = config_.limits,
               .timers = nullptr,
               .sync_before_send = config.sync_before_send,
               .draining = false,
               .time = {},
               .buffers = {},
               .head = {},
               .dirty = {},
               .starved = {}},
      listeners_(config.listeners) {
  group_.peers[config_.shard] = this;
}

Server::~Server() {
  CHECK(open_ == 0);
}

void Server::abandon() {
  context_.timers->cancel(accept_timer_);
  for (Slot& slot : slots_) slot.connection.reset();
  open_ = 0;
  listeners_.clear();
}

void Server::start(core::TimerWheel& timers) {
  context_.timers = &timers;
  for (std::size_t i = 0; i < listeners_.size(); ++i) arm_accept(i);
}

void Server::arm_accept(std::size_t listener) {
  ++armed_listeners_;
  ring_.accept_multishot(listeners_[listener], {.kind = core::OpKind::kAccept,
                                                .generation = 0,
                                                .slot = static_cast<std::uint32_t>(listener)});
}

void Server::begin_turn(const core::TurnTime& time) {
  context_.time = time;
  metrics_.turns.add();
  api_.begin_turn(time);
}

bool Server::has_mail() const {
  return !handed_over_.empty() || !replies_.empty() ||
         (!context_.draining && drain_asked_.load(std::memory_order_acquire));
}

void Server::on_mail() {
  if (!context_.draining && drain_asked_.load(std::memory_order_acquire)) begin_drain();
  for (int fd = -1; handed_over_.pop(fd);) adopt(fd, false);
  for (core::Reply reply; replies_.pop(reply);) {
    Connection* const connection = find(core::OpTag::unpack(reply.token));
    CHECK(connection != nullptr);  // It stays until its reply is there.
    connection->on_reply(reply.body);
    reap(*connection);
  }
}

void Server::on_completion(const core::Completion& completion) {
  if (completion.tag.kind == core::OpKind::kAccept) return on_accept(completion);
  Connection* const connection = find(completion.tag);
  if (connection != nullptr) {
    switch (completion.tag.kind) {
      case core::OpKind::kRecv:
        connection->on_received(completion);
        break;
      case core::OpKind::kSend:
        connection->on_sent(completion.result);
        break;
      default:
        CHECK(!"a completion of an operation that connections don't have");
    }
    reap(*connection);
  }
  if (completion.has_buffer) ring_.return_buffer(completion.buffer);
}

void Server::on_accept(const core::Completion& completion) {
  const std::size_t listener = completion.tag.slot;
  if (completion.result >= 0) place(completion.result, is_for_operators(listener));
  if (completion.more) return;
  --armed_listeners_;
  if (context_.draining) return close_listener(listener);
  if (!is_shortage(completion.result)) return arm_accept(listener);
  metrics_.accept_failures.add();
  paused_.push_back(listener);
  context_.timers->schedule(accept_timer_, context_.time.boot_ns + kAcceptPause);
}

// Keeps a new connection, or hands it to the emptiest shard if that has fewer.
void Server::place(int fd, bool for_operators) {
  metrics_.connections_accepted.add();
  auto& own = group_.loads[config_.shard].connections;
  if (for_operators) {
    own.fetch_add(1, std::memory_order_relaxed);
    return adopt(fd, true);
  }
  const std::size_t target = group_.emptiest();
  auto& other = group_.loads[target].connections;
  if (own.load(std::memory_order_relaxed) > other.load(std::memory_order_relaxed) &&
      target != config_.shard) {
    other.fetch_add(1, std::memory_order_relaxed);
    if (group_.peers[target]->hand_over(fd)) {
      metrics_.connections_handed_off.add();
      return;
    }
    other.fetch_sub(1, std::memory_order_relaxed);  // Its mailbox is full: served here.
  }
  own.fetch_add(1, std::memory_order_relaxed);
  adopt(fd, false);
}

bool Server::hand_over(int fd) noexcept {
  if (!handed_over_.push(std::move(fd))) return false;
  ring_.waker().wake();
  return true;
}

void Server::post(core::Reply&& reply) noexcept {
  const bool posted = replies_.push(std::move(reply));
  CHECK(posted);  // Api::kSuspendedMax bounds what can be on its way.
  ring_.waker().wake();
}

// Makes a connection of a descriptor that is counted in this shard's load already.
void Server::adopt(int fd, bool for_operators) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_slots_.back();
  free_slots_.pop_back();
  Slot& slot = slots_[index];
  slot.generation = (slot.generation + 1) & core::kGenerationMask;
  const core::OpTag tag{.kind = core::OpKind::kNone, .generation = slot.generation, .slot = index};
  const Peer peer{.address = config_.address_of(fd), .for_operators = for_operators};
  slot.connection = std::make_unique<Connection>(context_, fd, tag, peer);
  ++open_;
  metrics_.connections_open.add();
  if (group_.connections() > config_.connections_max) {
    metrics_.connections_refused.add();
    slot.connection->start_refused();
  } else {
    slot.connection->start();
    if (context_.draining) slot.connection->on_drain();
  }
}

bool Server::is_for_operators(std::size_t listener) const noexcept {
  return listener + config_.ops_listeners >= listeners_.size();
}

Connection* Server::find(core::OpTag tag) noexcept {
  if (tag.slot >= slots_.size()) return nullptr;
  Slot& slot = slots_[tag.slot];
  return slot.generation == tag.generation ? slot.connection.get() : nullptr;
}

// Frees a connection that nothing refers to any more.
void Server::reap(Connection& connection) {
  if (!connection.done()) return;
  const std::uint32_t slot = connection.slot();
  ring_.close(connection.fd());
  slots_[slot].connection.reset();
  free_slots_.push_back(slot);
  --open_;
  metrics_.connections_open.subtract(1);
  group_.loads[config_.shard].connections.fetch_sub(1, std::memory_order_relaxed);
  note_drained();
}

void Server::on_timer(core::Timer& timer) {
  auto& owned = static_cast<OwnedTimer&>(timer);
  if (owned.owner != nullptr) {
    owned.owner->on_deadline();
    return reap(*owned.owner);
  }
  const std::vector<std::size_t> paused = std::move(paused_);
  paused_.clear();
  for (const std::size_t listener : paused) {
    if (context_.draining) {
      close_listener(listener);
    } else {
      arm_accept(listener);
    }
  }
}

void Server::end_turn() {
  std::vector<Connection*> batch;
  batch.swap(context_.dirty);
  for (Connection* connection : batch) connection->flush();
  // Keeps the capacity of the larger list: no allocation in the turns to come.
  if (context_.dirty.empty()) {
    batch.clear();
    batch.swap(context_.dirty);
  }
  if (context_.starved.empty()) return;
  const std::vector<Connection*> starved = std::move(context_.starved);
  context_.starved.clear();
  for (Connection* connection : starved) connection->receive_again();
}

void Server::before_block() {
  reader_.release();
}

void Server::drain() noexcept {
  drain_asked_.store(true, std::memory_order_release);
  ring_.waker().wake();
}

void Server::begin_drain() {
  context_.draining = true;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    ring_.cancel(
        {.kind = core::OpKind::kAccept, .generation = 0, .slot = static_cast<std::uint32_t>(i)});
  }
  for (const std::size_t listener : paused_) close_listener(listener);
  paused_.clear();
  for (Slot& slot : slots_) {
    if (slot.connection) slot.connection->on_drain();
  }
  note_drained();
}

// Takes what still waits in the accept queue, for closing the socket would reset it, then closes.
void Server::close_listener(std::size_t listener) {
  const int fd = listeners_[listener];
  if (fd < 0) return;
  if (context_.draining) {
    const auto accept_now = config_.accept_now ? config_.accept_now : &accept_without_waiting;
    for (int accepted = accept_now(fd); accepted >= 0; accepted = accept_now(fd)) {
      place(accepted, is_for_operators(listener));
    }
  }
  ring_.close(fd);
  listeners_[listener] = -1;
  note_drained();
}

// Connections that other shards hand over later are counted in the group's loads.
void Server::note_drained() {
  if (!context_.draining || open_ != 0 || armed_listeners_ != 0) return;
  drained_.store(true, std::memory_order_release);
}

}  // namespace net
