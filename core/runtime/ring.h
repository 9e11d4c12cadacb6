// The I/O port of a shard: submissions in, completions out. The real one is UringRing; the
// simulator has its own. One ring belongs to one thread: nothing here may be called from another,
// but Waker.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/bytes.h"
#include "core/base/time.h"

namespace core {

enum class OpKind : std::uint8_t { kNone = 0, kAccept, kRecv, kSend, kWake, kCancel };

// Names one operation in flight, and its owner: `slot` indexes the owner's table, `generation`
// tells a completion of the slot's present owner from one of an owner that is gone (fd numbers are
// reused while completions are still queued). Packs into the 64 bits of io_uring's user_data.
struct OpTag {
  OpKind kind = OpKind::kNone;
  std::uint32_t generation = 0;  // 24 bits are kept.
  std::uint32_t slot = 0;

  std::uint64_t pack() const noexcept {
    return static_cast<std::uint64_t>(kind) << 56 |
           static_cast<std::uint64_t>(generation & 0xFFFFFF) << 32 | slot;
  }
  static OpTag unpack(std::uint64_t word) noexcept {
    return {static_cast<OpKind>(word >> 56), static_cast<std::uint32_t>(word >> 32) & 0xFFFFFF,
            static_cast<std::uint32_t>(word)};
  }
  friend bool operator==(const OpTag&, const OpTag&) = default;
};

inline constexpr std::uint32_t kGenerationMask = 0xFFFFFF;

// One outcome. For kAccept `result` is the new descriptor, for kRecv the byte count (0: the peer
// has finished sending), for kSend the bytes sent; negative is -errno for all.
struct Completion {
  OpTag tag;
  std::int32_t result = 0;
  bool more = false;        // The multishot operation stays armed. False: this was its last word.
  bool has_buffer = false;  // `data` lies in ring buffer `buffer`: return it, in every case.
  std::uint16_t buffer = 0;
  Bytes data;  // What was received; valid until return_buffer().
};

// Ends a shard's wait from any thread. Cheap when the shard is awake: no system call.
class Waker {
 public:
  virtual ~Waker() = default;
  virtual void wake() noexcept = 0;
};

class Ring {
 public:
  virtual ~Ring() = default;

  // Accepts until it fails or is cancelled; a completion per connection. Sockets arrive with the
  // listener's options. A failure (EMFILE, ENFILE, ENOBUFS, ENOMEM) ends it: `more` is false and
  // the owner arms it again after a pause.
  virtual void accept_multishot(int listener_fd, OpTag tag) noexcept = 0;

  // Receives into the ring's own buffers until end of stream, failure, -ENOBUFS (no buffer free:
  // arm again at the end of the turn, when its buffers are returned; there may be none later) or
  // cancel. Always look at `more`, whatever `result` says.
  virtual void recv_multishot(int fd, OpTag tag) noexcept = 0;

  // Sends all of `data` (not empty), which must stay as it is until the completion: one, with a
  // result below data.size() only if the connection failed. At most one send in flight per fd.
  virtual void send(int fd, Bytes data, OpTag tag) noexcept = 0;

  // Asks for the end of the operation with that tag. The operation's own last completion follows in
  // any case (often -ECANCELED); the cancel itself is not reported.
  virtual void cancel(OpTag target) noexcept = 0;

  // shutdown(2) and close(2), at once and not queued. close() only after the last completion of
  // every operation on the descriptor: in-flight operations hold the file and would go on.
  virtual void shutdown_both(int fd) noexcept = 0;
  virtual void shutdown_write(int fd) noexcept = 0;
  virtual void close(int fd) noexcept = 0;

  // Gives a receive buffer back to the ring.
  virtual void return_buffer(std::uint16_t buffer) noexcept = 0;

  // Submits what is queued and returns completions, at most kReapMax, valid until the next call.
  // Waits for the first one until `deadline` (boot time) at most; a deadline in the past polls,
  // and one of 0 does so without reading a clock.
  // Returns early, perhaps with none, after Waker::wake().
  virtual std::span<const Completion> reap(BootNanos deadline) noexcept = 0;

  // For other threads. The caller pairs it with a mailbox: put the mail in first, then wake.
  virtual Waker& waker() noexcept = 0;

  // Tells wakers that a reap() with a deadline in the future comes next (true) or has returned
  // (false). After set_asleep(true) the owner must look into its mailboxes once more before it
  // waits.
  virtual void set_asleep(bool asleep) noexcept = 0;
};

// Bytes after received data that may be read (never interpreted): vector code may load past the
// end.
inline constexpr std::size_t kReadSlack = 64;

// Completions of one reap: 4 waves of a shard with 64 busy connections.
inline constexpr std::size_t kReapMax = 256;

}  // namespace core
