#include "net/server.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/support/api_rig.h"
#include "tests/support/shards_rig.h"

namespace net {
namespace {

using core::kNanosPerSecond;
using test::ApiRig;
using test::get;
using test::read_answer;
using test::ServerRig;
using test::ShardsRig;

class HandOff : public testing::TestWithParam<std::size_t> {};

TEST_P(HandOff, KeepsShardsWithinOneConnectionOfEachOther) {
  ShardsRig rig(GetParam());
  std::vector<int> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(rig.net.connect(rig.listener));
    if (i % 7 == 0) rig.run(0);  // Some come one by one, some together.
    const auto load = [&](std::size_t shard) { return rig.group.loads[shard].connections.load(); };
    for (std::size_t a = 0; a < GetParam(); ++a) {
      for (std::size_t b = 0; b < GetParam(); ++b) EXPECT_LE(load(a), load(b) + 1);
    }
  }
  rig.run_all();
  for (std::size_t shard = 0; shard < GetParam(); ++shard) {
    EXPECT_EQ(rig.metrics(shard).connections_open.value(), 64 / GetParam()) << shard;
  }
  EXPECT_EQ(rig.metrics(0).connections_handed_off.value(), 64 - 64 / GetParam());
  for (const int client : clients) {
    rig.net.client_send(client, get("/health", ""));
    rig.run_all();
    EXPECT_EQ(read_answer(rig.net.client_take(client)).status, 200);
    rig.net.client_close(client);
  }
  rig.run_all();
  EXPECT_EQ(rig.group.connections(), 0U);
  EXPECT_EQ(rig.net.open_descriptors(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Shards, HandOff, testing::Values(2, 4));

TEST(Server, ServesAConnectionItselfWhenTheOthersMailboxIsFull) {
  constexpr std::uint64_t kMailbox = 1024;
  ShardsRig rig(2);
  for (std::uint64_t i = 0; i < 2 * kMailbox + 100; ++i) {
    rig.net.connect(rig.listener);
    if (i % 32 == 0) rig.run(0);
  }
  rig.run(0);  // The other shard has not turned yet.
  EXPECT_EQ(rig.metrics(0).connections_handed_off.value(), kMailbox);
  EXPECT_EQ(rig.metrics(0).connections_open.value(), kMailbox + 100);
  EXPECT_EQ(rig.group.loads[1].connections.load(), kMailbox);
  rig.run(1);
  EXPECT_EQ(rig.metrics(1).connections_open.value(), kMailbox);
}

TEST(Server, PausesAcceptingWithoutDescriptorsAndRecoversWithoutSpinning) {
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    ServerRig rig;
    rig.run();
    rig.net.fail_accepts(rig.listener, error, 1'000'000);
    const int client = rig.connect();
    const auto before = rig.ring.accepts();
    rig.pass(10 * kNanosPerSecond);
    EXPECT_GE(rig.ring.accepts() - before, 50U);
    EXPECT_LE(rig.ring.accepts() - before, 101U);  // One each tenth of a second at most.
    EXPECT_EQ(rig.metrics.accept_failures.value(), rig.ring.accepts() - before + 1);
    rig.net.fail_accepts(rig.listener, 0, 0);
    rig.pass(kNanosPerSecond / 4);
    EXPECT_EQ(read_answer(rig.exchange(client, get("/health", ""))).status, 200);
  }
}

TEST(Server, GoesOnAcceptingBehindAConnectionThatWasGoneBeforeItWasAccepted) {
  ServerRig rig;
  rig.net.fail_accepts(rig.listener, ECONNABORTED, 1);
  const int client = rig.connect();
  rig.run();
  EXPECT_EQ(rig.metrics.accept_failures.value(), 0U);
  EXPECT_EQ(read_answer(rig.exchange(client, get("/health", ""))).status, 200);
}

TEST(Server, RefusesAConnectionTooManyReadablyAndServesTheNextOnceThereIsRoom) {
  ServerRig rig({}, [](ServerConfig& config) { config.connections_max = 2; });
  const int first = rig.connect();
  rig.connect();
  const int third = rig.connect();
  rig.run();
  const auto answer = read_answer(rig.net.client_take(third));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(answer.body, test::failure("SERVICE_UNAVAILABLE", "Too many connections"));
  EXPECT_TRUE(rig.net.client_sees_eof(third));
  EXPECT_EQ(rig.metrics.connections_refused.value(), 1U);
  rig.net.client_close(third);
  rig.net.client_close(first);
  rig.run();
  EXPECT_EQ(read_answer(rig.exchange(rig.connect(), get("/health", ""))).status, 200);
}

TEST(Server, LetsGoOfARefusedConnectionThatTakesNothing) {
  ServerRig rig({}, [](ServerConfig& config) { config.connections_max = 0; });
  const int client = rig.connect();
  rig.net.set_send_window(client, 1);
  rig.pass(45 * kNanosPerSecond);
  EXPECT_EQ(rig.net.open_descriptors(), 1U);
}

// What is left when a server has drained and its clients have seen it.
void expect_drained(ServerRig& rig) {
  EXPECT_TRUE(rig.server->drained());
  EXPECT_EQ(rig.net.open_descriptors(), 0U);
  EXPECT_EQ(rig.ring.operations_in_flight(), 0U);
  EXPECT_EQ(rig.ring.buffers_lent(), 0U);
}

TEST(ServerDrain, IsOverAtOnceWithoutConnections) {
  ServerRig rig;
  rig.run();
  EXPECT_FALSE(rig.server->drained());
  rig.server->drain();
  rig.run();
  expect_drained(rig);
}

TEST(ServerDrain, EndsIdleConnectionsWithinASecondAndNotAtOnce) {
  ServerRig rig;
  const int client = rig.connect();
  rig.exchange(client, get("/health", ""));
  rig.server->drain();
  rig.run();
  EXPECT_FALSE(rig.net.client_sees_eof(client));
  // A request that comes meanwhile is answered, and told that it was the last.
  const int busy = client;
  EXPECT_EQ(read_answer(rig.exchange(busy, get("/health", ""))).header("Connection"), "close");
  rig.net.client_close(busy);
  rig.run();
  expect_drained(rig);

  ServerRig quiet;
  const int idle = quiet.connect();
  quiet.exchange(idle, get("/health", ""));
  quiet.server->drain();
  quiet.pass(kNanosPerSecond);
  EXPECT_TRUE(quiet.net.client_sees_eof(idle));
  quiet.net.client_close(idle);
  quiet.run();
  expect_drained(quiet);
}

TEST(ServerDrain, AnswersWhatIsInFlightWithConnectionCloseAndStopsAccepting) {
  ApiRig rig;
  rig.command_of(ApiRig::keyed("POST", "/api/data", R"({"name":"n"})"));
  rig.server->drain();
  rig.run();
  EXPECT_FALSE(rig.server->drained());
  EXPECT_EQ(rig.net.open_descriptors(), 1U);  // The listener is closed, the connection is not.
  rig.pass(30 * kNanosPerSecond);             // The store may be slow.
  const auto answer = rig.answer_with(core::OutcomeCode::kStoreFull);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(rig.net.client_sees_eof(rig.client));
  rig.net.client_close(rig.client);
  rig.run();
  expect_drained(rig);
  EXPECT_EQ(rig.usage.reserved, 0);
}

TEST(ServerDrain, ServesARequestWhoseBodyIsStillOnItsWay) {
  ApiRig rig;
  const std::string request = ApiRig::keyed("PUT", "/api/nothing", "0123456789");
  rig.exchange(rig.client, request.substr(0, request.size() - 4));
  rig.server->drain();
  rig.pass(2 * kNanosPerSecond);
  const auto answer = rig.ask(request.substr(request.size() - 4));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("Connection"), "close");
}

TEST(ServerDrain, EndsAConnectionWhoseAnswerWasBeingSentWhenItBegan) {
  ServerRig rig;
  const int client = rig.connect();
  rig.net.set_send_window(client, 10);
  rig.net.client_send(client, get("/health", ""));
  rig.run();
  rig.server->drain();
  rig.run();
  rig.net.set_send_window(client, 100'000);
  rig.run();
  EXPECT_EQ(read_answer(rig.net.client_take(client)).status, 200);
  rig.pass(kNanosPerSecond);
  EXPECT_TRUE(rig.net.client_sees_eof(client));
  rig.net.client_close(client);
  rig.run();
  expect_drained(rig);
}

sim::SimNet* queue_of_the_test = nullptr;

TEST(ServerDrain, AcceptsAndAnswersWhatWaitedInTheQueueAndEndsTheSilentOnesOfIt) {
  ServerRig rig({}, [](ServerConfig& config) {
    config.accept_now = [](int fd) noexcept { return queue_of_the_test->accept_now(fd); };
  });
  queue_of_the_test = &rig.net;
  rig.net.fail_accepts(rig.listener, EMFILE, 1);
  rig.run();  // Accepting pauses: who comes now waits in the queue.
  const int asks = rig.connect();
  const int silent = rig.connect();
  rig.net.client_send(asks, get("/health", ""));
  rig.server->drain();
  rig.run();
  const auto answer = read_answer(rig.net.client_take(asks));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Connection"), "close");
  rig.pass(kNanosPerSecond);
  EXPECT_TRUE(rig.net.client_sees_eof(silent));
  rig.net.client_close(asks);
  rig.net.client_close(silent);
  rig.run();
  expect_drained(rig);
}

TEST(ServerDrain, IsNotOverWhileAConnectionIsOnItsWayToAShardThatHadNone) {
  ShardsRig rig(2);
  const int stays = rig.net.connect(rig.listener);
  rig.run(0);
  rig.server(1).drain();
  rig.run(1);
  EXPECT_FALSE(rig.drained());
  const int moves = rig.net.connect(rig.listener);
  rig.run(0);  // Handed over to the shard that has drained; then this one drains, too.
  rig.net.client_close(stays);
  rig.server(0).drain();
  rig.run(0);
  EXPECT_FALSE(rig.drained());
  rig.net.client_send(moves, get("/health", ""));
  rig.run(1);
  EXPECT_EQ(read_answer(rig.net.client_take(moves)).header("Connection"), "close");
  rig.net.client_close(moves);
  rig.run_all();
  EXPECT_TRUE(rig.drained());
  EXPECT_EQ(rig.net.open_descriptors(), 0U);
}

// Takes everything and does nothing, but remembers buffers.
class RecordingRing final : public core::Ring {
 public:
  void accept_multishot(int, core::OpTag) noexcept override {}
  void recv_multishot(int, core::OpTag tag) noexcept override { received = tag; }
  void send(int, core::Bytes, core::OpTag) noexcept override {}
  void cancel(core::OpTag) noexcept override {}
  void shutdown_both(int) noexcept override {}
  void shutdown_write(int) noexcept override {}
  void close(int fd) noexcept override { closed.push_back(fd); }
  void return_buffer(std::uint16_t buffer) noexcept override { returned.push_back(buffer); }
  std::span<const core::Completion> reap(core::BootNanos) noexcept override { return {}; }
  core::Waker& waker() noexcept override { return waker_; }
  void set_asleep(bool) noexcept override {}

  core::OpTag received;
  std::vector<int> closed;
  std::vector<std::uint16_t> returned;

 private:
  struct Quiet final : core::Waker {
    void wake() noexcept override {}
  } waker_;
};

TEST(Server, IgnoresCompletionsOfAConnectionThatIsGoneAndReturnsTheirBuffers) {
  ServerRig outside;
  RecordingRing ring;
  ServerGroup group(1);
  ServerConfig config;
  config.address_of = [](int) noexcept { return core::Address{}; };
  Server server(config,
                {.index = outside.index,
                 .reader = outside.reader,
                 .admins = outside.admins,
                 .commands = outside.commands,
                 .counter = outside.counter,
                 .desk = outside.desk,
                 .words = outside.words,
                 .usage = outside.usage,
                 .random = outside.random,
                 .secrets = outside.secrets,
                 .log = outside.log,
                 .clock = outside.clock,
                 .process = outside,
                 .metrics = outside.metrics},
                group, ring);
  core::TimerWheel timers(outside.clock.boot_now());
  server.start(timers);
  server.begin_turn(outside.clock.now());
  ASSERT_TRUE(server.hand_over(7));
  server.on_mail();
  const core::OpTag first = ring.received;
  server.on_completion({.tag = first, .result = -ECONNRESET, .data = {}});
  EXPECT_EQ(ring.closed, std::vector<int>{7});

  ASSERT_TRUE(server.hand_over(7));  // The same slot, and the same descriptor.
  server.on_mail();
  EXPECT_EQ(ring.received.slot, first.slot);
  EXPECT_NE(ring.received.generation, first.generation);
  const std::string request = get("/health", "");
  const auto before = outside.metrics.bytes_received.value();
  server.on_completion({.tag = first,
                        .result = static_cast<std::int32_t>(request.size()),
                        .has_buffer = true,
                        .buffer = 3,
                        .data = std::as_bytes(std::span(request))});
  core::OpTag nobody = first;
  nobody.slot = 1'000'000;
  server.on_completion({.tag = nobody, .result = 0, .has_buffer = true, .buffer = 4, .data = {}});
  EXPECT_EQ(ring.returned, (std::vector<std::uint16_t>{3, 4}));
  EXPECT_EQ(outside.metrics.bytes_received.value(), before);
  EXPECT_EQ(ring.closed.size(), 1U);
  server.abandon();
}

}  // namespace
}  // namespace net
