// The thread that changes the store: takes the commands that wait, applies them in one transaction,
// commits, and answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

#include "core/base/log_limiter.h"
#include "core/runtime/event_count.h"
#include "core/runtime/mailbox.h"
#include "core/service/ports.h"
#include "storage/change_set.h"
#include "storage/store.h"

namespace storage {

// Commands of one transaction: while one is on its way to disk (0.3 to 5 ms), so many can come.
inline constexpr std::size_t kBatchCommandsMax = 1024;

// Texts in the commands of one transaction; bounds the memory of its dirty pages.
inline constexpr std::size_t kBatchBytesMax = std::size_t{8} << 20;

// Order: commit, words of changed limits, versions, answers.
//
// A put that fails takes its transaction down; what came before it in the transaction is applied
// again without it, and it alone again after that: so only a command that does not fit even by
// itself is refused.
//
// A command that takes a right away, and does not fit with its entry in the audit log, is applied
// without it: a revoke must go on in a full store. What the entry would have said is in the
// server's log then.
//
// A commit that fails is uncertain: its commands are answered kUnknown, writes stop (submit() is
// false, what is queued is refused), the environment is opened anew, and writes begin again once
// the disk takes a write and a flush.
//
// Shared:    submit() and add_stats() from any thread, start() and stop() from the owner.
// Proven by: tests/unit/storage/store_writer_test.cc.
class StoreWriter final : public core::CommandSink {
 public:
  StoreWriter(const StoreOptions& options, const StoreOutside& outside, Environment& environment);
  ~StoreWriter() override;

  void start();
  void stop();

  [[nodiscard]] bool submit(core::Command&& command, core::ReplyPost& reply,
                            std::uint64_t token) noexcept override;

  core::StoreStats stats() const noexcept;

 private:
  struct Queued {
    core::Command command;
    core::ReplyPost* reply = nullptr;
    std::uint64_t token = 0;
  };

  enum class Attempt : std::uint8_t { kCommitted, kNoRoom, kUncertain };
  struct AttemptEnd {
    Attempt attempt = Attempt::kNoRoom;
    // The first so many commands are what was committed, or is uncertain, or is to be tried next;
    // 0 of the last: the first command has no room even by itself.
    std::size_t commands = 0;
  };

  void run();
  bool take_batch();
  void apply_batch();
  std::size_t commit_some(std::span<Queued> commands);
  enum class Audit : std::uint8_t { kWritten, kLeftOut };
  AttemptEnd attempt(std::span<Queued> commands, Audit audit = Audit::kWritten);
  AttemptEnd try_to_commit(std::span<Queued> commands, Audit audit);
  void end_without_room(std::span<Queued> command);
  core::Status commit(WriteTxn& txn);
  void publish(const Effects& effects) noexcept;
  void answer(std::span<Queued> commands, std::span<core::Outcome> outcomes);
  void answer_all(std::span<Queued> commands, const core::Outcome& outcome);
  void log_refusal(const core::Error& error);

  void stop_writes(const core::Error& error);
  void do_chores();
  void recover(core::BootNanos now);
  void update_usage();

  const StoreOptions& options_;
  LimiterSlots& slots_;
  const core::Clock& clock_;
  core::Log& log_;
  Environment& environment_;
  ResourceTable resources_;

  core::Mailbox<Queued> queue_;
  core::EventCount arrived_;
  std::atomic<bool> writable_{true};
  std::atomic<bool> stopping_{false};
  std::thread thread_;

  // The writer thread's own.
  std::vector<Queued> batch_;
  std::vector<core::Outcome> outcomes_;
  enum class Recovery : std::uint8_t { kNone, kReopen, kProbe } recovery_ = Recovery::kNone;
  core::BootNanos next_attempt_ = 0;
  core::BootNanos next_reader_check_ = 0;
  core::LogLimiter refusals_{1};

  // Read by stats().
  std::atomic<std::uint64_t> submitted_{0};
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> commands_{0};
  std::atomic<std::uint64_t> commit_failures_{0};
  std::atomic<std::uint64_t> commit_us_total_{0};
  std::atomic<std::uint64_t> bytes_used_{0};
};

}  // namespace storage
