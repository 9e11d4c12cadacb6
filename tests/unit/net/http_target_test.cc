#include "net/http_target.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/guarded_bytes.h"

namespace net {
namespace {

// The status of the refusal, 0 if there is none.
int split(RequestHead& head, Method method, std::string_view target) {
  head.method = method;
  head.target = target;
  const auto refusal = parse_target(head);
  return refusal ? refusal->status : 0;
}

TEST(ParseTarget, SplitsAtTheFirstQuestionMark) {
  RequestHead head;
  EXPECT_EQ(split(head, Method::kGet, "/a%3Fb?c=%zz?d"), 0);
  EXPECT_EQ(head.form, TargetForm::kOrigin);
  EXPECT_EQ(head.path, "/a%3Fb");
  EXPECT_EQ(head.query, "c=%zz?d");
  EXPECT_EQ(split(head, Method::kGet, "/a?"), 0);
  EXPECT_EQ(head.path, "/a");
  EXPECT_EQ(head.query, "");
  EXPECT_EQ(split(head, Method::kGet, "/"), 0);
  EXPECT_EQ(head.path, "/");
  EXPECT_EQ(head.query, "");
}

TEST(ParseTarget, ReadsNothingBehindAnEscapeThatIsCutOff) {
  GuardedBytes guarded(64);
  RequestHead head;
  for (const std::string_view target :
       {"/%", "/%2", "/0123456789abcd%", "/0123456789abcd%2", "http://a%", "http://a%2",
        "http://a/%2", "http://[", "h"}) {
    EXPECT_EQ(split(head, Method::kGet, guarded.place_at_end(target)), 400) << target;
  }
}

TEST(ParseTarget, LetsAnEscapeBeFollowedByAnything) {
  RequestHead head;
  EXPECT_EQ(split(head, Method::kGet, "/%41%42?%"), 0);
  EXPECT_EQ(head.path, "/%41%42");
  EXPECT_EQ(split(head, Method::kGet, "/%41%4?%"), 400);
  EXPECT_EQ(split(head, Method::kGet, "/%%41"), 400);
}

TEST(ParseTarget, TakesAsteriskForOptionsOnly) {
  RequestHead head;
  EXPECT_EQ(split(head, Method::kOptions, "*"), 0);
  EXPECT_EQ(head.form, TargetForm::kAsterisk);
  EXPECT_EQ(split(head, Method::kGet, "*"), 400);
}

TEST(IsAuthority, TakesNamesAddressesAndPorts) {
  for (const std::string_view good :
       {"a", "a:1", "a:65535", "a:", "1.2.3.4:80", "[::]", "[::1]:80", "[1:2:3:4:5:6:7:8]",
        "[1:2:3:4:5:6:255.255.255.255]", "%41", "a%2D:1", "a,b"}) {
    EXPECT_TRUE(is_authority(good)) << good;
  }
  for (const std::string_view bad : {"",
                                     ":",
                                     ":1",
                                     "a:65536",
                                     "a:1x",
                                     "a:1:",
                                     "[]",
                                     "[",
                                     "]",
                                     "[::1",
                                     "[::1]a",
                                     "[1:2:3:4:5:6:7]",
                                     "[1:2:3:4:5:6:7:8:9]",
                                     "[::1%eth0]",
                                     "[1:2:3:4:5:6:255.255.255.2555]",
                                     "a[::1]",
                                     "%4",
                                     "%",
                                     "a b",
                                     "a@b",
                                     "a/b"}) {
    EXPECT_FALSE(is_authority(bad)) << bad;
  }
}

TEST(IsConnectTarget, NeedsAPort) {
  EXPECT_TRUE(is_connect_target("a:1"));
  EXPECT_TRUE(is_connect_target("[::1]:443"));
  for (const std::string_view bad : {"a", "a:", "[::1]", "[::1]:", "", ":1", "a:b"}) {
    EXPECT_FALSE(is_connect_target(bad)) << bad;
  }
}

}  // namespace
}  // namespace net
