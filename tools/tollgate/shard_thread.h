// One shard on its thread: ring, server and loop, built where they run.
#pragma once

#include <atomic>
#include <expected>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "core/base/random.h"
#include "core/base/secret_box.h"
#include "core/runtime/clock.h"
#include "core/runtime/shard.h"
#include "net/metrics.h"
#include "net/server.h"
#include "storage/store.h"

namespace tollgate {

struct ShardSetup {
  net::ServerConfig config;
  core::ShardOptions loop;
  std::optional<int> cpu;  // Pinned to it.
};

// What a shard uses that others made. All outlive the thread.
struct ShardParts {
  std::unique_ptr<storage::StoreReader> reader;
  core::CommandSink& commands;
  core::RowCounter& counter;
  core::UsageDesk& desk;
  core::LimiterWords& words;
  core::UsageSink& usage;
  const core::SecretBox& secrets;
  core::Log& log;
  const core::Clock& clock;
  const net::ProcessView& process;
  net::ServerGroup& group;
  core::AccessLog* access_log = nullptr;
};

// Threads: the owner's, but for what its members say.
class ShardThread {
 public:
  ShardThread(ShardSetup setup, ShardParts parts);
  ~ShardThread();  // stop()s and joins.

  // Starts the thread and waits until its ring is there. The error is a sentence for the operator.
  std::expected<void, std::string> open();

  // Lets it accept. After open().
  void run();

  core::Waker& waker() noexcept { return *waker_; }
  const net::ShardMetrics& metrics() const noexcept { return metrics_; }

  // After run(), and before the end of the thread.
  void drain() noexcept;
  bool drained() const noexcept;

  // Ends the loop and waits for its end. The mailboxes stay until the destructor: whoever still has
  // a reply to post may do so.
  void stop() noexcept;

 private:
  void thread_main();

  const ShardSetup setup_;
  const ShardParts parts_;
  net::ShardMetrics metrics_;
  core::KernelRandom random_;
  std::promise<std::expected<void, std::string>> opened_;
  std::promise<bool> go_;  // False: end without having run.
  std::promise<void> ended_;
  std::promise<void> release_;
  bool told_ = false;
  bool stop_asked_ = false;
  core::Waker* waker_ = nullptr;  // These three are the thread's; set before opened_.
  net::Server* server_ = nullptr;
  core::Shard* shard_ = nullptr;
  std::thread thread_;
};

}  // namespace tollgate
