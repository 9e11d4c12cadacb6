#include "net/connection.h"

#include <cerrno>

#include <algorithm>

#include "core/base/check.h"

namespace net {
namespace {

// How often a timer looks at its connection's deadline at least.
constexpr core::BootNanos kLookAgain = 10 * core::kNanosPerSecond;

// An idle connection is told to go this long after a drain began: under load its next request comes
// earlier and is answered with "Connection: close".
constexpr core::BootNanos kDrainIdle = core::kNanosPerSecond / 2;

constexpr std::size_t kCarryKeepBytes = 4096;  // Larger capacity is given back when empty.

std::string_view as_text(core::Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Connection::Connection(ConnectionContext& context, int fd, core::OpTag tag, const Peer& peer)
    : context_(context), fd_(fd), tag_(tag), peer_(peer), parser_(context.limits.parser) {
  timer_.owner = this;
}

Connection::~Connection() {
  context_.timers->cancel(timer_);
  std::erase(context_.dirty, this);
  std::erase(context_.starved, this);
}

void Connection::start() {
  set_deadline(context_.time.boot_ns + context_.limits.head_timeout_ns);
  arm_receive();
}

void Connection::start_refused() {
  set_deadline(context_.time.boot_ns + context_.limits.send_timeout_ns);
  refuse({503, "Too many connections"});
  arm_receive();
}

void Connection::on_received(const core::Completion& completion) {
  if (!completion.more) {
    receiving_ = false;
    pausing_ = false;
  }
  const bool had_bytes = completion.result > 0;
  if (had_bytes) {
    context_.metrics.bytes_received.add(static_cast<std::uint64_t>(completion.result));
    take_bytes(as_text(completion.data));
  } else if (completion.result == 0) {
    peer_finished_ = true;
  } else if (completion.result == -ENOBUFS) {
    if (phase_ != Phase::kClosing) context_.starved.push_back(this);
    return;
  } else if (completion.result != -ECANCELED) {
    start_closing();  // Reset, or another end that leaves nobody to answer to.
  }
  after_progress();
}

void Connection::take_bytes(std::string_view bytes) {
  if (phase_ == Phase::kLingering) {
    lingered_bytes_ += bytes.size();
    if (lingered_bytes_ > context_.limits.linger_bytes_max) start_closing();
    return;
  }
  if (phase_ == Phase::kClosing) return;
  if (!carry_.empty()) {
    carry_.append(bytes);
    return serve_carry();
  }
  // The usual case: whole requests, parsed where the kernel put them.
  const std::size_t used = consume(bytes);
  if (phase_ == Phase::kServing) carry_.append(bytes.substr(used));
}

void Connection::serve_carry() {
  const std::size_t used = consume(carry_);
  carry_.erase(0, used);
  if (carry_.empty() && carry_.capacity() > kCarryKeepBytes) carry_ = {};
}

bool Connection::may_start_request() const noexcept {
  return phase_ == Phase::kServing && !last_answer_ && !suspended_ &&
         out_.size() + in_flight_.size() < context_.limits.out_bytes_max;
}

std::size_t Connection::consume(std::string_view input) {
  std::size_t used = 0;
  while (used < input.size() && may_start_request()) {
    const std::string_view rest = input.substr(used);
    const std::size_t step = body_ ? consume_body(rest) : consume_head(rest);
    if (step == 0) break;
    used += step;
  }
  // Behind the last answer everything is dropped.
  return last_answer_ ? input.size() : used;
}

std::size_t Connection::consume_head(std::string_view input) {
  switch (parser_.parse(input, context_.head)) {
    case ParseOutcome::kNeedMore:
      return 0;
    case ParseOutcome::kRefused:
      refuse(parser_.refusal());
      return input.size();
    case ParseOutcome::kComplete:
      break;
  }
  const RequestHead& head = context_.head;
  if (!head.has_body) {
    const std::size_t used = head.head_bytes;
    serve(head, {});
    return used;
  }
  return begin_body(input);
}

std::size_t Connection::begin_body(std::string_view input) {
  const RequestHead& head = context_.head;
  const std::size_t head_bytes = head.head_bytes;
  auto partial = std::make_unique<PartialBody>(context_.limits.body);
  if (partial->reader.start(head) == BodyOutcome::kRefused) {
    refuse(partial->reader.refusal());
    return input.size();
  }
  const std::string_view behind = input.substr(head_bytes);
  if (!head.chunked && behind.size() >= head.content_length) {
    const std::size_t used = head_bytes + static_cast<std::size_t>(head.content_length);
    serve(head, behind.substr(0, static_cast<std::size_t>(head.content_length)));
    return used;
  }
  if (head.expect_continue && behind.empty() && !head.http_1_0) {
    out_.append(kContinue);
    mark_dirty();
  }
  partial->head = input.substr(0, head_bytes);
  partial->began = context_.time.boot_ns;
  body_ = std::move(partial);
  return head_bytes;
}

std::size_t Connection::consume_body(std::string_view input) {
  const BodyProgress progress = body_->reader.feed(input, body_->payload);
  switch (progress.outcome) {
    case BodyOutcome::kNeedMore:
      return progress.consumed;
    case BodyOutcome::kRefused:
      refuse(body_->reader.refusal());
      body_.reset();
      return input.size();
    case BodyOutcome::kComplete:
      break;
  }
  const std::unique_ptr<PartialBody> whole = std::move(body_);
  parser_.reset();
  const ParseOutcome again = parser_.parse(whole->head, context_.head);
  CHECK(again == ParseOutcome::kComplete);
  serve(context_.head, whole->payload);
  return progress.consumed;
}

void Connection::serve(const RequestHead& head, std::string_view body) {
  const Incoming in{.head = head,
                    .body = body,
                    .time = context_.time,
                    .peer = peer_.address,
                    .for_operators = peer_.for_operators,
                    .token = tag(core::OpKind::kNone).pack(),
                    .closing = context_.draining};
  if (out_.capacity() == 0) out_ = context_.buffers.take();
  settle(context_.api.handle(in, out_));
}

void Connection::settle(Handled&& handled) {
  if (handled.suspended) {
    suspended_ = std::move(handled.suspended);
    return;
  }
  hold_until_ = std::max(hold_until_, handled.usage_sequence);
  if (handled.close) last_answer_ = true;
  mark_dirty();
}

void Connection::refuse(const Refusal& refusal) {
  context_.api.refuse(refusal, context_.time, peer_.address, out_);
  last_answer_ = true;
  mark_dirty();
}

void Connection::on_reply(core::ReplyBody& reply) {
  CHECK(suspended_ != nullptr);
  const std::unique_ptr<Suspended> suspended = std::move(suspended_);
  if (context_.draining) suspended->exchange.close = true;
  if (out_.capacity() == 0) out_ = context_.buffers.take();
  settle(context_.api.resume(*suspended, reply, out_));
  if (phase_ == Phase::kServing) serve_carry();
  after_progress();
}

void Connection::on_sent(std::int32_t result) {
  const std::size_t wanted = in_flight_.size();
  sending_ = false;
  context_.buffers.give(std::move(in_flight_));
  in_flight_ = {};
  if (result < 0 || static_cast<std::size_t>(result) < wanted) {
    start_closing();
  } else {
    context_.metrics.bytes_sent.add(wanted);
    set_deadline(context_.time.boot_ns +
                 (context_.draining ? kDrainIdle : context_.limits.idle_timeout_ns));
    if (phase_ == Phase::kServing && !carry_.empty()) serve_carry();
    if (!out_.empty()) mark_dirty();  // What became ready during the send.
  }
  after_progress();
}

// Whatever happened: goes on to the next phase if this one is over, and sets the deadline for what
// is waited for now.
void Connection::after_progress() {
  if (phase_ == Phase::kClosing) return;
  const bool sent_all = out_.empty() && !sending_;
  if (phase_ == Phase::kLingering) {
    if (peer_finished_) return start_closing();
    if (!receiving_) arm_receive();  // What is left unread at the close would reset the answer.
    return;
  }
  if (last_answer_) {
    if (sent_all) start_lingering();
    return;
  }
  if (peer_finished_ && sent_all && !suspended_) return start_closing();
  pause_or_resume_receiving();
  if (sending_ || suspended_) return;
  if (body_) {
    const auto received = static_cast<std::int64_t>(body_->payload.size());
    set_deadline(body_->began + context_.limits.body_timeout_ns +
                 received / context_.limits.body_bytes_per_second * core::kNanosPerSecond);
  } else if (!carry_.empty()) {
    // A head has begun: its deadline is set once, by whichever came first.
    const core::BootNanos due = context_.time.boot_ns + context_.limits.head_timeout_ns;
    if (deadline_ > due) set_deadline(due);
  }
}

bool Connection::idle() const noexcept {
  return phase_ == Phase::kServing && !suspended_ && !body_ && !sending_ && out_.empty() &&
         carry_.empty();
}

void Connection::pause_or_resume_receiving() {
  if (peer_finished_) return;
  const bool full = carry_.size() > context_.limits.pipelined_bytes_max;
  if (full && receiving_ && !pausing_) {
    context_.ring.cancel(tag(core::OpKind::kRecv));
    pausing_ = true;
  } else if (!full && !receiving_) {
    arm_receive();
  }
}

void Connection::arm_receive() {
  receiving_ = true;
  context_.ring.recv_multishot(fd_, tag(core::OpKind::kRecv));
}

void Connection::receive_again() {
  if (phase_ != Phase::kClosing && !receiving_ && !peer_finished_) arm_receive();
}

void Connection::mark_dirty() {
  if (dirty_) return;
  dirty_ = true;
  context_.dirty.push_back(this);
}

bool Connection::held_for_sync() const noexcept {
  return context_.sync_before_send && context_.usage.synced() < hold_until_;
}

void Connection::flush() {
  dirty_ = false;
  if (phase_ == Phase::kClosing || sending_ || out_.empty()) return;
  if (held_for_sync()) return mark_dirty();
  std::swap(out_, in_flight_);
  sending_ = true;
  deadline_ = context_.time.boot_ns + context_.limits.send_timeout_ns;
  context_.ring.send(fd_, in_flight_.bytes(), tag(core::OpKind::kSend));
}

void Connection::set_deadline(core::BootNanos deadline) {
  deadline_ = deadline;
  const core::BootNanos look = std::min(deadline, context_.time.boot_ns + kLookAgain);
  if (!timer_.scheduled() || look < timer_.deadline()) context_.timers->schedule(timer_, look);
}

void Connection::on_deadline() {
  if (phase_ == Phase::kClosing) return;
  if (suspended_ || context_.time.boot_ns < deadline_) {
    const core::BootNanos look = context_.time.boot_ns + kLookAgain;
    context_.timers->schedule(timer_, suspended_ ? look : std::min(deadline_, look));
    return;
  }
  if (context_.draining && idle()) return start_lingering();
  if (phase_ == Phase::kServing) context_.metrics.deadlines_missed.add();
  start_closing();
}

void Connection::on_drain() {
  if (idle()) set_deadline(context_.time.boot_ns + kDrainIdle);
}

void Connection::start_lingering() {
  phase_ = Phase::kLingering;
  carry_ = {};
  body_.reset();
  if (peer_finished_) return start_closing();
  context_.ring.shutdown_write(fd_);
  if (!receiving_) arm_receive();
  set_deadline(context_.time.boot_ns + context_.limits.linger_timeout_ns);
}

void Connection::start_closing() {
  if (phase_ == Phase::kClosing) return;
  phase_ = Phase::kClosing;
  context_.timers->cancel(timer_);
  carry_ = {};
  body_.reset();
  out_ = {};
  if (receiving_ || sending_) context_.ring.shutdown_both(fd_);
}

}  // namespace net
