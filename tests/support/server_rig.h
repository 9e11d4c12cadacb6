// One shard of the server over simulated sockets and fake storage: the real connection, parser, API
// and loop, driven a turn at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/log.h"
#include "core/runtime/shard.h"
#include "net/server.h"
#include "tests/support/fake_ports.h"
#include "tests/support/sim_clock.h"
#include "tests/support/sim_net.h"
#include "tests/support/sim_ring.h"

namespace test {

inline constexpr std::string_view kAdminToken = "admin-token-of-the-tests";

class ServerRig : public net::ProcessView {
 public:
  explicit ServerRig(const sim::SimRingOptions& ring_options = {},
                     const std::function<void(net::ServerConfig&)>& adapt = {})
      : ring(net, clock, ring_options), listener(net.listen()) {
    net::ServerConfig config;
    config.listeners = {listener};
    config.api.admin_token = core::Hasher().sha256(kAdminToken);
    config.address_of = [](int) noexcept {
      return core::Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 7};
    };
    config.accept_now = [](int) noexcept { return -1; };
    if (adapt) adapt(config);
    server = std::make_unique<net::Server>(config,
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
                                                            .metrics = metrics},
                                           group, ring);
    shard = std::make_unique<core::Shard>(core::ShardOptions{}, ring, clock, *server);
    server->start(shard->timers());
  }
  ~ServerRig() override { server->abandon(); }

  std::span<const net::ShardMetrics* const> shards() const override { return {&all_metrics, 1}; }
  net::ProcessNumbers numbers() const override { return {}; }
  bool ready() const override { return is_ready; }

  // Turns until nothing more happens by itself. Does not move the clock.
  void run() {
    for (int idle = 0; idle < 3;) idle = shard->run_turn(false) ? 0 : idle + 1;
  }
  // Lets time pass, turning all the while.
  void pass(core::BootNanos span) {
    const core::BootNanos until = clock.boot_now() + span;
    while (clock.boot_now() < until) {
      clock.advance(std::min<core::BootNanos>(until - clock.boot_now(), core::TimerWheel::kTick));
      run();
    }
  }

  int connect() { return net.connect(listener); }

  // Sends and returns everything that comes back.
  std::string exchange(int client, std::string_view request) {
    net.client_send(client, request);
    run();
    return net.client_take(client);
  }

  sim::SimNet net;
  sim::SimClock clock;
  sim::SimRing ring;
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
  net::ShardMetrics metrics;
  const net::ShardMetrics* all_metrics = &metrics;
  net::ServerGroup group{1};
  bool is_ready = true;
  std::unique_ptr<net::Server> server;
  std::unique_ptr<core::Shard> shard;
};

// GET of a path with a key; `more` are whole header lines.
inline std::string get(std::string_view path, std::string_view key, std::string_view more = "") {
  std::string request = "GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\n";
  if (!key.empty()) request += "X-API-Key: " + std::string(key) + "\r\n";
  return request + std::string(more) + "\r\n";
}

// A request of the admin with a body.
inline std::string admin(std::string_view method, std::string_view path, std::string_view body) {
  return std::string(method) + " " + std::string(path) +
         " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + std::string(kAdminToken) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace test
