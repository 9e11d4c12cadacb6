#include "net/responder.h"

#include <gtest/gtest.h>

#include "tests/support/fake_ports.h"
#include "tests/support/http_answers.h"
#include "tests/support/sim_clock.h"
#include "tests/support/temp_folder.h"

namespace net {
namespace {

using test::read_answer;

class ResponderTest : public testing::Test {
 protected:
  ResponderTest() : responder({.usage = usage, .clock = clock, .metrics = metrics}) {
    responder.begin_turn(clock.now());
    exchange.begun = clock.now();
    exchange.path = "/api/data";
    exchange.route.id = RouteId::kData;
    CHECK(exchange.request_id.take("r1"));
  }

  // As after a gate that has admitted a key.
  void identify() {
    CHECK(usage.reserve());
    exchange.verdict.identified = exchange.verdict.charged = true;
    exchange.verdict.record.key_id = 3;
    exchange.verdict.record.tenant_id = 5;
  }

  test::FakeUsage usage;
  sim::SimClock clock;
  ShardMetrics metrics;
  Responder responder;
  Exchange exchange;
  OutBuffer out;
};

TEST(ErrorCode, IsKnownForEveryStatusOfAFailure) {
  const std::pair<int, std::string_view> rows[] = {
      {400, "BAD_REQUEST"},         {401, "UNAUTHORIZED"},       {403, "FORBIDDEN"},
      {404, "NOT_FOUND"},           {405, "METHOD_NOT_ALLOWED"}, {409, "CONFLICT"},
      {412, "PRECONDITION_FAILED"}, {413, "PAYLOAD_TOO_LARGE"},  {414, "BAD_REQUEST"},
      {417, "BAD_REQUEST"},         {422, "VALIDATION_ERROR"},   {429, "RATE_LIMIT_EXCEEDED"},
      {431, "BAD_REQUEST"},         {500, "INTERNAL_ERROR"},     {501, "BAD_REQUEST"},
      {503, "SERVICE_UNAVAILABLE"}, {505, "BAD_REQUEST"},
  };
  for (const auto& [status, code] : rows) EXPECT_EQ(error_code(status), code) << status;
}

TEST_F(ResponderTest, WrapsDataAndWhatStandsBehindIt) {
  responder.success(exchange, out, 200, "[1]", R"(,"meta":{})");
  EXPECT_EQ(read_answer(out.text()).body, R"({"success":true,"data":[1],"meta":{}})");
}

TEST_F(ResponderTest, WrapsFailuresWithTheirDetailsAndEscapesTheMessage) {
  responder.failure(exchange, out,
                    {.status = 409, .message = "a \"b\"", .details = "[2]", .more = "A: b\r\n"});
  const auto answer = read_answer(out.text());
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.header("A"), "b");
  EXPECT_EQ(answer.body,
            R"({"success":false,"error":{"code":"CONFLICT","message":"a \"b\"","details":[2]}})");
}

TEST_F(ResponderTest, SendsARefusalAs403ToWhoPassesOnNoOther) {
  exchange.only_401_and_403 = true;
  identify();
  const auto sent = [&](int status) {
    OutBuffer one;
    responder.failure(exchange, one, {.status = status, .message = "No", .more = "A: b\r\n"});
    if (status != 503) CHECK(usage.reserve());
    return read_answer(one.text());
  };
  for (const int status : {400, 429, 503}) {
    const auto answer = sent(status);
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.header("X-Error-Status"), std::to_string(status));
    EXPECT_EQ(answer.header("A"), "b");
    EXPECT_NE(answer.body.find(error_code(status)), std::string::npos);
    EXPECT_EQ(usage.records.back().event.status, status);
    if (status == 503) CHECK(usage.reserve());
  }
  for (const int status : {401, 403}) {
    const auto answer = sent(status);
    EXPECT_EQ(answer.status, status);
    EXPECT_FALSE(answer.has("X-Error-Status"));
  }
}

TEST_F(ResponderTest, RecordsAnExchangeThatIsAnsweredByAnother) {
  responder.record(exchange, 200);
  EXPECT_TRUE(usage.records.empty());
  identify();
  exchange.recorded = core::Method::kDelete;
  responder.record(exchange, 429);
  ASSERT_EQ(usage.records.size(), 1U);
  EXPECT_EQ(usage.records[0].event.status, 429);
  EXPECT_EQ(usage.records[0].event.method, core::Method::kDelete);
  EXPECT_EQ(usage.records[0].endpoint, "/api/data");
  EXPECT_EQ(exchange.usage_sequence, 1U);
  EXPECT_TRUE(out.text().empty());
}

TEST_F(ResponderTest, PublishesExactlyOneRecordForAnIdentifiedExchange) {
  identify();
  clock.advance(1'500'999);
  responder.failure(exchange, out, {.status = 404, .message = "No such row"});
  EXPECT_EQ(usage.reserved, 0);
  ASSERT_EQ(usage.records.size(), 1U);
  EXPECT_EQ(usage.records[0].event.status, 404);
  EXPECT_EQ(usage.records[0].event.key_id, 3U);
  EXPECT_EQ(usage.records[0].event.tenant_id, 5U);
  EXPECT_EQ(usage.records[0].event.latency_us, 1'500U);
  EXPECT_TRUE(usage.records[0].event.charged);
  EXPECT_EQ(exchange.usage_sequence, 1U);
}

TEST_F(ResponderTest, PublishesNothingForSomebodyUnknown) {
  responder.success(exchange, out, 200, "1");
  EXPECT_TRUE(usage.records.empty());
  EXPECT_EQ(exchange.usage_sequence, 0U);
}

TEST_F(ResponderTest, CutsTheEndpointOfARecordAtItsBound) {
  identify();
  const std::string path = "/api/" + std::string(300, 'x');
  exchange.path = path;
  responder.success(exchange, out, 200, "1");
  EXPECT_EQ(usage.records[0].endpoint, path.substr(0, core::kEndpointBytesMax));
}

TEST_F(ResponderTest, TakesALatencyOfAClockThatWentBackForNone) {
  identify();
  exchange.begun.boot_ns += core::kNanosPerSecond;
  responder.success(exchange, out, 200, "1");
  EXPECT_EQ(usage.records[0].event.latency_us, 0U);
}

TEST_F(ResponderTest, RoundsWhatTheLimitSaysInSecondsUp) {
  identify();
  exchange.verdict.limited = true;
  exchange.verdict.record.rate_limit = 10;
  exchange.verdict.take.remaining = 0;
  exchange.verdict.take.full_after_ns = 1;
  exchange.verdict.take.retry_after_ns = core::kNanosPerSecond + 1;
  responder.failure(exchange, out, {.status = 429, .message = "over"});
  const auto answer = read_answer(out.text());
  EXPECT_EQ(answer.header("Retry-After"), "2");
  EXPECT_EQ(answer.header("X-RateLimit-Reset"), "1767225601");
}

TEST_F(ResponderTest, CountsTheBodyOfAHeadButDoesNotSendIt) {
  exchange.head_only = true;
  responder.success(exchange, out, 200, "123");
  const auto answer = read_answer(out.text(), false);
  EXPECT_EQ(answer.header("Content-Length"), "27");
}

TEST_F(ResponderTest, TellsAnHttp10ClientThatItMayGoOn) {
  exchange.http_1_0 = true;
  responder.success(exchange, out, 200, "1");
  EXPECT_EQ(read_answer(out.text()).header("Connection"), "keep-alive");
  out.clear();
  exchange.close = true;
  responder.success(exchange, out, 200, "1");
  EXPECT_EQ(read_answer(out.text()).header("Connection"), "close");
}

TEST_F(ResponderTest, CountsEveryAnswerByRouteAndStatus) {
  const auto count = [&] {
    std::uint64_t answers = 0;
    for (const Counter& counter : metrics.requests[static_cast<std::size_t>(RouteId::kData)]) {
      answers += counter.value();
    }
    return answers;
  };
  responder.success(exchange, out, 200, "1");
  responder.failure(exchange, out, {.status = 503, .message = "no"});
  EXPECT_EQ(count(), 2U);
}

TEST_F(ResponderTest, LogsOneLineOfJsonWithoutTheQuery) {
  const core::TempFolder folder;
  {
    auto log = core::AccessLog::open({.file = folder.file("access.log")});
    ASSERT_TRUE(log);
    Responder logging(
        {.usage = usage, .clock = clock, .metrics = metrics, .access_log = log->get()});
    logging.begin_turn(clock.now());
    identify();
    clock.advance(2'000);
    logging.success(exchange, out, 200, "1");
  }
  EXPECT_EQ(folder.read("access.log"),
            R"({"time":"2026-01-01T00:00:00.000000Z","request_id":"r1","method":"GET",)"
            R"("path":"/api/data","route":"/api/data","status":200,"bytes":)" +
                std::to_string(out.size()) +
                R"(,"duration_us":2,"address":"::","key_id":3,"tenant_id":5})"
                "\n");
}

}  // namespace
}  // namespace net
