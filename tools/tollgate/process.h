// The running server as a whole: the parts that all shards share, and the shards.
#pragma once

#include <atomic>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/base/access_log.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/secret_box.h"
#include "core/runtime/clock.h"
#include "core/service/index_building.h"
#include "core/service/retention.h"
#include "net/api.h"
#include "net/listener.h"
#include "net/server.h"
#include "storage/limiter_table.h"
#include "storage/store.h"
#include "storage/usage_log.h"
#include "tools/tollgate/serve_options.h"
#include "tools/tollgate/shard_thread.h"

namespace tollgate {

// A step that failed, as a sentence for the operator.
using Step = std::expected<void, std::string>;

// Owner: the main thread. Built in order, taken down in reverse.
class Process final : public net::ProcessView {
 public:
  Process(const ServeOptions& options, std::string data_dir, int shards, std::vector<int> cpus);
  ~Process() override;

  Step open_logs();
  Step open_storage();
  Step open_shards(const core::Digest& admin_token, std::vector<net::Listener>& listeners,
                   std::size_t ops_listeners);

  // Lets the shards accept.
  void run();

  // Each second, while running.
  void tick() noexcept;

  // /health/ready answers 503 from here on.
  void stop_being_ready() noexcept { draining_.store(true, std::memory_order_release); }
  void drain() noexcept;
  bool drained() const noexcept;

  // Ends the shards, then syncs and closes storage. False: something could not be brought to disk.
  bool stop();

  void reopen_logs();
  core::Log& log() noexcept { return *log_; }

  std::span<const net::ShardMetrics* const> shards() const override { return metrics_; }
  net::ProcessNumbers numbers() const override;
  bool ready() const override;

 private:
  Step open_secrets();
  Step recover_limits();
  void warm_up(const std::stop_token& stop);
  net::ServerConfig server_config(std::size_t shard, const core::Digest& admin_token) const;

  const ServeOptions options_;
  const std::string data_dir_;
  const int shard_count_;
  const std::vector<int> cpus_;
  core::SystemClock clock_;
  core::KernelRandom random_;
  core::TurnTime started_;
  std::unique_ptr<core::ServerLog> log_;
  std::unique_ptr<core::AccessLog> access_log_;
  std::unique_ptr<storage::LimiterTable> limiter_;
  // These two outlive the store's writer, which answers them.
  std::unique_ptr<core::Retention> retention_;
  std::unique_ptr<core::IndexBuilding> index_building_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::UsageLog> usage_;
  std::unique_ptr<core::SecretBox> secrets_;
  std::unique_ptr<net::ServerGroup> group_;
  std::vector<std::unique_ptr<ShardThread>> threads_;
  std::vector<const net::ShardMetrics*> metrics_;
  std::atomic<bool> draining_{false};
  std::atomic<std::uint32_t> warmed_slots_{0};
  std::jthread warmer_;
  bool running_ = false;
  bool stopped_ = false;
};

}  // namespace tollgate
