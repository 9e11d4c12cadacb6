#include "tools/tollgate/shard_thread.h"

#include <fmt/format.h>

#include <utility>

#include "core/runtime/cpus.h"
#include "core/runtime/uring_ring.h"

namespace tollgate {

ShardThread::ShardThread(ShardSetup setup, ShardParts parts)
    : setup_(std::move(setup)), parts_(std::move(parts)) {}

ShardThread::~ShardThread() {
  if (!thread_.joinable()) return;
  if (!std::exchange(told_, true)) {
    go_.set_value(false);
  } else {
    stop();
    release_.set_value();
  }
  thread_.join();
}

std::expected<void, std::string> ShardThread::open() {
  auto opened = opened_.get_future();
  thread_ = std::thread([this] { thread_main(); });
  return opened.get();
}

void ShardThread::run() {
  if (!std::exchange(told_, true)) go_.set_value(true);
}

void ShardThread::drain() noexcept {
  server_->drain();
}
bool ShardThread::drained() const noexcept {
  return server_->drained();
}

void ShardThread::stop() noexcept {
  if (std::exchange(stop_asked_, true)) return;
  shard_->stop();
  ended_.get_future().wait();
}

void ShardThread::thread_main() {
  core::name_this_thread(fmt::format("tg-shard-{}", setup_.config.shard));
  if (setup_.cpu) {
    if (const auto pinned = core::pin_this_thread(*setup_.cpu); !pinned) {
      return opened_.set_value(std::unexpected(fmt::format(
          "--cpus: can't run on CPU {}: {}", *setup_.cpu, core::describe(pinned.error()))));
    }
  }
  core::UringOptions ring_options;
  ring_options.busy_polling = setup_.loop.busy_poll_us > 0;
  auto ring = core::UringRing::open(ring_options);
  if (!ring) return opened_.set_value(std::unexpected(core::describe(ring.error())));

  net::Server server(setup_.config,
                     {.index = parts_.reader->auth(),
                      .reader = parts_.reader->catalog(),
                      .admins = parts_.reader->admin(),
                      .commands = parts_.commands,
                      .counter = parts_.counter,
                      .desk = parts_.desk,
                      .words = parts_.words,
                      .usage = parts_.usage,
                      .random = random_,
                      .secrets = parts_.secrets,
                      .log = parts_.log,
                      .clock = parts_.clock,
                      .process = parts_.process,
                      .metrics = metrics_,
                      .access_log = parts_.access_log},
                     parts_.group, **ring);
  core::Shard shard(setup_.loop, **ring, parts_.clock, server);
  waker_ = &(*ring)->waker();
  server_ = &server;
  shard_ = &shard;
  auto go = go_.get_future();
  opened_.set_value({});
  if (!go.get()) return;
  server.start(shard.timers());
  shard.run();
  server.abandon();
  ended_.set_value();
  release_.get_future().wait();
}

}  // namespace tollgate
