#include "core/service/usage_query.h"

#include <gtest/gtest.h>

namespace core {
namespace {

UsageEvent event() {
  return {.time_us = 1'000,
          .key_id = 3,
          .tenant_id = 5,
          .status = 404,
          .method = Method::kPut,
          .address = *parse_address("10.1.2.3"),
          .endpoint = "/api/invoices/7"};
}

bool selects(const UsageLogQuestion& question) {
  return question.selects(event());
}

TEST(UsageLogQuestion, SelectsEverythingWhereNothingIsSet) {
  EXPECT_TRUE(selects({}));
  EXPECT_TRUE(UsageLogQuestion{}.selects({}));
}

TEST(UsageLogQuestion, SelectsByKeyAndTenant) {
  UsageLogQuestion question;
  question.key_id = 3;
  question.tenant_id = 5;
  EXPECT_TRUE(selects(question));
  question.tenant_id = 6;
  EXPECT_FALSE(selects(question));
  question.tenant_id = 0;
  question.key_id = 4;
  EXPECT_FALSE(selects(question));
}

TEST(UsageLogQuestion, SelectsByMethod) {
  UsageLogQuestion question;
  question.method = Method::kPut;
  EXPECT_TRUE(selects(question));
  question.method = Method::kPost;
  EXPECT_FALSE(selects(question));
}

TEST(UsageLogQuestion, SelectsStatusesBetweenBothEnds) {
  UsageLogQuestion question;
  question.status_min = question.status_max = 404;
  EXPECT_TRUE(selects(question));
  question.status_min = 405;
  question.status_max = 499;
  EXPECT_FALSE(selects(question));
  question.status_min = 400;
  question.status_max = 403;
  EXPECT_FALSE(selects(question));
}

TEST(UsageLogQuestion, SelectsTimesFromOneMomentUpToBeforeAnother) {
  UsageLogQuestion question;
  question.from = 1'000;
  question.to = 1'001;
  EXPECT_TRUE(selects(question));
  question.from = 1'001;
  question.to = 2'000;
  EXPECT_FALSE(selects(question));
  question.from = 0;
  question.to = 1'000;
  EXPECT_FALSE(selects(question));
}

TEST(UsageLogQuestion, SelectsByNetwork) {
  UsageLogQuestion question;
  question.network = *parse_network("10.1.0.0/16");
  EXPECT_TRUE(selects(question));
  question.network = *parse_network("10.1.2.4");
  EXPECT_FALSE(selects(question));
}

TEST(UsageLogQuestion, SelectsByTheWholePathOrItsBegin) {
  UsageLogQuestion question;
  question.endpoint = "/api/invoices";
  EXPECT_FALSE(selects(question));
  question.is_endpoint_begin = true;
  EXPECT_TRUE(selects(question));
  question.endpoint = "/api/invoices/7";
  EXPECT_TRUE(selects(question));
  question.is_endpoint_begin = false;
  EXPECT_TRUE(selects(question));
}

}  // namespace
}  // namespace core
