#include "storage/usage_log.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include "core/base/check.h"
#include "storage/failpoint.h"
#include "storage/rollup_store.h"
#include "storage/usage_appender.h"
#include "storage/usage_desk.h"
#include "storage/usage_doorbell.h"
#include "storage/usage_fold.h"
#include "storage/usage_record.h"
#include "storage/usage_recovery.h"
#include "storage/usage_ring.h"
#include "storage/usage_sink.h"
#include "storage/usage_worker.h"
#include "storage/usage_writer.h"

namespace storage {
namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;
constexpr std::size_t kSegmentBytesMin = std::size_t{1} << 20;
constexpr std::size_t kSegmentBytesMax = std::size_t{1} << 30;

void check_options(const UsageOptions& options) {
  CHECK(options.shards >= 1 && options.shards <= kUsageShardsMax);
  CHECK(std::has_single_bit(options.ring_bytes) && options.ring_bytes >= kUsageRingBytesMin &&
        options.ring_bytes <= kUsageRingBytesMax);
  CHECK(options.segment_bytes >= kSegmentBytesMin && options.segment_bytes <= kSegmentBytesMax);
}

WriterOptions::Sync writer_sync(UsageSync sync) noexcept {
  switch (sync) {
    case UsageSync::kInterval:
      return WriterOptions::Sync::kInterval;
    case UsageSync::kAlways:
      return WriterOptions::Sync::kAlways;
    case UsageSync::kOff:
      return WriterOptions::Sync::kOff;
  }
  return WriterOptions::Sync::kInterval;
}

}  // namespace

// In the order in which they are made; each outlives those below it.
struct UsageLog::Parts {
  Parts(const UsageOptions& chosen, const core::Clock& clock, core::Random& random, UsageDisk& disk)
      : options(chosen), failpoint(chosen.failpoint), world{clock,     random,   disk,
                                                            failpoint, counters, options.report} {}

  core::Status open();
  core::Status make_dirs();
  core::Status recover();
  core::Status make_rings();
  void make_threads_work();
  AppenderOptions appender_options() const;

  const UsageOptions options;
  Failpoint failpoint;
  UsageCounters counters;
  const UsageWorld world;
  UsageSegmentList segments;
  std::unique_ptr<RollupStore> store;
  UsageTemplates templates;
  std::uint64_t last_id = 0;
  std::vector<std::unique_ptr<UsageRing>> rings;
  UsageDoorbell doorbell;
  std::vector<std::unique_ptr<UsageRingSink>> sinks;
  UsageQuestions questions{doorbell};
  std::optional<UsageAppender> appender;
  std::optional<UsageFold> fold;
  std::optional<UsageWorker> worker;
  std::optional<UsageWriter> writer;

  std::function<void(LogPosition)> checkpoint;
  std::thread writer_thread;
  std::thread worker_thread;
  std::atomic<bool> writer_ends{false};
  std::atomic<bool> worker_ends{false};
  bool is_stopped = false;
};

core::Status UsageLog::Parts::open() {
  core::Status done = make_dirs();
  if (!done) return done;
  auto opened = RollupStore::open(options.dir + "/rollups", options.rollup_map_bytes);
  if (!opened) return std::unexpected(opened.error());
  store = std::move(*opened);
  done = store->read_templates(templates, options.report);
  if (done) done = segments.load(world.disk, options.dir + "/usage/segments", options.report);
  if (done) done = recover();
  if (done) done = make_rings();
  if (done) make_threads_work();
  return done;
}

core::Status UsageLog::Parts::make_dirs() {
  core::Status done = world.disk.make_dir(options.dir);
  if (done) done = world.disk.make_dir(options.dir + "/usage");
  if (done) done = world.disk.make_dir(options.dir + "/usage/segments");
  if (done) done = world.disk.sync_dir(options.dir + "/usage");
  return done;
}

AppenderOptions UsageLog::Parts::appender_options() const {
  return {options.dir + "/usage/segments", options.segment_bytes, options.sync == UsageSync::kOff};
}

core::Status UsageLog::Parts::recover() {
  AppenderOptions into = appender_options();
  into.releases_unsynced = false;  // Ring files are removed afterwards.
  const std::uint64_t known = std::max(store->cursor.folded_id, store->cursor.replay_after);
  UsageRecovery recovery({options.dir + "/usage", into}, world, segments, known);
  const auto recovered = recovery.run();
  if (!recovered) return std::unexpected(recovered.error());
  last_id = recovered->last_id;
  counters.lost_bytes_at_start = recovered->lost_bytes;
  std::uint64_t bytes = 0;
  const UsageSegmentList::Snapshot found = segments.snapshot();
  for (const auto& segment : found) bytes += segment->end();
  counters.segments = found.size();
  counters.segment_bytes = bytes;
  return {};
}

core::Status UsageLog::Parts::make_rings() {
  for (std::uint32_t i = 0; i < options.shards; ++i) {
    auto ring = UsageRing::create(options.dir + "/usage", options.ring_bytes, world.random);
    if (!ring) return std::unexpected(ring.error());
    rings.push_back(std::move(*ring));
    sinks.push_back(std::make_unique<UsageRingSink>(*rings.back(), doorbell));
  }
  return {};
}

void UsageLog::Parts::make_threads_work() {
  std::vector<UsageRing*> all;
  for (const auto& ring : rings) all.push_back(ring.get());
  const std::vector<std::uint64_t> starts(all.size(), 0);
  appender.emplace(appender_options(), world, segments, all, starts);
  fold.emplace(store->cursor, templates);
  worker.emplace(*store, templates, segments, questions, world);
  const WriterOptions writer_options{writer_sync(options.sync), options.sync_ms * kNanosPerMilli,
                                     options.checkpoint_s * core::kNanosPerSecond};
  const WriterParts parts{*appender, *fold, *worker, questions, segments, doorbell};
  writer.emplace(writer_options, world, parts, all, last_id);
}

core::Result<std::unique_ptr<UsageLog>> UsageLog::open(const UsageOptions& options,
                                                       const core::Clock& clock,
                                                       core::Random& random, UsageDisk& disk) {
  check_options(options);
  auto parts = std::make_unique<Parts>(options, clock, random, disk);
  if (core::Status done = parts->open(); !done) return std::unexpected(done.error());
  return std::unique_ptr<UsageLog>(new UsageLog(std::move(parts)));
}

UsageLog::UsageLog(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}

UsageLog::~UsageLog() {
  stop();
}

core::UsageSink& UsageLog::sink(std::uint32_t shard) noexcept {
  CHECK(shard < parts_->sinks.size());
  return *parts_->sinks[shard];
}

core::UsageDesk& UsageLog::desk() noexcept {
  return parts_->questions;
}

void UsageLog::set_wakers(std::vector<core::Waker*> wakers) {
  parts_->writer->set_wakers(std::move(wakers));
}

void UsageLog::set_checkpoint(std::function<void(LogPosition)> checkpoint) {
  parts_->checkpoint = checkpoint;
  parts_->worker->set_checkpoint(std::move(checkpoint));
}

void UsageLog::start() {
  Parts& parts = *parts_;
  CHECK(!parts.writer_thread.joinable() && !parts.is_stopped);
  parts.writer_thread = std::thread([&parts] {
    while (!parts.writer_ends.load()) {
      parts.writer->turn();
      if (!parts.writer->has_backlog()) parts.writer->sleep();
    }
    parts.writer->finish();
  });
  parts.worker_thread = std::thread([&parts] {
    while (!parts.worker_ends.load() || !parts.worker->is_idle()) {
      if (!parts.worker->turn()) parts.worker->sleep();
    }
  });
  ::pthread_setname_np(parts.writer_thread.native_handle(), "tg-usage");
  ::pthread_setname_np(parts.worker_thread.native_handle(), "tg-worker");
}

void UsageLog::stop() {
  Parts& parts = *parts_;
  if (std::exchange(parts.is_stopped, true)) return;
  parts.questions.close();
  if (parts.writer_thread.joinable()) {
    parts.writer_ends = true;
    parts.writer->end_sleep();
    parts.writer_thread.join();
    parts.worker_ends = true;
    parts.worker->end_sleep();
    parts.worker_thread.join();
  } else {
    parts.writer->finish();
    while (!parts.worker->is_idle()) parts.worker->turn();
  }
  parts.appender->finish();
  if (parts.checkpoint) parts.checkpoint({parts.appender->synced_id()});
}

bool UsageLog::turn() {
  CHECK(!parts_->writer_thread.joinable());
  const bool wrote = parts_->writer->turn();
  const bool worked = parts_->worker->turn();
  return wrote || worked;
}

core::UsageStats UsageLog::stats() const noexcept {
  const UsageCounters& counters = parts_->counters;
  core::UsageStats stats;
  stats.records_drained = counters.records_drained.load(std::memory_order_relaxed);
  const std::uint64_t synced = counters.records_synced.load(std::memory_order_relaxed);
  stats.records_pending = stats.records_drained - std::min(synced, stats.records_drained);
  stats.syncs = counters.syncs.load(std::memory_order_relaxed);
  stats.sync_failures = counters.sync_failures.load(std::memory_order_relaxed);
  stats.sync_us_total = counters.sync_us_total.load(std::memory_order_relaxed);
  const std::int64_t oldest = counters.oldest_pending_us.load(std::memory_order_relaxed);
  if (oldest != 0) {
    const std::int64_t age = parts_->world.clock.now().wall_us - oldest;
    stats.oldest_pending_age_us = std::max<std::int64_t>(age, 0);
  }
  stats.segments = counters.segments.load(std::memory_order_relaxed);
  stats.segment_bytes = counters.segment_bytes.load(std::memory_order_relaxed);
  stats.folds = counters.folds.load(std::memory_order_relaxed);
  stats.lost_bytes_at_start = counters.lost_bytes_at_start.load(std::memory_order_relaxed);
  return stats;
}

core::Status UsageLog::for_each_after(
    LogPosition position, const std::function<bool(const core::UsageEvent&)>& each) const {
  const UsageReader reader(parts_->world.disk, parts_->options.report);
  const auto end = reader.read(
      parts_->segments.snapshot(), position.id, std::numeric_limits<std::uint64_t>::max(),
      [&](std::uint64_t, const std::byte* record) { return each(read_usage_record(record)); });
  if (!end) return std::unexpected(end.error());
  return {};
}

}  // namespace storage
