#include "net/http_head.h"

#include <gtest/gtest.h>

#include <string>

#include "net/http_parser.h"

namespace net {
namespace {

// One whole head; fails the test if it is not accepted.
RequestHead parse_head(std::string_view bytes) {
  const ParserLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  EXPECT_EQ(parser.parse(bytes, head), ParseOutcome::kComplete) << parser.refusal().reason;
  return head;
}

TEST(MethodName, SpellsEveryMethodAsItIsSent) {
  for (const std::string method :
       {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
    const std::string bytes = method + " / HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_EQ(method_name(parse_head(bytes).method), method);
  }
}

TEST(RequestHead, FindsTheFirstFieldOfANameInAnyCase) {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nCookie: x\r\ncooKie: y\r\nE:\r\n\r\n";
  const RequestHead head = parse_head(bytes);
  EXPECT_EQ(head.find("COOKIE"), &head.fields()[1]);
  EXPECT_EQ(head.find("e"), &head.fields()[3]);
  EXPECT_EQ(head.find("Cook"), nullptr);
  EXPECT_EQ(head.find("Cookies"), nullptr);
}

TEST(RequestHead, FindsNothingOfALongerHeadBefore) {
  const std::string longer = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
  const std::string shorter = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const ParserLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  ASSERT_EQ(parser.parse(longer, head), ParseOutcome::kComplete);
  ASSERT_EQ(parser.parse(shorter, head), ParseOutcome::kComplete);
  EXPECT_EQ(head.find("X"), nullptr);
  EXPECT_EQ(head.fields().size(), 1u);
}

}  // namespace
}  // namespace net
