#include "net/address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

namespace net {
namespace {

core::Address v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d};
}

TEST(Address, IsWrittenAsIPv4WhereItIsMappedAndAsRfc5952SaysElse) {
  EXPECT_EQ(format_address(v4(192, 0, 2, 1)), "192.0.2.1");
  EXPECT_EQ(format_address({0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}),
            "2001:db8::1");
  EXPECT_EQ(format_address({}), "::");
}

TEST(Address, KnowsLoopbackOfEitherFamily) {
  EXPECT_TRUE(is_loopback(v4(127, 0, 0, 1)));
  EXPECT_TRUE(is_loopback(v4(127, 255, 255, 255)));
  EXPECT_FALSE(is_loopback(v4(126, 0, 0, 1)));
  EXPECT_FALSE(is_loopback(v4(128, 0, 0, 1)));
  EXPECT_TRUE(is_loopback({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_FALSE(is_loopback({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}));
  // Not mapped, so not IPv4, whatever it ends in.
  EXPECT_FALSE(is_loopback({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 127, 0, 0, 1}));
}

TEST(Address, TakesAUnixPeerAndAnUnknownOneForLocal) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  EXPECT_TRUE(is_loopback(peer_address(pair[0])));
  close(pair[0]);
  close(pair[1]);
  EXPECT_TRUE(is_loopback(peer_address(-1)));
}

struct Row {
  std::string_view text;
  int family;
  std::uint16_t port;
  std::string_view host;  // As format_address writes it.
};

class ListenAddresses : public testing::TestWithParam<Row> {};

TEST_P(ListenAddresses, AreReadAsFamilyHostAndPort) {
  const auto address = parse_listen_address(GetParam().text);
  ASSERT_TRUE(address) << address.error();
  EXPECT_EQ(address->text, GetParam().text);
  EXPECT_TRUE(address->unix_path.empty());
  ASSERT_EQ(address->storage.ss_family, GetParam().family);
  core::Address host = v4(0, 0, 0, 0);
  if (GetParam().family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address->storage);
    EXPECT_EQ(ntohs(in.sin_port), GetParam().port);
    EXPECT_EQ(address->bytes, sizeof in);
    std::memcpy(host.data() + 12, &in.sin_addr, 4);
  } else {
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(address->storage);
    EXPECT_EQ(ntohs(in6.sin6_port), GetParam().port);
    EXPECT_EQ(address->bytes, sizeof in6);
    std::memcpy(host.data(), &in6.sin6_addr, host.size());
  }
  EXPECT_EQ(format_address(host), GetParam().host);
}

INSTANTIATE_TEST_SUITE_P(Table, ListenAddresses,
                         testing::Values(Row{"127.0.0.1:8000", AF_INET, 8000, "127.0.0.1"},
                                         Row{"localhost:1", AF_INET, 1, "127.0.0.1"},
                                         Row{":65535", AF_INET, 65535, "0.0.0.0"},
                                         Row{"0.0.0.0:0", AF_INET, 0, "0.0.0.0"},
                                         Row{"[::1]:8000", AF_INET6, 8000, "::1"},
                                         Row{"[::]:0", AF_INET6, 0, "::"},
                                         Row{"[2001:db8::5]:443", AF_INET6, 443, "2001:db8::5"}));

struct Fault {
  std::string_view text;
  std::string_view sentence;
};

class WrongListenAddresses : public testing::TestWithParam<Fault> {};

TEST_P(WrongListenAddresses, AreRefusedWithWhatIsWrong) {
  const auto address = parse_listen_address(GetParam().text);
  ASSERT_FALSE(address);
  EXPECT_NE(address.error().find(GetParam().sentence), std::string::npos) << address.error();
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongListenAddresses,
    testing::Values(Fault{"", "expected ADDRESS:PORT"}, Fault{"8000", "expected ADDRESS:PORT"},
                    Fault{"127.0.0.1", "expected ADDRESS:PORT"}, Fault{"127.0.0.1:", "the port is"},
                    Fault{"127.0.0.1:65536", "the port is"}, Fault{"127.0.0.1:-1", "the port is"},
                    Fault{"127.0.0.1:80 ", "the port is"}, Fault{"[::1]", "the port is"},
                    Fault{"example.com:80", "names are not looked up"},
                    Fault{"::1:80", "IPv6 in brackets"}, Fault{"1.2.3:80", "names are not"},
                    Fault{"[127.0.0.1]:80", "not an IPv6 address"}, Fault{"[]:80", "not an IPv6"},
                    Fault{"unix:", "1 to 107 characters"}));

TEST(ListenAddress, TakesUnixPathsOfUpTo107Bytes) {
  const auto address = parse_listen_address("unix:/run/tollgate.sock");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->unix_path, "/run/tollgate.sock");
  EXPECT_EQ(address->storage.ss_family, AF_UNIX);
  EXPECT_TRUE(parse_listen_address("unix:" + std::string(107, 'p')));
  EXPECT_FALSE(parse_listen_address("unix:" + std::string(108, 'p')));
}

}  // namespace
}  // namespace net
