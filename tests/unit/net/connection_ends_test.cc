// Connections that end badly, in every phase: nothing may leak, and nothing may grow.
#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using core::kNanosPerSecond;
using test::ApiRig;
using test::get;
using test::read_answers;
using test::ServerRig;

std::string write_request() {
  return ApiRig::keyed("POST", "/api/data", R"({"name":"n"})");
}

// The outcome of every command that waits.
void answer_all(ServerRig& rig) {
  while (!rig.commands.waiting.empty()) {
    rig.commands.take().answer(core::Outcome{.code = core::OutcomeCode::kNotFound, .row = {}});
  }
}

// Only the listener and its accept are left.
void expect_nothing_left(ServerRig& rig) {
  EXPECT_EQ(rig.net.open_descriptors(), 1U);
  EXPECT_EQ(rig.ring.buffers_lent(), 0U);
  EXPECT_EQ(rig.ring.operations_in_flight(), 1U);
  EXPECT_EQ(rig.usage.reserved, 0);
  EXPECT_EQ(rig.group.connections(), 0U);
  EXPECT_EQ(rig.metrics.connections_open.value(), 0U);
}

// What a client has sent when it goes, by phase.
std::vector<std::string> phases() {
  std::string pipelined;
  for (int i = 0; i < 50; ++i) pipelined += get("/api/data", "fp_a");
  const std::string write = write_request();
  return {"",
          "GET /hea",
          write.substr(0, write.size() - 5),
          "POST /api/data HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
          "POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
          write,
          write + pipelined,
          write + write + write,
          pipelined,
          get("/health", "", "Connection: close\r\n"),
          "broken\r\n\r\n" + pipelined};
}

enum class Going { kReset, kClose, kFinish };

void go(ServerRig& rig, int client, Going going) {
  switch (going) {
    case Going::kReset:
      return rig.net.client_reset(client);
    case Going::kClose:
      return rig.net.client_close(client);
    case Going::kFinish:
      return rig.net.client_shutdown_write(client);
  }
}

void end_in_phase(const std::string& sent, Going going, std::uint64_t seed) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << ", going " << static_cast<int>(going)
                                  << ", sent " << sent.substr(0, 60));
  ServerRig rig(seed == 0 ? sim::SimRingOptions{} : sim::SimRingOptions::chaos(seed));
  rig.index.add("fp_a", 1, 5, 1'000'000);
  const int client = rig.connect();
  rig.net.set_send_window(client, seed % 2 == 0 ? 1'000 : 100'000);  // Sending, or sent.
  rig.net.client_send(client, sent);
  rig.run();
  rig.pass(static_cast<core::BootNanos>(seed % 3) * kNanosPerSecond / 1000);
  go(rig, client, going);
  rig.run();
  for (int i = 0; i < 400 && rig.net.open_descriptors() > 1; ++i) {
    answer_all(rig);
    rig.net.client_take(client);
    rig.pass(kNanosPerSecond / 10);
  }
  expect_nothing_left(rig);
}

TEST(ConnectionEnds, LeaveNothingBehindInAnyPhaseOfARequest) {
  for (const std::string& sent : phases()) {
    for (const Going going : {Going::kReset, Going::kClose, Going::kFinish}) {
      for (std::uint64_t seed = 0; seed <= 6; ++seed) end_in_phase(sent, going, seed);
    }
  }
}

TEST(ConnectionEnds, LeaveNothingBehindOfAWriteWhoseAnswerComesDuringADrain) {
  for (std::uint64_t seed = 0; seed <= 12; ++seed) {
    ServerRig rig(seed == 0 ? sim::SimRingOptions{} : sim::SimRingOptions::chaos(seed));
    rig.index.add("fp_a", 1, 5);
    const int stays = rig.connect();
    const int leaves = rig.connect();
    rig.net.client_send(stays, write_request() + get("/health", ""));
    rig.net.client_send(leaves, write_request());
    for (int i = 0; i < 50 && rig.commands.waiting.size() < 2; ++i) rig.pass(kNanosPerSecond / 100);
    rig.server->drain();
    rig.net.client_reset(leaves);
    rig.pass(kNanosPerSecond);
    EXPECT_FALSE(rig.server->drained());
    answer_all(rig);
    rig.pass(kNanosPerSecond);
    const auto answers = read_answers(rig.net.client_take(stays));
    ASSERT_EQ(answers.size(), 1U) << seed;  // What stands behind the write is dropped.
    EXPECT_EQ(answers[0].header("Connection"), "close");
    rig.net.client_close(stays);
    rig.pass(3 * kNanosPerSecond);
    EXPECT_TRUE(rig.server->drained()) << seed;
    EXPECT_EQ(rig.net.open_descriptors(), 0U);
    EXPECT_EQ(rig.ring.operations_in_flight(), 0U);
    EXPECT_EQ(rig.ring.buffers_lent(), 0U);
    EXPECT_EQ(rig.usage.reserved, 0);
  }
}

TEST(ConnectionBounds, StopsReadingBehindAWriteAndServesAllOfItAfterwards) {
  ServerRig rig({}, [](ServerConfig& config) { config.limits.pipelined_bytes_max = 8 * 1024; });
  rig.index.add("fp_a", 1, 5, 1'000'000);
  const int client = rig.connect();
  rig.net.client_send(client, write_request());
  const std::string request = get("/api/data", "fp_a");
  constexpr std::size_t kRequests = 10'000;
  for (std::size_t i = 0; i < kRequests; ++i) rig.net.client_send(client, request);
  rig.run();
  ASSERT_EQ(rig.commands.waiting.size(), 1U);
  // What one reap may receive before the pause takes effect: 32 buffers of 4 KiB.
  EXPECT_GT(rig.net.unread(client), kRequests * request.size() - 8 * 1024 - 2 * 32 * 4096);
  answer_all(rig);
  rig.run();
  EXPECT_EQ(read_answers(rig.net.client_take(client)).size(), kRequests + 1);
  rig.net.client_close(client);
  rig.run();
  expect_nothing_left(rig);
}

// The answers fill their bound to the last bytes; the 100 Continue goes beyond it. The body that
// follows can't be read before those are sent, and must not pile up meanwhile.
TEST(ConnectionBounds, KeepsNoMoreOfABodyThatHasToWaitThanOfRequests) {
  const std::string first = get("/health", "", "X-Request-ID: r\r\n");
  ServerRig probe;
  const std::size_t answer_bytes = probe.exchange(probe.connect(), first).size();
  ServerRig rig({}, [&](ServerConfig& config) {
    config.limits.out_bytes_max = answer_bytes + 1;
    config.limits.pipelined_bytes_max = 8 * 1024;
  });
  const int client = rig.connect();
  rig.net.set_send_window(client, 0);
  constexpr std::size_t kBody = 1024 * 1024;
  rig.net.client_send(client, first +
                                  "POST /nowhere HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n"
                                  "Content-Length: " +
                                  std::to_string(kBody) + "\r\n\r\n");
  rig.run();
  rig.net.client_send(client, std::string(kBody, 'x'));
  rig.run();
  EXPECT_GT(rig.net.unread(client), kBody - 8 * 1024 - 2 * 32 * 4096);
  rig.net.set_send_window(client, 100'000);
  rig.run();
  const auto answers = read_answers(rig.net.client_take(client));
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[1].status, 100);
  EXPECT_EQ(answers[2].status, 404);
}

// A receive may end by itself at any time: also the one that drops what comes behind the answer.
TEST(ConnectionEnds, ReadOnWhileTheyLingerSoThatNoResetDestroysTheAnswer) {
  sim::SimRingOptions options;
  options.end_chance = 100;
  options.receives_max = 1;
  ServerRig rig(options);
  const int client = rig.connect();
  rig.net.client_send(client, "broken\r\n\r\n" + std::string(200'000, 'x'));
  rig.pass(kNanosPerSecond);
  EXPECT_EQ(rig.net.unread(client), 0U);
  rig.net.client_shutdown_write(client);
  rig.run();
  EXPECT_EQ(rig.net.open_descriptors(), 1U);
  EXPECT_FALSE(rig.net.client_sees_reset(client));
  EXPECT_EQ(read_answers(rig.net.client_take(client)).at(0).status, 400);
}

}  // namespace
}  // namespace net
