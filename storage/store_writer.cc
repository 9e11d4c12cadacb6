#include "storage/store_writer.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/check.h"
#include "storage/audit_trail.h"

namespace storage {

namespace {

constexpr std::int64_t kChoreInterval = core::kNanosPerSecond;
constexpr std::int64_t kRecoveryLook = 20 * 1'000'000;  // How often the clock is asked meanwhile.
constexpr core::BootNanos kRecoveryInterval = core::kNanosPerSecond;
constexpr core::BootNanos kReaderCheckInterval = 60 * core::kNanosPerSecond;

std::size_t weight_of(const core::RowValues& values) noexcept {
  std::size_t bytes = 0;
  for (const auto& value : values) bytes += value ? value->size() : 0;
  return bytes;
}

// The texts that a command brings, about.
std::size_t weight(const core::Command& command) noexcept {
  constexpr std::size_t kRowsOfCatalog = 1024;
  if (const auto* create = std::get_if<core::CreateRow>(&command.change)) {
    return weight_of(create->values);
  }
  if (const auto* update = std::get_if<core::UpdateRow>(&command.change)) {
    return weight_of(update->values);
  }
  if (const auto* create = std::get_if<core::CreateKey>(&command.change)) {
    return kRowsOfCatalog + create->metadata.size();
  }
  if (const auto* import = std::get_if<core::ImportKeys>(&command.change)) {
    std::size_t bytes = 0;
    for (const core::ImportedKey& each : import->keys) {
      bytes += kRowsOfCatalog + each.key.metadata.size();
    }
    return bytes;
  }
  return kRowsOfCatalog;
}

// What the server itself asks for each second.
bool is_housekeeping(const core::Command& command) noexcept {
  return std::holds_alternative<core::Purge>(command.change) ||
         std::holds_alternative<core::BuildIndexes>(command.change);
}

core::Outcome stopped() {
  return refuse(core::OutcomeCode::kStoreFull, "", "writes are stopped after a disk error");
}

core::Outcome no_room() {
  return refuse(core::OutcomeCode::kStoreFull, "", "the store has no room");
}

core::Outcome unknown() {
  return refuse(core::OutcomeCode::kUnknown, "", "outcome unknown: the disk reported an error");
}

}  // namespace

StoreWriter::StoreWriter(const StoreOptions& options, const StoreOutside& outside,
                         Environment& environment)
    : options_(options),
      slots_(outside.slots),
      clock_(outside.clock),
      log_(outside.log),
      environment_(environment),
      queue_(options.command_queue),
      next_reader_check_(outside.clock.boot_now() + kReaderCheckInterval) {
  update_usage();
}

StoreWriter::~StoreWriter() {
  stop();
}

void StoreWriter::start() {
  CHECK(!thread_.joinable());
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "tg-writer");
}

void StoreWriter::stop() {
  stopping_.store(true, std::memory_order_release);
  arrived_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool StoreWriter::submit(core::Command&& command, core::ReplyPost& reply,
                         std::uint64_t token) noexcept {
  if (!writable_.load(std::memory_order_relaxed) || stopping_.load(std::memory_order_relaxed)) {
    return false;
  }
  if (!queue_.push({.command = std::move(command), .reply = &reply, .token = token})) return false;
  submitted_.fetch_add(1, std::memory_order_relaxed);
  arrived_.notify_one();
  return true;
}

core::StoreStats StoreWriter::stats() const noexcept {
  const std::uint64_t taken = taken_.load(std::memory_order_relaxed);
  const std::uint64_t submitted = submitted_.load(std::memory_order_relaxed);
  return {.writable = writable_.load(std::memory_order_relaxed),
          .commits = commits_.load(std::memory_order_relaxed),
          .commands = commands_.load(std::memory_order_relaxed),
          .commit_failures = commit_failures_.load(std::memory_order_relaxed),
          .commit_us_total = commit_us_total_.load(std::memory_order_relaxed),
          .queue_depth = submitted > taken ? submitted - taken : 0,
          .map_bytes_used = bytes_used_.load(std::memory_order_relaxed),
          .corrupt_values = environment_.damage().count()};
}

void StoreWriter::run() {
  for (;;) {
    const bool stopping = stopping_.load(std::memory_order_acquire);
    while (take_batch()) {
      apply_batch();
      do_chores();
    }
    // Whatever was submitted before the stop was taken by now.
    if (stopping) return;
    do_chores();
    arrived_.await([this] { return !queue_.empty() || stopping_.load(std::memory_order_acquire); },
                   recovery_ == Recovery::kNone ? kChoreInterval : kRecoveryLook);
  }
}

bool StoreWriter::take_batch() {
  batch_.clear();
  std::size_t bytes = 0;
  Queued next;
  while (batch_.size() < kBatchCommandsMax && bytes < kBatchBytesMax && queue_.pop(next)) {
    bytes += weight(next.command);
    batch_.push_back(std::move(next));
  }
  taken_.fetch_add(batch_.size(), std::memory_order_relaxed);
  return !batch_.empty();
}

void StoreWriter::apply_batch() {
  for (std::span<Queued> rest = batch_; !rest.empty();) {
    if (recovery_ != Recovery::kNone) return answer_all(rest, stopped());
    rest = rest.subspan(commit_some(rest));
  }
}

// Answers the first commands, at least one, and returns how many.
std::size_t StoreWriter::commit_some(std::span<Queued> commands) {
  for (;;) {
    const AttemptEnd end = attempt(commands);
    const std::span<Queued> concerned = commands.first(end.commands);
    switch (end.attempt) {
      case Attempt::kCommitted:
        answer(concerned, outcomes_);
        return end.commands;
      case Attempt::kUncertain:
        answer_all(concerned, unknown());
        return end.commands;
      case Attempt::kNoRoom:
        if (end.commands == 0) {
          end_without_room(commands.first(1));
          return 1;
        }
        commands = concerned;
        break;
    }
  }
}

// Answers the one command that has no room by itself.
void StoreWriter::end_without_room(std::span<Queued> command) {
  const core::Command& revoke = command.front().command;
  if (!takes_away(revoke)) return answer_all(command, no_room());
  const AttemptEnd end = attempt(command, Audit::kLeftOut);
  if (end.attempt == Attempt::kUncertain) return answer_all(command, unknown());
  if (end.attempt == Attempt::kNoRoom) return answer_all(command, no_room());
  if (outcomes_.front().code == core::OutcomeCode::kDone) {
    log_.error("store: no room in the audit log: {}", describe_unwritten(revoke));
  }
  answer(command, outcomes_);
}

StoreWriter::AttemptEnd StoreWriter::attempt(std::span<Queued> commands, Audit audit) {
  const AttemptEnd end = try_to_commit(commands, audit);
  if (end.attempt != Attempt::kCommitted) resources_.forget();
  return end;
}

StoreWriter::AttemptEnd StoreWriter::try_to_commit(std::span<Queued> commands, Audit audit) {
  auto txn = environment_.env().write();
  if (!txn) {
    log_refusal(txn.error());
    return {Attempt::kNoRoom, 0};
  }
  ChangeSet changes(*txn, environment_, slots_, resources_);
  if (audit == Audit::kLeftOut) changes.leave_out_audit();
  outcomes_.clear();
  for (const Queued& queued : commands) {
    if (!changes.accepts(queued.command)) break;
    auto outcome = changes.apply(queued.command);
    if (!outcome) {
      log_refusal(outcome.error());
      return {Attempt::kNoRoom, outcomes_.size()};
    }
    outcomes_.push_back(std::move(*outcome));
  }
  core::Status end = changes.finish();
  const bool finished = end.has_value();
  if (finished) end = commit(*txn);
  if (end) {
    publish(changes.take_effects());
    return {Attempt::kCommitted, outcomes_.size()};
  }
  // LMDB finds its map full before it writes the first byte.
  if (!finished || is_map_full(end.error())) {
    log_refusal(end.error());
    return {Attempt::kNoRoom, outcomes_.size() / 2};
  }
  stop_writes(end.error());
  return {Attempt::kUncertain, outcomes_.size()};
}

core::Status StoreWriter::commit(WriteTxn& txn) {
  const CommitFault fault =
      options_.commit_failpoint ? options_.commit_failpoint() : CommitFault::kNone;
  if (fault == CommitFault::kLost) {
    txn.abort();
    return std::unexpected(core::Error{"commit to the store (failpoint)", EIO});
  }
  const core::BootNanos begin = clock_.boot_now();
  const core::Status committed = txn.commit();
  if (!committed) return committed;
  const auto took_us = static_cast<std::uint64_t>((clock_.boot_now() - begin) / 1000);
  commit_us_total_.fetch_add(took_us, std::memory_order_relaxed);
  if (fault == CommitFault::kKept) {
    return std::unexpected(core::Error{"commit to the store (failpoint)", EIO});
  }
  commits_.fetch_add(1, std::memory_order_relaxed);
  update_usage();
  return {};
}

void StoreWriter::publish(const Effects& effects) noexcept {
  const core::LimiterNanos now = slots_.now();
  for (const Effects::KeyTouch& touch : effects.keys) {
    if (touch.limit_changed) {
      core::bucket_convert(slots_.word(touch.record.limiter_slot), touch.record, now);
    }
  }
  VersionBoard& versions = environment_.versions();
  versions.count_commit();
  for (const Effects::KeyTouch& touch : effects.keys) versions.bump_key(touch.digest);
  for (const core::TenantId tenant : effects.data) versions.bump_data(tenant);
  if (effects.tenants) versions.bump_tenants();
  if (effects.resources) versions.bump_resources();
}

void StoreWriter::answer(std::span<Queued> commands, std::span<core::Outcome> outcomes) {
  const auto asked_for = std::ranges::count_if(
      commands, [](const Queued& queued) { return !is_housekeeping(queued.command); });
  commands_.fetch_add(static_cast<std::uint64_t>(asked_for), std::memory_order_relaxed);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    commands[i].reply->post({.token = commands[i].token, .body = std::move(outcomes[i])});
  }
}

void StoreWriter::answer_all(std::span<Queued> commands, const core::Outcome& outcome) {
  for (const Queued& queued : commands) {
    queued.reply->post({.token = queued.token, .body = outcome});
  }
}

void StoreWriter::log_refusal(const core::Error& error) {
  if (const auto suppressed = refusals_.admit(clock_.boot_now())) {
    log_.warn("store: {}: commands are refused ({} more suppressed)", describe_lmdb(error),
              *suppressed);
  }
}

void StoreWriter::stop_writes(const core::Error& error) {
  writable_.store(false, std::memory_order_relaxed);
  commit_failures_.fetch_add(1, std::memory_order_relaxed);
  recovery_ = Recovery::kReopen;
  next_attempt_ = clock_.boot_now();
  log_.error("store: {}: the outcome is unknown; writes are stopped", describe_lmdb(error));
}

void StoreWriter::do_chores() {
  const core::BootNanos now = clock_.boot_now();
  if (recovery_ != Recovery::kNone && now >= next_attempt_) recover(now);
  if (now < next_reader_check_ || recovery_ == Recovery::kReopen) return;
  next_reader_check_ = now + kReaderCheckInterval;
  if (const auto cleared = environment_.env().clear_stale_readers(); !cleared) {
    log_.warn("store: {}", describe_lmdb(cleared.error()));
  }
}

void StoreWriter::recover(core::BootNanos now) {
  next_attempt_ = now + kRecoveryInterval;
  if (recovery_ == Recovery::kReopen) {
    if (!environment_.reopen()) {
      log_.warn("store: a reader keeps its snapshot; the environment is opened anew later");
      return;
    }
    recovery_ = Recovery::kProbe;
  }
  if (const auto probed = environment_.probe(); !probed) {
    if (const auto suppressed = refusals_.admit(now)) {
      log_.warn("store: {}: writes stay stopped", describe_lmdb(probed.error()));
    }
    return;
  }
  recovery_ = Recovery::kNone;
  update_usage();
  log_.info("store: the disk takes writes again");
  writable_.store(true, std::memory_order_relaxed);
}

void StoreWriter::update_usage() {
  bytes_used_.store(environment_.env().usage().bytes_used, std::memory_order_relaxed);
}

}  // namespace storage
