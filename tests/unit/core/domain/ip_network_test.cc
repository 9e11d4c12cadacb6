#include "core/domain/ip_network.h"

#include <gtest/gtest.h>

#include <random>

namespace core {
namespace {

Address address(std::string_view text) {
  const auto parsed = parse_address(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Address{});
}

IpNetwork network(std::string_view text) {
  const auto parsed = parse_network(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error());
  return parsed.value_or(IpNetwork{});
}

bool holds(std::string_view of, std::string_view text) {
  return network(of).contains(address(text));
}

TEST(Address, IsReadInEverySpellingAndWrittenInOne) {
  const struct {
    std::string_view text;
    std::string_view written;
  } kRows[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"192.0.2.1", "192.0.2.1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"::FFFF:c000:0201", "192.0.2.1"},
      {"0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"},
      {"::", "::"},
      {"::1", "::1"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:db8::1:0:0:1", "2001:db8::1:0:0:1"},
      {"fe80::1", "fe80::1"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const auto& row : kRows) EXPECT_EQ(format_address(address(row.text)), row.written);
}

TEST(Address, IsNothingElse) {
  for (const std::string_view text : {"",
                                      " ",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "1.2.3.256",
                                      "1.2.3.04",
                                      "01.2.3.4",
                                      "0x1.2.3.4",
                                      "1.2.3.4 ",
                                      " 1.2.3.4",
                                      "1.2.3.-4",
                                      "1.2.3.4:80",
                                      "[::1]",
                                      "::1%eth0",
                                      "fe80::1%1",
                                      ":",
                                      ":::",
                                      "1::2::3",
                                      "12345::",
                                      "g::",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "localhost",
                                      "::ffff:1.2.3.256",
                                      "1.2.3.4/8"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
  EXPECT_FALSE(parse_address(std::string_view("1.2.3.4\0", 8)));
  EXPECT_FALSE(parse_address(std::string_view("1.2.3.4\0.5", 10)));
  EXPECT_FALSE(parse_address(std::string(1000, '1')));
  EXPECT_FALSE(parse_address(std::string(46, ':')));
}

TEST(Address, TellsMappedOnesFromThoseThatOnlyEndAlike) {
  EXPECT_TRUE(is_ipv4(address("127.0.0.1")));
  EXPECT_FALSE(is_ipv4(address("::127.0.0.1")));
  EXPECT_FALSE(is_ipv4(address("::1")));
  EXPECT_FALSE(is_ipv4(address("1::ffff:127.0.0.1")));
}

TEST(IpNetwork, IsWrittenAsItIsReadWithoutThePrefixOfAWholeAddress) {
  const struct {
    std::string_view text;
    std::string_view written;
  } kRows[] = {
      {"10.0.0.0/8", "10.0.0.0/8"},         {"0.0.0.0/0", "0.0.0.0/0"},
      {"192.0.2.128/25", "192.0.2.128/25"}, {"192.0.2.1/32", "192.0.2.1"},
      {"192.0.2.1", "192.0.2.1"},           {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
      {"::ffff:0:0/96", "0.0.0.0/0"},       {"::/0", "::/0"},
      {"2001:DB8::/32", "2001:db8::/32"},   {"2001:db8::1/128", "2001:db8::1"},
      {"fe80::/10", "fe80::/10"},           {"8000::/1", "8000::/1"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(format_network(network(row.text)), row.written);
    EXPECT_EQ(network(row.written), network(row.text));
  }
}

TEST(IpNetwork, IsRefusedWithWhatIsWrongWithIt) {
  const auto error = [](std::string_view text) {
    const auto parsed = parse_network(text);
    return std::string_view(parsed ? "" : parsed.error());
  };
  for (const std::string_view text : {"", "/8", "10.0.0/8", "x/8", "10.0.0.0.0/8", "[::]/0"}) {
    EXPECT_EQ(error(text), "is neither an IPv4 or IPv6 address nor a network of one") << text;
  }
  for (const std::string_view text :
       {"10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/8/8", "10.0.0.0/-1", "10.0.0.0/+8",
        "10.0.0.0/08", "10.0.0.0/ 8", "10.0.0.0/255.0.0.0", "10.0.0.0/99999999999999999999"}) {
    EXPECT_EQ(error(text), "has no prefix length of its address's family behind the /") << text;
  }
  for (const std::string_view text :
       {"10.0.0.1/8", "128.0.0.0/0", "::1/127", "2001:db9::/31", "::ffff:0:0/95"}) {
    EXPECT_EQ(error(text), "has bits set behind its prefix") << text;
  }
}

TEST(IpNetwork, HoldsWhatBeginsWithItsPrefix) {
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.255.255"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  EXPECT_FALSE(holds("10.0.0.0/8", "9.255.255.255"));
  EXPECT_TRUE(holds("192.0.2.128/25", "192.0.2.128"));
  EXPECT_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(holds("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(holds("192.0.2.1", "192.0.2.2"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff:ffff::"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::"));
}

TEST(IpNetwork, KeepsTheFamiliesApartAndMappedAddressesWithIPv4) {
  EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
  EXPECT_TRUE(holds("0.0.0.0/0", "::ffff:203.0.113.9"));
  EXPECT_TRUE(holds("::ffff:203.0.113.0/120", "203.0.113.9"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::203.0.113.9"));
  EXPECT_TRUE(holds("::/0", "::1"));
  EXPECT_TRUE(holds("::/64", "::1"));
  EXPECT_FALSE(holds("::/0", "203.0.113.9"));
  EXPECT_FALSE(holds("::/64", "203.0.113.9"));
  EXPECT_FALSE(holds("127.0.0.1", "::1"));
}

// A bit at a time, for every length of prefix.
TEST(IpNetwork, AgreesWithAComparisonOfBits) {
  std::mt19937_64 random(7);
  const auto bit = [](const Address& of, unsigned at) { return of[at / 8] >> (7 - at % 8) & 1; };
  for (unsigned bits = 0; bits <= 128; ++bits) {
    for (int round = 0; round < 50; ++round) {
      IpNetwork prefix{.address = {}, .bits = static_cast<std::uint8_t>(bits)};
      Address other{};
      for (std::size_t i = 0; i < other.size(); ++i) {
        other[i] = static_cast<std::uint8_t>(random());
        prefix.address[i] = other[i];
      }
      for (unsigned at = bits; at < 128; ++at) {
        prefix.address[at / 8] &= static_cast<std::uint8_t>(~(0x80U >> at % 8));
      }
      // Half of them differ in one bit somewhere.
      if (round % 2 == 0) other[random() % 16] ^= static_cast<std::uint8_t>(1U << random() % 8);
      bool same = true;
      for (unsigned at = 0; at < bits; ++at)
        same = same && bit(prefix.address, at) == bit(other, at);
      ASSERT_EQ(prefix.contains(other), same) << format_network(prefix) << ' ' << bits;
      ASSERT_EQ(network(format_network(prefix)), prefix);
    }
  }
}

TEST(IpNetwork, IsFoundAmongSeveral) {
  const IpNetwork several[] = {network("10.0.0.0/8"), network("::1")};
  EXPECT_TRUE(is_in_any(address("10.1.1.1"), several));
  EXPECT_TRUE(is_in_any(address("::1"), several));
  EXPECT_FALSE(is_in_any(address("127.0.0.1"), several));
  EXPECT_FALSE(is_in_any(address("127.0.0.1"), {}));
}

}  // namespace
}  // namespace core
