// Several shards of one server over one simulated network, turned in one thread.
#pragma once

#include <memory>
#include <vector>

#include "tests/support/server_rig.h"

namespace test {

// Only the first shard has a listener: the kernel's spreading is not what is tested.
class ShardsRig final : public net::ProcessView {
 public:
  explicit ShardsRig(std::size_t count) : listener(net.listen()), group(count) {
    for (std::size_t i = 0; i < count; ++i) {
      Shard& at = *shards_.emplace_back(std::make_unique<Shard>(net, clock));
      net::ServerConfig config;
      config.shard = i;
      if (i == 0) config.listeners = {listener};
      config.address_of = [](int) noexcept { return core::Address{}; };
      config.accept_now = [](int) noexcept { return -1; };
      at.server = std::make_unique<net::Server>(config,
                                                net::ServerParts{.index = index,
                                                                 .reader = reader,
                                                                 .admins = admins,
                                                                 .commands = commands,
                                                                 .counter = counter,
                                                                 .desk = desk,
                                                                 .words = words,
                                                                 .usage = usage,
                                                                 .random = random,
                                                                 .secrets = secrets,
                                                                 .log = log,
                                                                 .clock = clock,
                                                                 .process = *this,
                                                                 .metrics = at.metrics},
                                                group, at.ring);
      at.loop = std::make_unique<core::Shard>(core::ShardOptions{}, at.ring, clock, *at.server);
      at.server->start(at.loop->timers());
    }
  }
  ~ShardsRig() override {
    for (auto& shard : shards_) shard->server->abandon();
  }

  std::span<const net::ShardMetrics* const> shards() const override { return {}; }
  net::ProcessNumbers numbers() const override { return {}; }
  bool ready() const override { return true; }

  // Turns one shard until nothing more happens by itself.
  void run(std::size_t shard) {
    for (int idle = 0; idle < 3;) idle = shards_[shard]->loop->run_turn(false) ? 0 : idle + 1;
  }
  void run_all() {
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < shards_.size(); ++i) run(i);
    }
  }
  void pass(core::BootNanos span) {
    for (core::BootNanos gone = 0; gone < span; gone += core::TimerWheel::kTick) {
      clock.advance(core::TimerWheel::kTick);
      run_all();
    }
  }

  net::Server& server(std::size_t shard) { return *shards_[shard]->server; }
  const net::ShardMetrics& metrics(std::size_t shard) const { return shards_[shard]->metrics; }
  bool drained() const {
    return std::ranges::all_of(shards_, [](const auto& shard) { return shard->server->drained(); });
  }

  sim::SimNet net;
  sim::SimClock clock;
  int listener;
  FakeAuthIndex index;
  FakeReader reader;
  FakeAdmins admins;
  FakeCommands commands;
  FakeCounter counter;
  FakeDesk desk;
  FakeWords words;
  FakeUsage usage;
  CountingRandom random;
  core::SecretBox secrets = secret_box();
  core::NullLog log;
  net::ServerGroup group;

 private:
  struct Shard {
    Shard(sim::SimNet& sockets, sim::SimClock& time) : ring(sockets, time) {}
    sim::SimRing ring;
    net::ShardMetrics metrics;
    std::unique_ptr<net::Server> server;
    std::unique_ptr<core::Shard> loop;
  };
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace test
