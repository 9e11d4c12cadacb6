#include "net/connection.h"

#include <gtest/gtest.h>

#include "tests/support/server_rig.h"

namespace net {
namespace {

using test::get;
using test::ServerRig;

int count(std::string_view text, std::string_view what) {
  int found = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

TEST(Connection, AnswersAKeyedRequestAndKeepsTheConnection) {
  ServerRig rig;
  rig.index.add("fp_a", 1, 5, 10);
  rig.reader.add_row(5, 1, R"({"id":1})");
  const int client = rig.connect();
  for (int i = 1; i <= 3; ++i) {
    const std::string answer = rig.exchange(client, get("/api/data", "fp_a"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_EQ(count(answer, R"({"success":true,"data":[{"id":1}],"meta":)"), 1) << answer;
    EXPECT_EQ(count(answer, "X-RateLimit-Remaining: " + std::to_string(10 - i) + "\r\n"), 1)
        << answer;
  }
  EXPECT_EQ(rig.usage.records.size(), 3U);
  EXPECT_EQ(rig.usage.reserved, 0);
  EXPECT_FALSE(rig.net.client_sees_eof(client));
}

TEST(Connection, AnswersPipelinedRequestsInOrderWithOneSend) {
  ServerRig rig;
  rig.index.add("fp_a", 1, 5);
  const int client = rig.connect();
  std::string requests;
  for (int i = 0; i < 16; ++i) {
    requests += get("/api/data", "fp_a", "X-Request-ID: r" + std::to_string(i) + "\r\n");
  }
  const auto sends = rig.ring.sends();
  const std::string answers = rig.exchange(client, requests);
  EXPECT_EQ(rig.ring.sends() - sends, 1U);
  std::size_t at = 0;
  for (int i = 0; i < 16; ++i) {
    at = answers.find("X-Request-ID: r" + std::to_string(i) + "\r\n", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(Connection, HoldsThePipelineBehindAWriteUntilItsOutcomeIsKnown) {
  ServerRig rig;
  rig.index.add("fp_a", 1, 5);
  const int client = rig.connect();
  const std::string write =
      "POST /api/data HTTP/1.1\r\nHost: t\r\nX-API-Key: fp_a\r\nContent-Length: "
      "12\r\n\r\n{\"name\":\"n\"}";
  EXPECT_EQ(rig.exchange(client, write + get("/api/data", "fp_a")), "");
  ASSERT_EQ(rig.commands.waiting.size(), 1U);
  const int turns = rig.reader.turns;
  rig.commands.take().answer(
      core::Outcome{.code = core::OutcomeCode::kDone,
                    .row = core::RowImage{.id = 9, .version = 1, .json = "{}"}});
  rig.run();
  EXPECT_GT(rig.reader.turns, turns + 1);  // Renewed once more behind the write.
  const std::string answers = rig.net.client_take(client);
  EXPECT_EQ(count(answers, "HTTP/1.1 201 Created\r\n"), 1);
  EXPECT_EQ(count(answers, "HTTP/1.1 200 OK\r\n"), 1);
  EXPECT_LT(answers.find("201"), answers.find("200 OK"));
}

// The same bytes in any pieces, under every legal order of completions, give the same answers.
TEST(Connection, GivesTheSameAnswersHoweverTheBytesAreCut) {
  const std::string request =
      get("/api/data", "fp_a") +
      "POST /api/data HTTP/1.1\r\nHost: t\r\nX-API-Key: fp_a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;a=b\r\n{\"nam\r\n7\r\ne\":\"n\"}\r\n0\r\nT: 1\r\n\r\n" +
      get("/api/data/4", "fp_a") + "GET / HTTP/1.1\r\nHost: t\r\n\r\n";
  const auto run = [&](std::uint64_t seed, std::size_t cut) {
    ServerRig rig(seed == 0 ? sim::SimRingOptions{} : sim::SimRingOptions::chaos(seed));
    rig.index.add("fp_a", 1, 5);
    rig.reader.add_row(5, 4, R"({"id":4})");
    const int client = rig.connect();
    rig.net.client_send(client, std::string_view(request).substr(0, cut));
    rig.run();
    rig.net.client_send(client, std::string_view(request).substr(cut));
    for (int i = 0; i < 200; ++i) {
      rig.pass(core::kNanosPerSecond / 100);
      if (!rig.commands.waiting.empty()) {
        rig.commands.take().answer(
            core::Outcome{.code = core::OutcomeCode::kDone,
                          .row = core::RowImage{.id = 9, .version = 1, .json = "{}"}});
      }
    }
    std::string answers = rig.net.client_take(client);
    // Times and ids made from counters may differ; statuses and bodies may not.
    std::string shape;
    for (std::size_t at = 0; (at = answers.find("HTTP/1.1 ", at)) != std::string::npos; ++at) {
      shape += answers.substr(at + 9, 3) + " ";
    }
    return shape;
  };
  const std::string whole = run(0, 0);
  EXPECT_EQ(whole, "200 201 200 404 ");
  for (std::size_t cut = 1; cut < request.size(); ++cut) EXPECT_EQ(run(0, cut), whole) << cut;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) EXPECT_EQ(run(seed, seed), whole) << seed;
}

TEST(Connection, AnswersAClientThatHasFinishedSending) {
  ServerRig rig;
  rig.index.add("fp_a", 1, 5);
  const int client = rig.connect();
  rig.net.client_send(client, get("/api/data", "fp_a"));
  rig.net.client_shutdown_write(client);
  rig.run();
  EXPECT_TRUE(rig.net.client_take(client).starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(rig.net.client_sees_eof(client));
}

TEST(Connection, RefusesReadablyAndDropsWhatFollows) {
  ServerRig rig;
  const int client = rig.connect();
  const std::string answer =
      rig.exchange(client, "GET / HTTP/1.1\r\nHost : t\r\n\r\n" + get("/health", ""));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_EQ(count(answer, "HTTP/1.1 "), 1);
  EXPECT_EQ(count(answer, "Connection: close\r\n"), 1);
  rig.net.client_send(client, std::string(100'000, 'x'));
  rig.run();
  EXPECT_TRUE(rig.net.client_sees_eof(client));
  EXPECT_FALSE(rig.net.client_sees_reset(client));
}

TEST(Connection, ClosesSlowHeadsSlowBodiesAndIdleOnesAtTheirDeadlines) {
  const auto closed_after = [](std::string_view begin, std::string_view drip) {
    ServerRig rig;
    rig.index.add("fp_a", 1, 5);
    const int client = rig.connect();
    rig.net.client_send(client, begin);
    rig.run();
    for (int second = 0; second < 200; ++second) {
      if (rig.net.client_sees_eof(client)) return second;
      if (!drip.empty()) rig.net.client_send(client, drip);
      rig.pass(core::kNanosPerSecond);
      rig.net.client_take(client);
    }
    return 200;
  };
  EXPECT_EQ(closed_after("", ""), 11);
  EXPECT_EQ(closed_after("GET / HT", "x"), 11);
  EXPECT_EQ(closed_after("POST /api/data HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n", "x"),
            11);
  EXPECT_EQ(closed_after("POST /api/data HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n",
                         "1\r\nx\r\n"),
            11);
  EXPECT_EQ(closed_after("GET /health HTTP/1.1\r\nHost: t\r\n\r\n", ""), 76);
}

TEST(Connection, StopsReadingAClientThatDoesNotTakeItsAnswers) {
  ServerRig rig({}, [](ServerConfig& config) { config.limits.out_bytes_max = 8 * 1024; });
  rig.index.add("fp_a", 1, 5, 1'000'000);
  const int client = rig.connect();
  rig.net.set_send_window(client, 1024);
  const std::string request = get("/api/data", "fp_a");
  for (int i = 0; i < 10'000; ++i) rig.net.client_send(client, request);
  rig.run();
  EXPECT_LT(rig.usage.records.size(), 100U);
  EXPECT_GT(rig.net.unread(client), request.size() * 5'000);
  std::size_t answers = 0;
  for (int i = 0; i < 100'000 && answers < 10'000; ++i) {
    answers += static_cast<std::size_t>(count(rig.net.client_take(client), "HTTP/1.1 200 OK"));
    rig.run();
  }
  EXPECT_NEAR(static_cast<double>(answers), 10'000, 100);  // Heads cut by the window count once.
  EXPECT_EQ(rig.usage.records.size(), 10'000U);
}

TEST(Connection, SaysContinueOnlyToAClientThatWaits) {
  ServerRig rig;
  const std::string head =
      "POST /api/tenants HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  const int waits = rig.connect();
  EXPECT_EQ(rig.exchange(waits, head), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_TRUE(rig.exchange(waits, "{}").starts_with("HTTP/1.1 401"));
  const int does_not = rig.connect();
  EXPECT_TRUE(rig.exchange(does_not, head + "{}").starts_with("HTTP/1.1 401"));
}

TEST(Connection, HoldsAnswersUntilTheirRecordsAreSynced) {
  ServerRig rig({}, [](ServerConfig& config) { config.sync_before_send = true; });
  rig.index.add("fp_a", 1, 5);
  const int client = rig.connect();
  EXPECT_EQ(rig.exchange(client, get("/api/data", "fp_a")), "");
  rig.usage.sync_all();
  rig.run();
  EXPECT_TRUE(rig.net.client_take(client).starts_with("HTTP/1.1 200"));
}

TEST(Connection, PublishesTheRecordOfAWriteWhoseClientIsGone) {
  ServerRig rig;
  rig.index.add("fp_a", 1, 5);
  const int client = rig.connect();
  rig.exchange(client, "DELETE /api/data/1 HTTP/1.1\r\nHost: t\r\nX-API-Key: fp_a\r\n\r\n");
  rig.net.client_reset(client);
  rig.run();
  EXPECT_EQ(rig.usage.reserved, 1);
  rig.commands.take().answer(core::Outcome{.code = core::OutcomeCode::kNotFound, .row = {}});
  rig.run();
  EXPECT_EQ(rig.usage.reserved, 0);
  ASSERT_EQ(rig.usage.records.size(), 1U);
  EXPECT_EQ(rig.usage.records[0].event.status, 404);
  EXPECT_EQ(rig.net.open_descriptors(), 1U);  // The listener.
}

}  // namespace
}  // namespace net
