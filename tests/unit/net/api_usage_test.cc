#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using core::kMicrosPerSecond;
using test::admin;
using test::ApiRig;
using test::failure;
using test::HttpAnswer;

constexpr core::WallMicros kMinute = 60 * kMicrosPerSecond;

class ApiUsage : public testing::Test {
 protected:
  ApiUsage() {
    core::ApiKey key;
    key.id = key.limiter_slot = 1;
    key.tenant_id = 5;
    key.limit = {.rate_limit = 10, .window_s = 3600, .burst = 10};
    rig.reader.key_rows[1] = key;
  }

  // The question that a query makes; it waits for its answer.
  core::UsageQuestion question_of(std::string_view query) {
    CHECK(rig.exchange(rig.client, admin("GET", "/api/keys/1/usage" + std::string(query), ""))
              .empty());
    CHECK(rig.desk.usage.size() == 1);
    return rig.desk.usage.front().question;
  }
  HttpAnswer answer_with(core::ReplyBody body) {
    rig.desk.usage.front().answer(std::move(body));
    rig.desk.usage.clear();
    rig.run();
    return test::read_answer(rig.net.client_take(rig.client));
  }
  std::string issue_of(std::string_view query) {
    const HttpAnswer answer = rig.admin_get("/api/keys/1/usage" + std::string(query));
    CHECK(answer.status == 422);
    return answer.body;
  }

  ApiRig rig;
};

TEST_F(ApiUsage, AsksForTheHourUpToAndWithTheRunningMinute) {
  rig.clock.advance(90 * core::kNanosPerSecond);
  const core::WallMicros now = rig.clock.now().wall_us;
  const auto question = question_of("");
  EXPECT_EQ(question.key_id, 1U);
  EXPECT_EQ(question.to, now - now % kMinute + kMinute);
  EXPECT_EQ(question.from, question.to - 61 * kMinute);
  EXPECT_EQ(question.window, core::UsageWindow::kMinute);
  EXPECT_FALSE(question.by_endpoint || question.by_method || question.by_status);
}

TEST_F(ApiUsage, AKeysHolderAsksForItsOwnWhateverItsScopes) {
  rig.index.record("fp_a").flags = core::AuthRecord::kActive;
  ASSERT_TRUE(rig.exchange(rig.client, test::get("/api/usage?window=hour", "fp_a")).empty());
  ASSERT_EQ(rig.desk.usage.size(), 1u);
  EXPECT_EQ(rig.desk.usage.front().question.key_id, 1u);
  EXPECT_EQ(rig.desk.usage.front().question.window, core::UsageWindow::kHour);
  core::UsageAnswer usage;
  usage.total = 9;
  const HttpAnswer answer = answer_with(std::move(usage));
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(R"("api_key_id":1,)"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find(R"("total":9,)"), std::string::npos) << answer.body;
  EXPECT_EQ(rig.ask(test::get("/api/usage/1", "fp_a")).status, 404);
}

// The clock of these tests starts on a full minute: this very microsecond is in the answer, too.
TEST_F(ApiUsage, CountsTheMinuteThatBeginsNow) {
  const core::WallMicros now = rig.clock.now().wall_us;
  ASSERT_EQ(now % kMinute, 0);
  EXPECT_EQ(question_of("").to, now + kMinute);
}

TEST_F(ApiUsage, AlignsASpanOutwardsAndLeavesAnAlignedOneAsItIs) {
  const auto ragged = question_of("?from=2026-01-01T10:00:59.9Z&to=2026-01-01T11:00:00.000001Z");
  const auto hour = kMinute * 60;
  EXPECT_EQ(ragged.to - ragged.from, hour + kMinute);
  answer_with(core::UsageAnswer{});
  const auto aligned = question_of("?from=2026-01-01T10:00:00Z&to=2026-01-01T11:00:00Z");
  EXPECT_EQ(aligned.from, ragged.from);
  EXPECT_EQ(aligned.to - aligned.from, hour);  // So that spans that meet count nothing twice.
  answer_with(core::UsageAnswer{});
  EXPECT_EQ(question_of("?to=2026-01-01T11:00:00Z").from, aligned.from);
}

TEST_F(ApiUsage, AnswersSpansAtBothEndsOfTime) {
  question_of("?to=1970-01-01T00:00:00Z");
  EXPECT_EQ(answer_with(core::UsageAnswer{}).status, 200);
  const auto last = question_of("?from=9999-12-31T23:59:59Z&to=9999-12-31T23:59:59.999999Z");
  EXPECT_LE(last.from, last.to);
  EXPECT_EQ(answer_with(core::UsageAnswer{}).status, 200);
}

TEST_F(ApiUsage, ReadsWindowAndGroups) {
  const auto question = question_of("?window=hour&group_by=endpoint,status,method,key");
  EXPECT_EQ(question.window, core::UsageWindow::kHour);
  EXPECT_TRUE(question.by_endpoint && question.by_method && question.by_status);
}

TEST_F(ApiUsage, RefusesWhatItDoesNotKnow) {
  EXPECT_NE(issue_of("?window=week").find(R"("field":"window")"), std::string::npos);
  EXPECT_NE(issue_of("?group_by=colour").find(R"("field":"group_by")"), std::string::npos);
  EXPECT_NE(issue_of("?from=yesterday").find(R"("field":"from")"), std::string::npos);
  EXPECT_NE(issue_of("?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z")
                .find(R"({"field":"from","message":"must not lie behind to"})"),
            std::string::npos);
  EXPECT_EQ(rig.admin_get("/api/keys/2/usage").body, failure("NOT_FOUND", "No such key"));
  rig.reader.key_rows[1].deleted_at = 1;
  EXPECT_EQ(rig.admin_get("/api/keys/1/usage").status, 404);
}

TEST_F(ApiUsage, AnswersEveryFieldOfTheSeries) {
  question_of(
      "?from=2026-01-01T10:00:00Z&to=2026-01-01T11:00:00Z&group_by=endpoint,method,status,key");
  core::UsageAnswer answer;
  answer.count = 3;
  answer.rejected = 1;
  answer.total = 40;
  answer.last_used_at = 2 * kMicrosPerSecond;
  answer.series.push_back({.start = 0,
                           .end = kMinute,
                           .endpoint = "/api/data/{id}",
                           .method = core::Method::kPatch,
                           .status = 503,
                           .count = 3,
                           .rejected = 1,
                           .errors = 2,
                           .p50_us = 10,
                           .p90_us = 20,
                           .p99_us = 30});
  EXPECT_EQ(
      answer_with(answer).body,
      R"({"success":true,"data":{"api_key_id":1,"from":"2026-01-01T10:00:00.000000Z",)"
      R"("to":"2026-01-01T11:00:00.000000Z","count":3,"rejected":1,"total":40,)"
      R"("last_used_at":"1970-01-01T00:00:02.000000Z",)"
      R"("rate_limit":{"limit":10,"remaining":10,"reset":1767225600},)"
      R"("series":[{"start":"1970-01-01T00:00:00.000000Z","end":"1970-01-01T00:01:00.000000Z",)"
      R"("group":{"endpoint":"/api/data/{id}","method":"PATCH","status":503,"key":1},)"
      R"("count":3,"rejected":1,"errors":2,"p50_us":10,"p90_us":20,"p99_us":30}]}})");
}

TEST_F(ApiUsage, AnswersNullsForAnUnlimitedKeyThatWasNeverUsed) {
  rig.reader.key_rows[1].limit.rate_limit.reset();
  question_of("?from=2026-01-01T10:00:00Z&to=2026-01-01T11:00:00Z");
  core::UsageAnswer answer;
  answer.series.resize(1);
  answer.series[0].end = kMinute;
  const std::string body = answer_with(answer).body;
  EXPECT_NE(body.find(R"("count":0,"rejected":0,"total":0,"last_used_at":null,)"
                      R"("rate_limit":{"limit":null,"remaining":null,"reset":null},"series":[)"),
            std::string::npos)
      << body;
  EXPECT_NE(body.find(R"("group":{},)"), std::string::npos) << body;
}

TEST_F(ApiUsage, ShowsWhatIsLeftOfTheLimitNow) {
  for (int i = 0; i < 4; ++i) rig.ask(test::get("/api/data", "fp_a"));
  question_of("");
  const std::string body = answer_with(core::UsageAnswer{}).body;
  EXPECT_NE(body.find(R"("rate_limit":{"limit":10,"remaining":6,"reset":)"), std::string::npos)
      << body;
}

TEST_F(ApiUsage, SaysWhyThereIsNoAnswer) {
  question_of("");
  EXPECT_EQ(answer_with(std::monostate{}).body,
            failure("SERVICE_UNAVAILABLE", "Usage can't be read"));
  question_of("");
  const HttpAnswer many = answer_with(core::UsageAnswer{.too_many_rows = true, .series = {}});
  EXPECT_EQ(many.status, 422);
  EXPECT_NE(many.body.find(R"("field":"window")"), std::string::npos);
}

TEST(ApiUsageLogs, AnswersEveryFieldOfARow) {
  ApiRig rig;
  rig.exchange(rig.client,
               admin("GET", "/api/usage_logs?limit=2&cursor=6&api_key_id=3&tenant_id=5", ""));
  ASSERT_EQ(rig.desk.logs.size(), 1U);
  const auto& question = rig.desk.logs.front().question;
  EXPECT_EQ(question.limit, 2U);
  EXPECT_EQ(question.after_id, 6U);
  EXPECT_EQ(question.key_id, 3U);
  EXPECT_EQ(question.tenant_id, 5U);
  core::UsageLogPage page;
  page.rows.resize(1);
  page.rows[0].id = 7;
  page.rows[0].endpoint = "/api/data/\"x\"";
  page.rows[0].event = {.time_us = kMicrosPerSecond,
                        .limiter_ns = 0,
                        .key_id = 3,
                        .tenant_id = 5,
                        .latency_us = 1'999,
                        .status = 429,
                        .method = core::Method::kDelete,
                        .charged = false,
                        .address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 1},
                        .endpoint = {}};
  page.next_after_id = 7;
  rig.desk.logs.front().answer(page);
  rig.run();
  EXPECT_EQ(test::read_answer(rig.net.client_take(rig.client)).body,
            R"({"success":true,"data":[{"id":7,"api_key_id":3,"tenant_id":5,)"
            R"("endpoint":"/api/data/\"x\"","method":"DELETE","status_code":429,)"
            R"("response_time":1,"response_time_us":1999,"ip_address":"10.0.0.1",)"
            R"("created_at":"1970-01-01T00:00:01.000000Z"}],)"
            R"("meta":{"limit":2,"next_cursor":"7"}})");
}

TEST(ApiUsageLogs, TakesAFilterForEveryField) {
  ApiRig rig;
  rig.exchange(rig.client, admin("GET",
                                 "/api/usage_logs?endpoint=/api/data*&method=DELETE&status_code=4xx"
                                 "&ip_address=10.0.0.0/8&from=1970-01-01T00:00:01Z"
                                 "&to=1970-01-01T00:00:02Z",
                                 ""));
  ASSERT_EQ(rig.desk.logs.size(), 1U);
  const auto& question = rig.desk.logs.front().question;
  EXPECT_EQ(question.endpoint, "/api/data");
  EXPECT_TRUE(question.is_endpoint_begin);
  EXPECT_EQ(question.method, core::Method::kDelete);
  EXPECT_EQ(question.status_min, 400);
  EXPECT_EQ(question.status_max, 499);
  EXPECT_EQ(question.network, *core::parse_network("10.0.0.0/8"));
  EXPECT_EQ(question.from, kMicrosPerSecond);
  EXPECT_EQ(question.to, 2 * kMicrosPerSecond);
}

TEST(ApiUsageLogs, ReadsAStatusAndAWholePath) {
  ApiRig rig;
  rig.exchange(rig.client, admin("GET", "/api/usage_logs?endpoint=/v1/a&status_code=404", ""));
  const auto& question = rig.desk.logs.front().question;
  EXPECT_EQ(question.endpoint, "/v1/a");
  EXPECT_FALSE(question.is_endpoint_begin);
  EXPECT_EQ(question.status_min, 404);
  EXPECT_EQ(question.status_max, 404);
}

TEST(ApiUsageLogs, NamesEachFilterThatIsNone) {
  ApiRig rig;
  for (const auto& [field, value] :
       std::vector<std::pair<std::string, std::string>>{{"endpoint", "data"},
                                                        {"endpoint", "*"},
                                                        {"endpoint", "/" + std::string(200, 'x')},
                                                        {"method", "get"},
                                                        {"status_code", "99"},
                                                        {"status_code", "600"},
                                                        {"status_code", "0xx"},
                                                        {"status_code", "xx"},
                                                        {"status_code", "44xx"},
                                                        {"ip_address", "10.0.0.0/33"},
                                                        {"from", "yesterday"},
                                                        {"to", ""}}) {
    const HttpAnswer answer = rig.admin_get("/api/usage_logs?" + field + "=" + value);
    EXPECT_EQ(answer.status, 422) << field << "=" << value;
    EXPECT_NE(answer.body.find("\"field\":\"" + field + "\""), std::string::npos) << answer.body;
  }
  EXPECT_EQ(
      rig.admin_get("/api/usage_logs?from=1970-01-01T00:00:02Z&to=1970-01-01T00:00:01Z").status,
      422);
  EXPECT_TRUE(rig.desk.logs.empty());
}

TEST(ApiUsageLogs, ShowsOneRecordById) {
  ApiRig rig;
  for (const std::uint64_t there : {7U, 8U}) {
    rig.exchange(rig.client, admin("GET", "/api/usage_logs/7", ""));
    const auto& question = rig.desk.logs.back().question;
    EXPECT_EQ(question.after_id, 6U);
    EXPECT_EQ(question.limit, 1U);
    core::UsageLogPage page;
    page.rows.resize(1);
    page.rows[0].id = there;
    rig.desk.logs.back().answer(page);
    rig.desk.logs.pop_back();
    rig.run();
    const HttpAnswer answer = test::read_answer(rig.net.client_take(rig.client));
    EXPECT_EQ(answer.status, there == 7U ? 200 : 404);
    EXPECT_EQ(answer.body.find(R"("id":7,)") != std::string::npos, there == 7U);
  }
}

TEST(ApiUsageLogs, SaysWhenTheLogCanNotBeRead) {
  ApiRig rig;
  rig.exchange(rig.client, admin("GET", "/api/usage_logs", ""));
  EXPECT_EQ(rig.desk.logs.front().question.limit, 100U);
  rig.desk.logs.front().answer(std::monostate{});
  rig.run();
  EXPECT_EQ(test::read_answer(rig.net.client_take(rig.client)).body,
            failure("SERVICE_UNAVAILABLE", "The usage log can't be read"));
  EXPECT_EQ(rig.admin_get("/api/usage_logs?api_key_id=abc").status, 422);
}

}  // namespace
}  // namespace net
