#include "net/exchange.h"

#include <gtest/gtest.h>

#include <string>

namespace net {
namespace {

TEST(RequestId, TakesTheClientsIfItIsShortAndPlain) {
  RequestId id;
  EXPECT_TRUE(id.take("Az09._-"));
  EXPECT_EQ(id.text(), "Az09._-");
  EXPECT_TRUE(id.take("a"));
  EXPECT_EQ(id.text(), "a");
  const std::string longest(RequestId::kBytesMax, 'x');
  EXPECT_TRUE(id.take(longest));
  EXPECT_EQ(id.text(), longest);
}

TEST(RequestId, LeavesTheClientsAloneIfItCouldBreakAHeaderOrALog) {
  RequestId id;
  EXPECT_TRUE(id.take("kept"));
  for (const std::string_view bad :
       {"", "a b", "a\r\nX: y", "a\"b", "{}", "\xC3\xA9", "a/b", "a,b"}) {
    EXPECT_FALSE(id.take(bad)) << bad;
  }
  EXPECT_FALSE(id.take(std::string(RequestId::kBytesMax + 1, 'x')));
  EXPECT_FALSE(id.take(std::string_view("a\0b", 3)));
  EXPECT_EQ(id.text(), "kept");
}

TEST(RequestId, MakesSixteenHexadecimalDigits) {
  RequestId id;
  id.make(0);
  EXPECT_EQ(id.text(), "0000000000000000");
  id.make(0x0123456789ABCDEF);
  EXPECT_EQ(id.text(), "0123456789abcdef");
}

TEST(RecordedMethod, IsTheSameWhereTheUsageLogHasIt) {
  for (const Method method : {Method::kGet, Method::kHead, Method::kPost, Method::kPut,
                              Method::kPatch, Method::kDelete, Method::kOptions}) {
    EXPECT_EQ(core::method_name(recorded_method(method)), method_name(method));
  }
  EXPECT_EQ(recorded_method(Method::kTrace), core::Method::kOther);
}

}  // namespace
}  // namespace net
