// A store in a folder of its own, and the ends that a test holds in its hands.
#pragma once

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/base/digest.h"
#include "core/base/log.h"
#include "core/runtime/clock.h"
#include "core/service/command.h"
#include "core/service/ports.h"
#include "storage/catalog_codec.h"
#include "storage/limiter_slots.h"
#include "storage/store.h"
#include "tests/support/line_log.h"
#include "tests/support/temp_folder.h"

namespace test {

// A clock that stands still until it is told to move. Any thread.
class SharedClock final : public core::Clock {
 public:
  core::TurnTime now() const noexcept override {
    return {.wall_us = kWallBegin + boot_now() / 1000, .boot_ns = boot_now()};
  }
  core::BootNanos boot_now() const noexcept override { return boot_ns_.load(); }
  void advance(core::BootNanos span) noexcept { boot_ns_.fetch_add(span); }

 private:
  static constexpr core::WallMicros kWallBegin = 1'767'225'600 * core::kMicrosPerSecond;
  std::atomic<core::BootNanos> boot_ns_{3600 * core::kNanosPerSecond};
};

// A limiter table in memory.
class MemorySlots final : public storage::LimiterSlots {
 public:
  static constexpr std::uint32_t kSlots = 1 << 16;

  core::Status ensure(std::uint32_t slot_count) noexcept override {
    if (full || slot_count > kSlots) return std::unexpected(core::Error{"grow the table", ENOSPC});
    if (slot_count > ensured) ensured = slot_count;
    return {};
  }
  void reset_slot(std::uint32_t slot, core::KeyId key) noexcept override {
    CHECK(slot < ensured);
    words_[slot].store(0);
    owners_[slot] = key;
  }
  core::BucketWord& word(std::uint32_t slot) noexcept override {
    CHECK(slot < kSlots);
    return words_[slot];
  }
  core::LimiterNanos now() const noexcept override { return 1'000 * core::kNanosPerSecond; }

  core::KeyId owner(std::uint32_t slot) const { return owners_[slot]; }

  std::atomic<bool> full = false;
  std::atomic<std::uint32_t> ensured = 0;

 private:
  std::vector<core::BucketWord> words_ = std::vector<core::BucketWord>(kSlots);
  std::vector<core::KeyId> owners_ = std::vector<core::KeyId>(kSlots);
};

// A mailbox that a test waits at.
class ReplyBox final : public core::ReplyPost {
 public:
  void post(core::Reply&& reply) noexcept override {
    const std::lock_guard lock(mutex_);
    replies_.push_back(std::move(reply));
    arrived_.notify_one();
  }

  core::Reply wait() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return !replies_.empty(); });
    core::Reply reply = std::move(replies_.front());
    replies_.pop_front();
    return reply;
  }
  core::Outcome outcome() { return std::get<core::Outcome>(wait().body); }

  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return replies_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<core::Reply> replies_;
};

inline core::Digest digest_of(std::uint64_t number) {
  return core::Hasher().sha256("secret " + std::to_string(number));
}

// A tenant's rows of Data.
inline core::RowsOf data_of(core::TenantId tenant) {
  return {tenant, core::data_resource()};
}
inline storage::RowSpace data_space(core::TenantId tenant) {
  return {tenant, core::kDataResource};
}

// A row of Data as it is sent; empty: there is none.
inline std::string row_json(core::CatalogReader& catalog, core::TenantId tenant, core::RowId id) {
  const auto row = catalog.row(data_of(tenant), id);
  return row ? std::string(row->json) : "";
}

// Rows of Data. `name` without anything that JSON escapes.
inline core::CreateRow new_row(const core::Caller& caller, const std::string& name,
                               const std::string& value = "null") {
  return {.caller = caller, .values = {'"' + name + '"', value}};
}
inline core::UpdateRow changed_row(const core::Caller& caller, core::RowId id,
                                   const std::optional<std::string>& name,
                                   const std::optional<std::string>& value) {
  core::UpdateRow update{.caller = caller, .id = id, .values = {std::nullopt, value}};
  if (name) update.values[0] = '"' + *name + '"';
  return update;
}

inline storage::StoreOptions small_store(const std::string& dir) {
  storage::StoreOptions options;
  options.dir = dir;
  options.map_bytes = std::size_t{64} << 20;
  options.sync = storage::SyncMode::kNone;
  options.auth_cache_entries = 1024;
  options.tenant_cache_entries = 64;
  options.page_cache_entries = 16;
  options.page_cache_bytes = 64 << 10;
  return options;
}

// The store is open and started, with one reader, from construction on.
class StoreRig {
 public:
  explicit StoreRig(const std::function<void(storage::StoreOptions&)>& adapt = {})
      : options(small_store(folder.file("store"))) {
    if (adapt) adapt(options);
    open();
    store->start();
  }

  // Closes the store, if it is open, and opens it anew; the writer is not started.
  void open() {
    close();
    auto opened = storage::Store::open(options, {.slots = slots, .clock = clock, .log = log});
    CHECK(opened.has_value());
    store = std::move(*opened);
    auto made = store->open_reader();
    CHECK(made.has_value());
    reader = std::move(*made);
  }
  void reopen() {
    open();
    store->start();
  }
  void close() {
    reader.reset();
    store.reset();
  }

  template <typename Change>
  bool submit(Change change, std::uint64_t token = 0) {
    return store->commands().submit({.when = when, .change = std::move(change)}, replies, token);
  }

  // Submits a change and waits for its outcome; then a new turn begins for the reader.
  template <typename Change>
  core::Outcome run(Change change) {
    CHECK(submit(std::move(change)));
    core::Outcome outcome = replies.outcome();
    reader->catalog().begin_turn();
    return outcome;
  }

  // The same with an Idempotency-Key; `body` is what is asked.
  template <typename Change>
  core::Outcome run_once(const std::string& key, const std::string& body, Change change) {
    const core::Idempotency once{.key = core::Hasher().sha256(key),
                                 .request = core::Hasher().sha256(body)};
    CHECK(store->commands().submit({.when = when, .idempotency = once, .change = std::move(change)},
                                   replies, 0));
    core::Outcome outcome = replies.outcome();
    reader->catalog().begin_turn();
    return outcome;
  }

  // The same with If-Match.
  template <typename Change>
  core::Outcome run_if(const core::VersionGuard& guard, Change change) {
    CHECK(store->commands().submit({.when = when, .if_match = guard, .change = std::move(change)},
                                   replies, 0));
    core::Outcome outcome = replies.outcome();
    reader->catalog().begin_turn();
    return outcome;
  }

  // Runs a command of that kind with the fields that `set` fills in.
  template <typename Change, typename Set>
  core::Outcome run_with(Set set) {
    Change change;
    set(change);
    return run(std::move(change));
  }

  // Runs make(0) to make(count - 1), many of them in one transaction; all must be done.
  template <typename Make>
  void run_many(std::uint64_t count, Make make) {
    constexpr std::uint64_t kUnderWay = 1000;
    for (std::uint64_t sent = 0, answered = 0; answered < count;) {
      while (sent < count && sent - answered < kUnderWay) CHECK(submit(make(sent++)));
      CHECK(replies.outcome().code == core::OutcomeCode::kDone);
      ++answered;
    }
    reader->catalog().begin_turn();
  }

  core::Tenant make_tenant(const std::string& name = "Acme") {
    const core::Outcome made =
        run_with<core::CreateTenant>([&](core::CreateTenant& create) { create.name = name; });
    return std::get<core::Tenant>(made.row);
  }
  core::ApiKey make_key(core::TenantId tenant, std::uint64_t secret,
                        std::vector<std::string> scopes = {}) {
    return std::get<core::ApiKey>(run(new_key(tenant, secret, std::move(scopes))).row);
  }
  static core::CreateKey new_key(core::TenantId tenant, std::uint64_t secret,
                                 std::vector<std::string> scopes = {}) {
    core::CreateKey command;
    command.tenant_id = tenant;
    command.name = "key " + std::to_string(secret);
    command.display = "fp_AbCd...wXyZ";
    command.digest = digest_of(secret);
    command.scopes = std::move(scopes);
    return command;
  }

  bool finds(std::uint64_t secret) {
    core::AuthRecord record;
    return reader->auth().find(digest_of(secret), record);
  }
  core::AuthRecord record(std::uint64_t secret) {
    core::AuthRecord record;
    CHECK(reader->auth().find(digest_of(secret), record));
    return record;
  }

  core::TempFolder folder;
  SharedClock clock;
  LineLog log;
  MemorySlots slots;
  ReplyBox replies;
  storage::StoreOptions options;
  core::WallMicros when = 1'767'225'600'000'000;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<storage::StoreReader> reader;
};

}  // namespace test
