#include "net/forwarded.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/http_parser.h"

namespace net {
namespace {

core::Address address(std::string_view text) {
  return core::parse_address(text).value();
}

// Whom a request speaks for that came from `peer` with these lines of X-Forwarded-For. Trusted are
// 10.0.0.0/8 and ::1.
std::string client(std::string_view peer, const std::vector<std::string>& lines) {
  std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (const std::string& line : lines)
    bytes += "x-FORWARDED-for: " + line + "\r\nX-A: 1.1.1.1\r\n";
  bytes += "\r\n";
  const ParserLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  EXPECT_EQ(parser.parse(bytes, head), ParseOutcome::kComplete);
  const core::IpNetwork trusted[] = {core::parse_network("10.0.0.0/8").value(),
                                     core::parse_network("::1").value()};
  return core::format_address(client_address(head, address(peer), trusted));
}

TEST(ClientAddress, IsThePeersWhereItIsNoTrustedProxyWhateverItSays) {
  EXPECT_EQ(client("192.0.2.1", {"203.0.113.9"}), "192.0.2.1");
  EXPECT_EQ(client("192.0.2.1", {"203.0.113.9, 10.0.0.1"}), "192.0.2.1");
  EXPECT_EQ(client("192.0.2.1", {}), "192.0.2.1");
  EXPECT_EQ(client("127.0.0.1", {"10.0.0.1"}), "127.0.0.1");
}

TEST(ClientAddress, IsTheRightmostThatIsNoTrustedProxy) {
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9"}), "203.0.113.9");
  EXPECT_EQ(client("::1", {"203.0.113.9"}), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"198.51.100.1, 203.0.113.9"}), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"198.51.100.1,203.0.113.9 , 10.9.9.9,::1"}), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"127.0.0.1, 2001:db8::1, 10.1.1.1"}), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.1", {"garbage, 203.0.113.9"}), "203.0.113.9");
}

TEST(ClientAddress, IsReadFromAllLinesInTheirOrder) {
  EXPECT_EQ(client("10.0.0.1", {"198.51.100.1", "203.0.113.9", "10.2.2.2"}), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9", ""}), "203.0.113.9");
}

TEST(ClientAddress, IsTheLeftmostWhereAllAreTrustedAndThePeerWhereNoneIsNamed) {
  EXPECT_EQ(client("10.0.0.1", {"10.3.3.3, 10.2.2.2"}), "10.3.3.3");
  EXPECT_EQ(client("10.0.0.1", {}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {"", ", ,"}), "10.0.0.1");
}

TEST(ClientAddress, IsTheProxyThatPassedOnWhatIsNoAddress) {
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9, unknown"}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9, _hidden, 10.2.2.2"}), "10.2.2.2");
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9, 10.0.0.0/8"}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9, [::1"}), "10.0.0.1");
}

TEST(ClientAddress, MayHaveAPort) {
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9:4711"}), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"[2001:db8::1]:4711, [::1]"}), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.1", {"::ffff:203.0.113.9"}), "203.0.113.9");
}

}  // namespace
}  // namespace net
