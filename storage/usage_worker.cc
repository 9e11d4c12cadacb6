#include "storage/usage_worker.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "storage/usage_record.h"

namespace storage {

UsageWorker::UsageWorker(RollupStore& store, const UsageTemplates& templates,
                         const UsageSegmentList& segments, UsageQuestions& questions,
                         const UsageWorld& world)
    : store_(store),
      segments_(segments),
      questions_(questions),
      world_(world),
      answering_(store, templates, world.report),
      stored_folds_(store.cursor.folds) {}

void UsageWorker::submit(UsageJob&& job) noexcept {
  if (std::holds_alternative<CheckpointJob>(job)) checkpoints_.fetch_add(1);
  CHECK(jobs_.push(std::move(job)));
  event_.notify_one();
}

bool UsageWorker::turn() {
  const bool had_job = run_job();
  const bool had_fold = run_fold() || run_hours();
  return had_job || had_fold;
}

void UsageWorker::sleep() {
  const bool waits_to_retry = closed_ || hours_due_;
  const std::int64_t timeout = waits_to_retry
                                   ? std::max<std::int64_t>(0, retry_at_ - world_.clock.boot_now())
                                   : core::EventCount::kForever;
  event_.await([this] { return !jobs_.empty() || sleeps_no_more_.load(); }, timeout);
}

bool UsageWorker::is_idle() const noexcept {
  return jobs_.empty() && (is_failing_ || !closed_);
}

bool UsageWorker::run_job() {
  UsageJob job;
  if (!jobs_.pop(job)) return false;
  if (auto* question = std::get_if<AnswerJob>(&job)) {
    answer(*question);
  } else if (auto* fold = std::get_if<FoldJob>(&job)) {
    CHECK(!closed_);  // The writer waits for stored_folds().
    closed_ = std::move(fold->closed);
    retry_at_ = 0;
  } else if (auto* checkpoint = std::get_if<CheckpointJob>(&job)) {
    checkpoint_(checkpoint->position);
    checkpoints_.fetch_sub(1);
  }
  return true;
}

bool UsageWorker::run_fold() {
  if (!closed_ || hour_ || world_.clock.boot_now() < retry_at_) return false;
  if (!fold_) fold_.emplace(store_, closed_, world_.report);
  const auto done = fold_->step();
  if (!done) {
    fold_.reset();
    fold_failed(done.error());
    return false;
  }
  if (!*done) return true;
  world_.failpoint.pass("usage.after_fold_commit");
  world_.counters.folds.fetch_add(1, std::memory_order_relaxed);
  is_failing_ = false;
  fold_.reset();
  hours_before_ = closed_->cursor.hours_before;
  hours_due_ = true;
  const std::uint32_t folds = closed_->cursor.folds;
  closed_.reset();
  stored_folds_.store(folds, std::memory_order_release);
  return true;
}

bool UsageWorker::run_hours() {
  // One transaction at a time: an hour that was begun goes first, else the fold.
  if (!hours_due_ || (closed_ && !hour_)) return false;
  if (world_.clock.boot_now() < retry_at_) return false;
  if (!hour_) hour_.emplace(store_, hours_before_, world_.report);
  const auto done = hour_->step();
  if (!done) {
    hour_.reset();
    fold_failed(done.error());
    return false;
  }
  if (!*done) return true;
  is_failing_ = false;
  hours_due_ = hour_->had_hour();  // There may be another.
  hour_.reset();
  return true;
}

void UsageWorker::fold_failed(const core::Error& error) {
  retry_at_ = world_.clock.boot_now() + kRetryAfterNs;
  if (std::exchange(is_failing_, true) || !world_.report) return;
  world_.report("usage rollups: " + describe_lmdb(error) +
                "; the log goes on, and what it holds is folded when this is over");
}

void UsageWorker::answer(AnswerJob& job) {
  core::Reply reply{job.inquiry.token, {}};
  if (const auto* question = std::get_if<core::UsageQuestion>(&job.inquiry.ask)) {
    auto answered = answering_.answer(*question, job.memory);
    if (answered) reply.body = std::move(*answered);
  } else if (const auto* page = std::get_if<core::UsageLogQuestion>(&job.inquiry.ask)) {
    reply.body = answer_page(*page);
  } else if (const auto* keys = std::get_if<std::vector<core::KeyId>>(&job.inquiry.ask)) {
    auto totals = answering_.totals(*keys, job.open, job.memory.closing.get());
    if (totals) reply.body = std::move(*totals);
  }
  questions_.answered();
  job.inquiry.reply->post(std::move(reply));
}

core::ReplyBody UsageWorker::answer_page(const core::UsageLogQuestion& question) {
  core::UsageLogPage page;
  const std::size_t limit = std::clamp<std::uint32_t>(question.limit, 1, kPageRowsMax);
  const UsageReader reader(world_.disk, world_.report);
  const UsageSegmentList::Snapshot segments = segments_.snapshot();
  const auto begin = reader.id_before(segments, question.from - core::kUsageLogDisorder);
  if (!begin) return {};
  bool has_more = false;
  bool is_beyond = false;
  const auto end = reader.read(
      segments, std::max(question.after_id, *begin), kPageScanBytes,
      [&](std::uint64_t id, const std::byte* record) {
        const core::UsageEvent event = read_usage_record(record);
        is_beyond = question.to && event.time_us >= *question.to + core::kUsageLogDisorder;
        if (is_beyond) return false;
        if (!question.selects(event)) return true;
        has_more = page.rows.size() == limit;
        if (has_more) return false;
        page.rows.push_back({id, event, std::string(event.endpoint)});
        return true;
      });
  if (!end) return {};
  // Only now: a row that moves takes a short text along inside of it.
  for (core::UsageLogRow& row : page.rows) row.event.endpoint = row.endpoint;
  if (has_more) {
    page.next_after_id = page.rows.back().id;
  } else if (!end->is_end && !is_beyond) {
    page.next_after_id = end->last_id;
  }
  return page;
}

}  // namespace storage
