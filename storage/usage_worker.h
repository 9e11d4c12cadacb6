// What the usage writer must not wait for: the rollups' transactions, answers, checkpoints.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "core/runtime/event_count.h"
#include "core/runtime/mailbox.h"
#include "storage/log_position.h"
#include "storage/rollup_store.h"
#include "storage/rollup_writer.h"
#include "storage/usage_answer.h"
#include "storage/usage_appender.h"
#include "storage/usage_desk.h"
#include "storage/usage_fold.h"
#include "storage/usage_segment_list.h"

namespace storage {

// A question whose fence has been reached, with what memory held at that moment.
struct AnswerJob {
  UsageInquiry inquiry;
  UsageMemory memory;        // For a UsageQuestion; `closing` also for totals.
  std::vector<KeyUse> open;  // For totals: by key.
};
struct FoldJob {
  std::shared_ptr<const ClosedMinutes> closed;
};
struct CheckpointJob {
  LogPosition position;
};
using UsageJob = std::variant<std::monostate, AnswerJob, FoldJob, CheckpointJob>;

// Jobs are begun in their order. A fold goes on in slices while later questions are answered; those
// before it in the queue have been answered by then, so that each is answered from the rollups as
// they were at its fence, or from those with all of what `closing` held.
//
// Shared: submit(), stored_folds() from any thread; all else from the worker's.
class UsageWorker {
 public:
  // Raw log pages end after this many bytes of log, with or without rows.
  static constexpr std::uint64_t kPageScanBytes = std::uint64_t{4} << 20;
  static constexpr std::uint32_t kPageRowsMax = 1000;
  static constexpr std::int64_t kRetryAfterNs = 1'000'000'000;

  UsageWorker(RollupStore& store, const UsageTemplates& templates, const UsageSegmentList& segments,
              UsageQuestions& questions, const UsageWorld& world);

  void set_checkpoint(std::function<void(LogPosition)> checkpoint) {
    checkpoint_ = std::move(checkpoint);
  }
  bool has_checkpoint() const noexcept { return checkpoint_ != nullptr; }

  // Bound: the questions that the desk lets in, one fold and one checkpoint at a time.
  void submit(UsageJob&& job) noexcept;

  // The last fold whose rows are stored (FoldCursor::folds).
  std::uint32_t stored_folds() const noexcept {
    return stored_folds_.load(std::memory_order_acquire);
  }
  // A checkpoint that was submitted has been made.
  bool is_checkpointing() const noexcept { return checkpoints_.load() != 0; }

  // Does one piece of work; false if there is none.
  bool turn();

  // Sleeps until there is a job, or a failed fold is to be tried again.
  void sleep();

  // From any thread: sleep() sleeps no more.
  void end_sleep() noexcept {
    sleeps_no_more_.store(true);
    event_.notify_one();
  }

  // No job and no fold is left, or the fold can't be done now. Hours can wait for another day.
  bool is_idle() const noexcept;

 private:
  bool run_job();
  bool run_fold();
  bool run_hours();
  void fold_failed(const core::Error& error);
  void answer(AnswerJob& job);
  core::ReplyBody answer_page(const core::UsageLogQuestion& question);

  RollupStore& store_;
  const UsageSegmentList& segments_;
  UsageQuestions& questions_;
  const UsageWorld world_;
  UsageAnswering answering_;
  std::function<void(LogPosition)> checkpoint_;

  core::Mailbox<UsageJob> jobs_{2 * UsageQuestions::kOutstandingMax};
  core::EventCount event_;
  std::atomic<std::uint32_t> stored_folds_;
  std::atomic<std::uint32_t> checkpoints_{0};
  std::atomic<bool> sleeps_no_more_{false};

  std::shared_ptr<const ClosedMinutes> closed_;  // To be folded.
  std::optional<RollupFold> fold_;
  std::optional<RollupHour> hour_;
  HourNumber hours_before_ = 0;  // Hours before this one are over.
  bool hours_due_ = false;
  core::BootNanos retry_at_ = 0;
  bool is_failing_ = false;
};

}  // namespace storage
