#include "tools/tollgate/process.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <unordered_map>
#include <utility>

#include "core/base/check.h"
#include "core/domain/token_bucket.h"
#include "core/runtime/cpus.h"
#include "tools/tollgate/secrets_key.h"

namespace tollgate {
namespace {

std::unexpected<std::string> failed(const std::string& what, const core::Error& error) {
  return std::unexpected(what + ": " + core::describe(error));
}

storage::UsageSync usage_sync_of(const std::string& name) {
  if (name == "always") return storage::UsageSync::kAlways;
  return name == "off" ? storage::UsageSync::kOff : storage::UsageSync::kInterval;
}

// At start: enough to tell whether the key is that of the store, and done in some milliseconds.
constexpr std::uint32_t kWebhooksTried = 1000;

std::int64_t nanos_of(std::uint32_t seconds) {
  return seconds * core::kNanosPerSecond;
}

}  // namespace

Process::Process(const ServeOptions& options, std::string data_dir, int shards,
                 std::vector<int> cpus)
    : options_(options),
      data_dir_(std::move(data_dir)),
      shard_count_(shards),
      cpus_(std::move(cpus)),
      started_(clock_.now()),
      group_(std::make_unique<net::ServerGroup>(static_cast<std::size_t>(shards))) {}

Process::~Process() {
  stop();
}

Step Process::open_logs() {
  core::ServerLog::Options log_options;
  log_options.file = options_.log_file;
  log_options.lowest = core::parse_log_level(options_.log_level).value_or(core::LogLevel::kInfo);
  auto log = core::ServerLog::open(log_options);
  if (!log) return failed("can't open the log " + options_.log_file, log.error());
  log_ = std::move(*log);
  if (options_.access_log.empty()) return {};
  core::AccessLog::Options access_options;
  access_options.file = options_.access_log;
  access_options.lanes = static_cast<std::size_t>(shard_count_);
  auto access = core::AccessLog::open(access_options);
  if (!access) return failed("can't open the access log " + options_.access_log, access.error());
  access_log_ = std::move(*access);
  return {};
}

Step Process::open_storage() {
  storage::LimiterOptions limiter_options;
  limiter_options.dir = data_dir_;
  auto limiter = storage::LimiterTable::open(limiter_options, clock_);
  if (!limiter) return failed("can't open the limiter table in " + data_dir_, limiter.error());
  limiter_ = std::move(*limiter);

  storage::StoreOptions store_options;
  store_options.dir = data_dir_ + "/store";
  store_options.auth_cache_entries = std::bit_ceil(options_.key_cache);
  auto store =
      storage::Store::open(store_options, {.slots = *limiter_, .clock = clock_, .log = *log_});
  if (!store) {
    return std::unexpected("can't open the store in " + store_options.dir + ": " +
                           storage::describe_lmdb(store.error()));
  }
  store_ = std::move(*store);
  const core::RetentionPeriods periods{
      .deleted = options_.retain_deleted_s * core::kMicrosPerSecond,
      .answers = options_.retain_idempotency_s * core::kMicrosPerSecond,
      .audit = options_.retain_audit_s * core::kMicrosPerSecond};
  retention_ = std::make_unique<core::Retention>(periods, store_->commands(), *log_);
  index_building_ = std::make_unique<core::IndexBuilding>(store_->commands(), *log_);

  storage::UsageOptions usage_options;
  usage_options.dir = data_dir_;
  usage_options.shards = static_cast<std::uint32_t>(shard_count_);
  usage_options.sync = usage_sync_of(options_.usage_sync);
  usage_options.sync_ms = options_.usage_sync_ms;
  usage_options.ring_bytes = std::size_t{options_.usage_ring_mib} << 20;
  usage_options.failpoint = options_.failpoint;
  usage_options.report = [this](std::string_view line) { log_->warn("{}", line); };
  auto usage = storage::UsageLog::open(usage_options, clock_, random_);
  if (!usage) return failed("can't open the usage log in " + data_dir_, usage.error());
  usage_ = std::move(*usage);
  usage_->set_checkpoint([this](storage::LogPosition position) {
    if (const auto done = limiter_->checkpoint(position); !done) {
      log_->error("can't flush the limiter table: {}", core::describe(done.error()));
    }
  });
  if (auto step = open_secrets(); !step) return step;
  return recover_limits();
}

// Without the key that they were sealed with, webhooks' secrets can't be had back: all else goes
// on.
Step Process::open_secrets() {
  auto secrets = open_secret_box(data_dir_, random_);
  if (!secrets) return std::unexpected(secrets.error());
  secrets_ = std::move(*secrets);
  auto reader = store_->open_reader();
  if (!reader) return failed("can't read the store", reader.error());
  (*reader)->catalog().begin_turn();
  const auto webhooks = (*reader)->catalog().webhooks({.limit = kWebhooksTried});
  const auto closed = std::ranges::count_if(webhooks.rows, [&](const core::Webhook& webhook) {
    return !core::WebhookSecret::open(*secrets_, webhook.tenant_id, webhook.sealed);
  });
  if (closed > 0) {
    log_->error(
        "the secrets of {} of the first {} webhooks were not sealed with {}/secrets.key: bring "
        "that file back, or give these webhooks other secrets",
        closed, webhooks.rows.size(), data_dir_);
  }
  return {};
}

// After a power loss the table may be older than the log: what was admitted since its last
// checkpoint is counted again, never less than was used.
Step Process::recover_limits() {
  if (!limiter_->open_state().replay) return {};
  auto reader = store_->open_reader();
  if (!reader) return failed("can't read the store", reader.error());
  std::unordered_map<core::KeyId, core::AuthRecord> records;
  std::uint64_t charged = 0;
  const auto apply = [&](const core::UsageEvent& event) {
    if (!event.charged) return true;
    const auto [entry, is_new] = records.try_emplace(event.key_id);
    if (is_new) {
      (*reader)->catalog().begin_turn();
      const auto key = (*reader)->catalog().key(event.key_id);
      if (key) entry->second = core::make_auth_record(*key);
    }
    const core::AuthRecord& record = entry->second;
    if (record.key_id == 0 || record.has(core::AuthRecord::kUnlimited)) return true;
    const core::LimiterNanos at = event.limiter_ns - limiter_->open_state().rebased_by_ns;
    limiter_->advance_to(at);
    core::bucket_charge(limiter_->word(record.limiter_slot), record,
                        {.at = at, .now = limiter_->now()});
    ++charged;
    return true;
  };
  const auto read = usage_->for_each_after(limiter_->open_state().checkpoint, apply);
  if (!read) return failed("can't read the usage log", read.error());
  log_->info("limits: {} admissions since the last checkpoint were counted again", charged);
  return {};
}

void Process::tick() noexcept {
  const core::TurnTime now = clock_.now();
  if (limiter_) limiter_->save_clock(now);
  if (retention_) retention_->tick(now.wall_us);
  if (index_building_) index_building_->tick(now.wall_us);
}

net::ServerConfig Process::server_config(std::size_t shard, const core::Digest& admin_token) const {
  net::ServerConfig config;
  config.shard = shard;
  config.connections_max = options_.max_connections;
  config.sync_before_send = options_.usage_sync == "always";
  config.limits.parser.request_line_bytes = options_.max_request_line;
  config.limits.parser.head_bytes = options_.max_head;
  config.limits.parser.fields = options_.max_fields;
  config.limits.body.body_bytes = options_.max_body;
  config.limits.pipelined_bytes_max = options_.max_pipelined;
  config.limits.head_timeout_ns = nanos_of(options_.head_timeout_s);
  config.limits.body_timeout_ns = nanos_of(options_.body_timeout_s);
  config.limits.idle_timeout_ns = nanos_of(options_.idle_timeout_s);
  config.api.admin_token = admin_token;
  config.api.body_bytes_max = options_.max_body;
  for (const std::string& row : options_.authz_routes) {
    CHECK(config.api.authz_routes.add(row).has_value());  // make_plan has read them all.
  }
  for (const std::string& text : options_.trusted_proxies) {
    config.api.trusted_proxies.push_back(core::parse_network(text).value());
  }
  return config;
}

Step Process::open_shards(const core::Digest& admin_token, std::vector<net::Listener>& listeners,
                          std::size_t ops_listeners) {
  std::vector<core::Waker*> wakers;
  for (int i = 0; i < shard_count_; ++i) {
    const auto shard = static_cast<std::size_t>(i);
    ShardSetup setup{.config = server_config(shard, admin_token),
                     .loop = {.busy_poll_us = options_.busy_poll_us},
                     .cpu = {}};
    random_.fill(core::MutableBytes(reinterpret_cast<std::byte*>(&setup.config.api.request_id_seed),
                                    sizeof setup.config.api.request_id_seed));
    for (net::Listener& listener : listeners) setup.config.listeners.push_back(listener.release(i));
    setup.config.ops_listeners = ops_listeners;
    if (!cpus_.empty()) setup.cpu = cpus_[shard % cpus_.size()];
    auto reader = store_->open_reader();
    if (!reader) return failed("can't read the store", reader.error());
    threads_.push_back(std::make_unique<ShardThread>(
        std::move(setup), ShardParts{.reader = std::move(*reader),
                                     .commands = store_->commands(),
                                     .counter = store_->counter(),
                                     .desk = usage_->desk(),
                                     .words = *limiter_,
                                     .usage = usage_->sink(static_cast<std::uint32_t>(i)),
                                     .secrets = *secrets_,
                                     .log = *log_,
                                     .clock = clock_,
                                     .process = *this,
                                     .group = *group_,
                                     .access_log = access_log_.get()}));
    metrics_.push_back(&threads_.back()->metrics());
    if (auto step = threads_.back()->open(); !step) return step;
    wakers.push_back(&threads_.back()->waker());
  }
  usage_->set_wakers(std::move(wakers));
  return {};
}

void Process::run() {
  store_->start();
  usage_->start();
  for (const auto& thread : threads_) thread->run();
  running_ = true;
  warmer_ = std::jthread([this](const std::stop_token& stop) { warm_up(stop); });
}

void Process::drain() noexcept {
  for (const auto& thread : threads_) thread->drain();
}

bool Process::drained() const noexcept {
  return std::ranges::all_of(threads_, [](const auto& thread) { return thread->drained(); });
}

// Brings the limiter table's pages in behind the start, so that requests need not wait for them.
void Process::warm_up(const std::stop_token& stop) {
  core::name_this_thread("tg-warm");
  std::uint32_t slot = 0;
  while (!stop.stop_requested() && slot < limiter_->slot_count()) {
    slot = limiter_->warm(slot);
    warmed_slots_.store(slot, std::memory_order_relaxed);
  }
}

bool Process::stop() {
  if (std::exchange(stopped_, true)) return true;
  warmer_ = {};  // Asked to stop, and joined.
  for (const auto& thread : threads_) {
    if (running_) thread->stop();
  }
  // Commands and questions that wait are answered into mailboxes that nobody opens any more.
  if (store_) store_->stop();
  if (usage_) usage_->stop();
  threads_.clear();
  const bool clean = !limiter_ || !running_ || limiter_->close_cleanly(clock_.now()).has_value();
  if (access_log_) access_log_->flush();
  return clean;
}

void Process::reopen_logs() {
  if (const auto done = log_->reopen(); !done) {
    log_->error("can't reopen the log: {}", core::describe(done.error()));
  }
  if (access_log_ == nullptr) return;
  if (const auto done = access_log_->reopen(); !done) {
    log_->error("can't reopen the access log: {}", core::describe(done.error()));
  }
}

net::ProcessNumbers Process::numbers() const {
  net::ProcessNumbers numbers;
  numbers.store = store_->stats();
  numbers.usage = usage_->stats();
  numbers.purged = retention_->totals();
  numbers.warm_slots = warmed_slots_.load(std::memory_order_relaxed);
  numbers.limiter_slots = limiter_->slot_count();
  numbers.draining = draining_.load(std::memory_order_acquire);
  numbers.access_log_dropped = access_log_ ? access_log_->dropped() : 0;
  numbers.uptime_s = (clock_.boot_now() - started_.boot_ns) / core::kNanosPerSecond;
  return numbers;
}

bool Process::ready() const {
  return !draining_.load(std::memory_order_acquire) && store_->stats().writable;
}

}  // namespace tollgate
