// A ring of simulated sockets: every legal order of events, from a seed, and a CHECK for every rule
// of core/runtime/ring.h that its owner could break.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/runtime/ring.h"
#include "tests/support/sim_clock.h"
#include "tests/support/sim_net.h"

namespace sim {

// Chances are in percent. The defaults are a kind machine: all in order, at once and whole.
struct SimRingOptions {
  std::uint64_t seed = 1;
  std::uint16_t buffers = 64;
  std::size_t buffer_bytes = 4096;
  std::size_t batch_max = core::kReapMax;  // Completions of one reap.
  unsigned receives_max = 32;              // Of one operation within a reap.
  core::BootNanos delay_max = 0;           // From an event to its completion.
  bool reorder = false;                    // Between operations; an operation's own order holds.
  unsigned split_chance = 0;               // A receive gets less than is there.
  unsigned partial_send_chance = 0;        // A send makes part of its way by the next reap.
  unsigned end_chance = 0;                 // A multishot operation ends with a success.
  unsigned late_cancel_chance = 0;         // The operation goes on till the next reap.
  unsigned lost_by_reset_chance = 0;       // A client's reset destroys what was not received yet.

  // A machine with all of that at once.
  static SimRingOptions chaos(std::uint64_t seed);
};

// Broken invariants of the owner, each a CHECK: an operation on a descriptor that is not open; a
// second accept, receive or send in flight on one descriptor; two operations in flight with one
// tag; a close with an operation in flight; data of a send changed before its completion; a buffer
// returned twice; a wait that was not announced by set_asleep(true).
//
// A returned buffer and the span of the last reap are freed, so that ASan finds who still reads
// them. A wait moves the clock, to the next completion or to the deadline: nothing else would. One
// thread.
class SimRing final : public core::Ring {
 public:
  SimRing(SimNet& net, SimClock& clock, const SimRingOptions& options = {});
  ~SimRing() override;

  void accept_multishot(int listener_fd, core::OpTag tag) noexcept override;
  void recv_multishot(int fd, core::OpTag tag) noexcept override;
  void send(int fd, core::Bytes data, core::OpTag tag) noexcept override;
  void cancel(core::OpTag target) noexcept override;
  void shutdown_both(int fd) noexcept override;
  void shutdown_write(int fd) noexcept override;
  void close(int fd) noexcept override;
  void return_buffer(std::uint16_t buffer) noexcept override;
  std::span<const core::Completion> reap(core::BootNanos deadline) noexcept override;
  core::Waker& waker() noexcept override { return waker_; }
  void set_asleep(bool asleep) noexcept override { asleep_ = asleep; }

  std::size_t operations_in_flight() const { return operations_.size(); }
  // Handed to the owner and not returned yet.
  std::size_t buffers_lent() const;
  // Since the start: how many submissions of each kind there were.
  std::uint64_t sends() const { return sends_; }
  std::uint64_t accepts() const { return accepts_; }
  std::uint64_t wakes() const { return waker_.wakes; }

 private:
  struct Outcome {
    core::Completion completion;
    core::BootNanos due = 0;
    std::uint64_t sequence = 0;
  };
  struct Operation {
    core::OpTag tag;
    int fd = -1;
    core::Bytes data;       // Of a send, the owner's.
    std::string sent_data;  // As it was at the time of the call.
    std::size_t sent = 0;
    bool cancelled = false;
    bool ended = false;  // Its last outcome is among the outcomes.
    std::deque<Outcome> outcomes;
  };
  struct SimWaker final : core::Waker {
    void wake() noexcept override { pending = true, ++wakes; }
    bool pending = false;
    std::uint64_t wakes = 0;
  };
  using Operations = std::list<Operation>;

  Operation& start(int fd, core::OpTag tag);
  void progress_all();
  void progress_accept(Operation& operation);
  void progress_recv(Operation& operation);
  void progress_send(Operation& operation);
  bool receive_some(Operation& operation, SimNet::Connection& from);
  void put(Operation& operation, std::int32_t result, bool more);
  void put_received(Operation& operation, std::string_view bytes, bool more);
  bool is_cancelled_now(const Operation& operation);

  void wait(core::BootNanos deadline);
  void deliver_due();
  Operations::iterator pick_due();
  void finish(const Operation& operation);
  core::BootNanos next_due() const;

  int free_buffer() const;
  bool chance(unsigned percent);
  std::uint64_t below(std::uint64_t bound);

  SimNet& net_;
  SimClock& clock_;
  const SimRingOptions options_;
  std::mt19937_64 random_;
  Operations operations_;
  std::vector<std::unique_ptr<std::byte[]>> buffers_;  // Null: free.
  std::vector<bool> lent_;
  std::unique_ptr<std::vector<core::Completion>> reaped_;
  std::uint64_t sequence_ = 0;
  std::uint64_t sends_ = 0;
  std::uint64_t accepts_ = 0;
  SimWaker waker_;
  bool asleep_ = false;
  bool is_calm_ = false;  // No chance comes true.
};

}  // namespace sim
