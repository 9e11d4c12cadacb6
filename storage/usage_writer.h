// The usage log's own thread: drains the rings, writes and flushes segments, counts, and answers
// questions up to their fence.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "core/runtime/ring.h"
#include "storage/usage_appender.h"
#include "storage/usage_desk.h"
#include "storage/usage_doorbell.h"
#include "storage/usage_fold.h"
#include "storage/usage_worker.h"

namespace storage {

struct WriterOptions {
  enum class Sync : std::uint8_t { kInterval, kAlways, kOff };
  Sync sync = Sync::kInterval;
  std::int64_t sync_ns = 0;
  std::int64_t checkpoint_ns = 0;
};

// What the writer works with; all of it outlives it.
struct WriterParts {
  UsageAppender& appender;
  UsageFold& fold;
  UsageWorker& worker;
  UsageQuestions& questions;
  UsageSegmentList& segments;
  UsageDoorbell& doorbell;
};

// One turn: questions are taken out first, then all tails are read and everything up to them gets
// its ids, is written, counted, and flushed if that is due; then the questions' fences are reached.
// Counting goes by ids, from the rings' memory as a rule; after a restart, or while closing minutes
// lags, from the segments, with the questions waiting until it has caught up.
//
// Owner: one thread.
// Bound: a turn takes what the rings hold, and reads at most kCatchUpBytes of segments.
class UsageWriter {
 public:
  static constexpr std::uint64_t kCatchUpBytes = std::uint64_t{4} << 20;
  static constexpr std::int64_t kTrafficNs = 1'000'000'000;  // This long after a record: polls.
  static constexpr std::int64_t kIdleNs = 1'000'000'000;  // Looks at the clock at least so often.

  // `last_id`: of the log as it was found.
  UsageWriter(const WriterOptions& options, const UsageWorld& world, const WriterParts& parts,
              std::vector<UsageRing*> rings, std::uint64_t last_id);

  // Before the first turn.
  void set_wakers(std::vector<core::Waker*> wakers) { wakers_ = std::move(wakers); }

  // Whether there was anything to do.
  bool turn();

  // Counting lags and can go on at once.
  bool has_backlog() const noexcept {
    return !is_counted() && !must_close_first() && !read_failed_;
  }

  // Sleeps until there is something to do, or the clock is to be looked at. While there is traffic
  // that is the next flush: what comes in until then makes one batch.
  void sleep();

  // From any thread: sleep() sleeps no more.
  void end_sleep() noexcept {
    sleeps_no_more_.store(true);
    parts_.doorbell.ring();
  }

  // Drains, writes, flushes, counts and closes what is over; the worker has to run on. The rings'
  // producers have stopped.
  void finish();

 private:
  bool take_questions();
  bool drain();
  bool count();
  void count_batch(std::uint64_t next_id);
  bool count_from_segments(std::uint64_t until_id);
  void sync_if_due(core::BootNanos now);
  bool sync_is_due(core::BootNanos now) const noexcept;
  void reach_fences();
  UsageJob make_job(UsageInquiry&& inquiry) const;
  void close_minutes(core::WallMicros now);
  void hand_over_closed();
  void make_checkpoint(core::BootNanos now);
  void tell_numbers();
  bool is_counted() const noexcept { return parts_.fold.last_id() == last_id_; }
  bool must_close_first() const noexcept;
  bool has_news(bool wants_records) const noexcept;
  std::int64_t nap_ns(core::BootNanos now) const noexcept;

  const WriterOptions options_;
  const UsageWorld world_;
  const WriterParts parts_;
  const std::vector<UsageRing*> rings_;
  const UsageReader reader_;
  std::vector<core::Waker*> wakers_;
  std::atomic<bool> sleeps_no_more_{false};

  std::uint64_t last_id_;  // Given to a record.
  std::deque<UsageInquiry> waiting_;
  core::BootNanos last_record_at_;
  core::BootNanos last_sync_at_;
  core::BootNanos last_checkpoint_at_;
  std::shared_ptr<const ClosedMinutes> closing_;  // Until its rows are stored.
  bool closing_is_handed_over_ = false;
  bool read_failed_ = false;
};

}  // namespace storage
