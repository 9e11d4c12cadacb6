#include "tests/support/sim_ring.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "core/base/check.h"

namespace sim {
namespace {

// What the slack after received bytes holds: not something a parser could take for an end of line.
constexpr std::byte kSlackByte{0xA5};

}  // namespace

SimRingOptions SimRingOptions::chaos(std::uint64_t seed) {
  SimRingOptions options;
  options.seed = seed;
  options.buffers = 4;
  options.buffer_bytes = 256;
  options.batch_max = 8;
  options.receives_max = 4;
  options.delay_max = 2'000'000;
  options.reorder = true;
  options.split_chance = 50;
  options.partial_send_chance = 30;
  options.end_chance = 10;
  options.late_cancel_chance = 50;
  options.lost_by_reset_chance = 50;
  return options;
}

SimRing::SimRing(SimNet& net, SimClock& clock, const SimRingOptions& options)
    : net_(net),
      clock_(clock),
      options_(options),
      random_(options.seed),
      buffers_(options.buffers),
      lent_(options.buffers) {}

SimRing::~SimRing() = default;

void SimRing::accept_multishot(int listener_fd, core::OpTag tag) noexcept {
  SimNet::Socket& socket = net_.socket(listener_fd);
  CHECK(tag.kind == core::OpKind::kAccept && socket.is_listener && !socket.accepting);
  socket.accepting = true;
  start(listener_fd, tag);
  ++accepts_;
}

void SimRing::recv_multishot(int fd, core::OpTag tag) noexcept {
  SimNet::Socket& socket = net_.socket(fd);
  CHECK(tag.kind == core::OpKind::kRecv && !socket.is_listener && !socket.receiving);
  socket.receiving = true;
  start(fd, tag);
}

void SimRing::send(int fd, core::Bytes data, core::OpTag tag) noexcept {
  SimNet::Socket& socket = net_.socket(fd);
  CHECK(tag.kind == core::OpKind::kSend && !socket.is_listener && !socket.sending);
  CHECK(!data.empty());
  socket.sending = true;
  Operation& operation = start(fd, tag);
  operation.data = data;
  operation.sent_data = core::as_text(data);
  ++sends_;
}

void SimRing::cancel(core::OpTag target) noexcept {
  target.generation &= core::kGenerationMask;
  for (Operation& operation : operations_) {
    if (operation.tag == target) operation.cancelled = true;
  }
}

void SimRing::shutdown_both(int fd) noexcept {
  net_.connection_of(fd).server_stopped_reading = true;
  net_.connection_of(fd).server_finished = true;
}

void SimRing::shutdown_write(int fd) noexcept {
  net_.connection_of(fd).server_finished = true;
}

void SimRing::close(int fd) noexcept {
  net_.close(fd);
}

void SimRing::return_buffer(std::uint16_t buffer) noexcept {
  CHECK(buffer < buffers_.size() && lent_[buffer]);
  lent_[buffer] = false;
  buffers_[buffer].reset();
}

std::span<const core::Completion> SimRing::reap(core::BootNanos deadline) noexcept {
  CHECK(deadline <= clock_.boot_now() || asleep_);
  reaped_ = std::make_unique<std::vector<core::Completion>>();
  progress_all();
  deliver_due();
  if (reaped_->empty() && !waker_.pending && deadline > clock_.boot_now()) wait(deadline);
  waker_.pending = false;
  return *reaped_;
}

// A wait ends with the first thing that can happen: what chance held back goes on before time does.
void SimRing::wait(core::BootNanos deadline) {
  is_calm_ = true;
  progress_all();
  is_calm_ = false;
  const core::BootNanos until = std::min(deadline, next_due());
  const bool is_for_ever = until == std::numeric_limits<core::BootNanos>::max();
  if (!is_for_ever) clock_.advance_to(std::max(until, clock_.boot_now()));
  deliver_due();
}

std::size_t SimRing::buffers_lent() const {
  return static_cast<std::size_t>(std::ranges::count(lent_, true));
}

SimRing::Operation& SimRing::start(int fd, core::OpTag tag) {
  tag.generation &= core::kGenerationMask;
  for (const Operation& other : operations_) CHECK(!(other.tag == tag));
  Operation& operation = operations_.emplace_back();
  operation.tag = tag;
  operation.fd = fd;
  return operation;
}

// In random order where that is asked for: it decides who gets the last buffer.
void SimRing::progress_all() {
  std::vector<Operation*> order;
  for (Operation& operation : operations_) order.push_back(&operation);
  for (std::size_t i = order.size(); options_.reorder && i > 1; --i) {
    std::swap(order[i - 1], order[below(i)]);
  }
  for (Operation* operation : order) {
    if (operation->ended) continue;
    switch (operation->tag.kind) {
      case core::OpKind::kAccept:
        progress_accept(*operation);
        break;
      case core::OpKind::kRecv:
        progress_recv(*operation);
        break;
      case core::OpKind::kSend:
        progress_send(*operation);
        break;
      default:
        CHECK(false);
    }
  }
}

void SimRing::progress_accept(Operation& operation) {
  while (!operation.ended) {
    SimNet::Socket& listener = net_.socket(operation.fd);
    if (is_cancelled_now(operation)) {
      put(operation, -ECANCELED, false);
    } else if (listener.accept_errors > 0) {
      --listener.accept_errors;
      put(operation, -listener.accept_error, false);
    } else if (!listener.queue.empty()) {
      put(operation, net_.accept(listener), !chance(options_.end_chance));
    } else {
      return;
    }
  }
}

void SimRing::progress_recv(Operation& operation) {
  SimNet::Connection& from = net_.connection_of(operation.fd);
  for (unsigned i = 0; i < options_.receives_max && !operation.ended; ++i) {
    if (is_cancelled_now(operation)) {
      put(operation, -ECANCELED, false);
      return;
    }
    if (from.reset_by_client && chance(options_.lost_by_reset_chance)) {
      SimNet::take(from, from.to_server.size());
    }
    if (!receive_some(operation, from)) return;
  }
}

// False if there is nothing to report now.
bool SimRing::receive_some(Operation& operation, SimNet::Connection& from) {
  if (free_buffer() < 0) {  // The kernel takes a buffer before it looks at the socket.
    put(operation, -ENOBUFS, false);
    return true;
  }
  if (!from.to_server.empty()) {
    std::size_t bytes = SimNet::readable(from, options_.buffer_bytes);
    if (chance(options_.split_chance)) bytes = 1 + below(bytes);
    put_received(operation, SimNet::take(from, bytes), !chance(options_.end_chance));
    return true;
  }
  if (from.reset_by_client) {
    put(operation, -ECONNRESET, false);
    return true;
  }
  if (from.client_finished || from.server_stopped_reading) {
    put(operation, 0, false);
    return true;
  }
  return false;
}

void SimRing::progress_send(Operation& operation) {
  SimNet::Connection& to = net_.connection_of(operation.fd);
  const bool is_broken = to.reset_by_client || to.server_finished;
  if (is_broken || is_cancelled_now(operation)) {
    const int error = to.reset_by_client ? ECONNRESET : is_broken ? EPIPE : ECANCELED;
    put(operation, operation.sent > 0 ? static_cast<std::int32_t>(operation.sent) : -error, false);
    return;
  }
  const std::size_t room = to.window - std::min(to.window, to.to_client.size());
  std::size_t bytes = std::min(room, operation.data.size() - operation.sent);
  if (bytes > 1 && chance(options_.partial_send_chance)) bytes = 1 + below(bytes - 1);
  if (to.client_closed) {
    to.reset_by_client = true;  // Its answer to data that nobody will read.
  } else {
    to.to_client += core::as_text(operation.data.subspan(operation.sent, bytes));
  }
  operation.sent += bytes;
  if (operation.sent == operation.data.size()) {
    put(operation, static_cast<std::int32_t>(operation.sent), false);
  }
}

void SimRing::put(Operation& operation, std::int32_t result, bool more) {
  CHECK(!operation.ended);
  Outcome& outcome = operation.outcomes.emplace_back();
  outcome.completion.tag = operation.tag;
  outcome.completion.result = result;
  outcome.completion.more = more;
  outcome.sequence = sequence_++;
  outcome.due = clock_.boot_now();
  if (options_.delay_max > 0) {
    outcome.due +=
        static_cast<core::BootNanos>(below(static_cast<std::uint64_t>(options_.delay_max) + 1));
  }
  if (operation.outcomes.size() > 1) {
    outcome.due = std::max(outcome.due, operation.outcomes.end()[-2].due);
  }
  operation.ended = !more;
}

void SimRing::put_received(Operation& operation, std::string_view bytes, bool more) {
  const auto buffer = static_cast<std::uint16_t>(free_buffer());
  buffers_[buffer] = std::make_unique<std::byte[]>(bytes.size() + core::kReadSlack);
  std::byte* at = buffers_[buffer].get();
  std::memcpy(at, bytes.data(), bytes.size());
  std::fill_n(at + bytes.size(), core::kReadSlack, kSlackByte);
  put(operation, static_cast<std::int32_t>(bytes.size()), more);
  core::Completion& completion = operation.outcomes.back().completion;
  completion.has_buffer = true;
  completion.buffer = buffer;
  completion.data = {at, bytes.size()};
}

bool SimRing::is_cancelled_now(const Operation& operation) {
  return operation.cancelled && !chance(options_.late_cancel_chance);
}

void SimRing::deliver_due() {
  while (reaped_->size() < options_.batch_max) {
    const auto at = pick_due();
    if (at == operations_.end()) return;
    const core::Completion completion = at->outcomes.front().completion;
    at->outcomes.pop_front();
    if (completion.has_buffer) lent_[completion.buffer] = true;
    reaped_->push_back(completion);
    if (completion.more) continue;
    finish(*at);
    operations_.erase(at);
  }
}

// An operation whose next outcome is due: any where reordering is asked for, else the oldest
// outcome's.
SimRing::Operations::iterator SimRing::pick_due() {
  auto picked = operations_.end();
  std::uint64_t seen = 0;
  for (auto at = operations_.begin(); at != operations_.end(); ++at) {
    if (at->outcomes.empty() || at->outcomes.front().due > clock_.boot_now()) continue;
    ++seen;
    const bool is_better =
        picked == operations_.end() ||
        (options_.reorder ? below(seen) == 0
                          : at->outcomes.front().sequence < picked->outcomes.front().sequence);
    if (is_better) picked = at;
  }
  return picked;
}

void SimRing::finish(const Operation& operation) {
  SimNet::Socket& socket = net_.socket(operation.fd);
  switch (operation.tag.kind) {
    case core::OpKind::kAccept:
      socket.accepting = false;
      break;
    case core::OpKind::kRecv:
      socket.receiving = false;
      break;
    case core::OpKind::kSend:
      CHECK(core::as_text(operation.data) == operation.sent_data);
      socket.sending = false;
      break;
    default:
      CHECK(false);
  }
}

core::BootNanos SimRing::next_due() const {
  core::BootNanos due = std::numeric_limits<core::BootNanos>::max();
  for (const Operation& operation : operations_) {
    if (!operation.outcomes.empty()) due = std::min(due, operation.outcomes.front().due);
  }
  return due;
}

int SimRing::free_buffer() const {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (!buffers_[i]) return static_cast<int>(i);
  }
  return -1;
}

bool SimRing::chance(unsigned percent) {
  return percent > 0 && below(100) < percent;
}

// The generator's own output, so that a seed means the same with every standard library.
std::uint64_t SimRing::below(std::uint64_t bound) {
  return random_() % bound;
}

}  // namespace sim
