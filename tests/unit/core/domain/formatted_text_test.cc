#include "core/domain/formatted_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace core {
namespace {

using Normalize = Result<std::string> (*)(std::string_view);

// What is sent, and its normal form: of what is refused, "".
struct Case {
  std::string text;
  std::string normal;
};

void expect(Normalize normalize, std::initializer_list<Case> cases) {
  for (const auto& [text, normal] : cases) {
    const auto found = normalize(text);
    EXPECT_EQ(found.value_or(""), normal) << text;
    if (found) {
      EXPECT_EQ(normalize(*found), normal) << text;  // It is its own normal form.
    } else {
      EXPECT_TRUE(std::string_view(found.error().what).starts_with("must ")) << text;
    }
  }
}

std::string times(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST(FormattedText, ReadsEmailAddressesThatAreInUse) {
  // 64 + '@' + 189: the longest.
  const std::string longest = times(64, "a") + "@" + times(3, times(61, "b") + ".") + "com";
  ASSERT_EQ(longest.size(), 254U);
  expect(normal_email, {
                           {"ada@example.com", "ada@example.com"},
                           {"Ada.L+tag@Mail.Example.COM", "Ada.L+tag@mail.example.com"},
                           {"!#$%&'*+-/=?^_`{|}~@a.bc", "!#$%&'*+-/=?^_`{|}~@a.bc"},
                           {"a@xn--bcher-kva.example", "a@xn--bcher-kva.example"},
                           {"a@1.2.com", "a@1.2.com"},
                           {longest, longest},
                           {"a" + longest, ""},
                           {times(64, "a") + "@b.cd", times(64, "a") + "@b.cd"},
                           {times(65, "a") + "@b.cd", ""},
                           {"a@" + times(63, "b") + ".cd", "a@" + times(63, "b") + ".cd"},
                           {"a@" + times(64, "b") + ".cd", ""},
                           {"", ""},
                           {"@", ""},
                           {"ada", ""},
                           {"@example.com", ""},
                           {"ada@", ""},
                           {"ada@localhost", ""},
                           {"ada@example.", ""},
                           {"ada@.com", ""},
                           {"ada@exa..com", ""},
                           {"ada@-a.com", ""},
                           {"ada@a-.com", ""},
                           {"ada@a_b.com", ""},
                           {"ada@1.2.3.4", ""},
                           {"ada@[1.2.3.4]", ""},
                           {".ada@a.bc", ""},
                           {"ada.@a.bc", ""},
                           {"a..b@a.bc", ""},
                           {"a b@a.bc", ""},
                           {"\"a b\"@a.bc", ""},
                           {"a@b@c.de", ""},
                           {"Ada <ada@a.bc>", ""},
                           {"ada@a.bc ", ""},
                           {"ada@a.bc\n", ""},
                           {"\xC3\xA9@a.bc", ""},
                           {"a@\xC3\xA9.bc", ""},
                           {std::string("a@b.c\0d", 7), ""},
                       });
}

TEST(FormattedText, ReadsAbsoluteWebAddresses) {
  const std::string path = times(500 - std::string("http://a/").size(), "p");
  expect(normal_url, {
                         {"http://a", "http://a"},
                         {"HTTPS://Example.COM:8443/A%20b/?q=1&r[]=2#Frag",
                          "https://example.com:8443/A%20b/"
                          "?q=1&r[]=2#Frag"},
                         {"http://localhost:1/", "http://localhost:1/"},
                         {"http://127.0.0.1:65535", "http://127.0.0.1:65535"},
                         {"http://[2001:DB8::1]:80/x", "http://[2001:db8::1]:80/x"},
                         {"http://a?q", "http://a?q"},
                         {"http://a#f", "http://a#f"},
                         {"http://a/-._~!$&'()*+,;=:@", "http://a/-._~!$&'()*+,;=:@"},
                         {"http://a/" + path, "http://a/" + path},
                         {"http://a/" + path + "p", ""},
                         {"", ""},
                         {"a", ""},
                         {"/a", ""},
                         {"//a/b", ""},
                         {"http:", ""},
                         {"http://", ""},
                         {"http:///a", ""},
                         {"http://?a", ""},
                         {"ftp://a", ""},
                         {"javascript://a", ""},
                         {" http://a", ""},
                         {"http://a ", ""},
                         {"http://a b", ""},
                         {"http://a/b c", ""},
                         {"http://a/\n", ""},
                         {"http://a/<b>", ""},
                         {"http://a/\"", ""},
                         {"http://a/[b]", ""},
                         {"http://a/#[b]", ""},
                         {"http://a/?x#[b]", ""},
                         {"http://a/#a#b", ""},
                         {"http://a/%", ""},
                         {"http://a/%4", ""},
                         {"http://a/%4g", ""},
                         {"http://a\\b", ""},
                         {"http://user@a", ""},
                         {"http://user:pass@a/", ""},
                         {"http://a:", ""},
                         {"http://a:0", ""},
                         {"http://a:65536", ""},
                         {"http://a:000080", ""},
                         {"http://a:8x", ""},
                         {"http://a:80:80", ""},
                         {"http://1.2.3", ""},
                         {"http://1.2.3.256", ""},
                         {"http://01.2.3.4", ""},
                         {"http://2130706433", ""},
                         {"http://[::1", ""},
                         {"http://[::1]x", ""},
                         {"http://[1.2.3.4]", ""},
                         {"http://::1", ""},
                         {"http://a_b.com", ""},
                         {"http://a..b", ""},
                         {"http://\xC3\xA9.com", ""},
                         {"http://a/\xC3\xA9", ""},
                         {std::string("http://a\0", 9), ""},
                     });
  EXPECT_STREQ(normal_url("http://u:p@a").error().what, "must not hold a user name or password");
}

TEST(FormattedText, ReadsUuidsOfAnyVersion) {
  expect(normal_uuid,
         {
             {"123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000"},
             {"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
             {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"},
             {"", ""},
             {"123e4567-e89b-12d3-a456-42661417400", ""},
             {"123e4567-e89b-12d3-a456-4266141740000", ""},
             {"123e4567-e89b-12d3-a456-42661417400g", ""},
             {"123e4567e-89b-12d3-a456-426614174000", ""},
             {"123e4567-e89b-12d3-a456_426614174000", ""},
             {"{123e4567-e89b-12d3-a456-426614174000}", ""},
             {"urn:uuid:123e4567-e89b-12d3-a456-426614174000", ""},
         });
}

TEST(FormattedText, ReadsPhoneNumbersIntoTheirDigits) {
  expect(normal_phone, {
                           {"112", "112"},
                           {"12", ""},
                           {"+49 30 1234567", "+49301234567"},
                           {"(030) 123-45.67", "0301234567"},
                           {"+1 (555) 010-9999", "+15550109999"},
                           {"123456789012345", "123456789012345"},
                           {"1234567890123456", ""},
                           {"12 34 56 78 90 12 34", "12345678901234"},  // 20 characters.
                           {"+12 34 56 78 90 12 34", ""},
                           {"", ""},
                           {"+", ""},
                           {"+12", ""},
                           {"++123", ""},
                           {"1+23", ""},
                           {" 123", ""},
                           {"123 ", ""},
                           {"-123", ""},
                           {"(123", ""},
                           {"1)23", ""},
                           {"(1)(2)3", ""},
                           {"((1))23", ""},
                           {"(+49) 30123", ""},
                           {"123x4", ""},
                           {"123#4", ""},
                           {"555-HELP1", ""},
                       });
}

TEST(FormattedText, ReadsSlugs) {
  const std::string longest = times(127, "a-") + "b";
  ASSERT_EQ(longest.size(), 255U);
  expect(normal_slug, {{"a", "a"},
                       {"0", "0"},
                       {"a-1-b", "a-1-b"},
                       {longest, longest},
                       {"a" + longest, ""},
                       {"", ""},
                       {"-", ""},
                       {"-a", ""},
                       {"a-", ""},
                       {"a--b", ""},
                       {"A", ""},
                       {"a_b", ""},
                       {"a b", ""},
                       {"\xC3\xA9", ""}});
}

TEST(FormattedText, WritesIpAddressesInOneWay) {
  expect(normal_ip, {{"1.2.3.4", "1.2.3.4"},
                     {"0.0.0.0", "0.0.0.0"},
                     {"255.255.255.255", "255.255.255.255"},
                     {"256.1.1.1", ""},
                     {"1.2.3", ""},
                     {"1.2.3.4.5", ""},
                     {"01.2.3.4", ""},
                     {"0x1.2.3.4", ""},
                     {"1.2.3.4 ", ""},
                     {"1.2.3.4/8", ""},
                     {"::", "::"},
                     {"2001:0DB8:0:0:0:0:0:1", "2001:db8::1"},
                     {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
                     {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
                     {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
                     {"::FFFF:0102:0304", "::ffff:1.2.3.4"},
                     {"1::2::3", ""},
                     {"1:2:3:4:5:6:7:8:9", ""},
                     {"12345::", ""},
                     {"fe80::1%eth0", ""},
                     {"[::1]", ""},
                     {"", ""},
                     {times(100, "1"), ""},
                     {std::string("1.2.3.4\0", 8), ""}});
}

TEST(FormattedText, ReadsColors) {
  expect(normal_color, {{"#000000", "#000000"},
                        {"#1E90FF", "#1e90ff"},
                        {"#fff", ""},
                        {"1e90ff", ""},
                        {"#1e90f", ""},
                        {"#1e90fff", ""},
                        {"#1e90fg", ""},
                        {"red", ""},
                        {"", ""}});
}

TEST(FormattedText, OrdersIpAddressesByFamilyThenNumber) {
  const std::vector<std::string> sorted = {
      "0.0.0.0", "1.2.3.4",        "9.0.0.0",     "10.0.0.0", "200.0.0.0",
      "::",      "::ffff:1.2.3.4", "2001:db8::1", "ffff::"};
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    EXPECT_LT(ordered_ip(sorted[i - 1]), ordered_ip(sorted[i])) << sorted[i];
  }
}

}  // namespace
}  // namespace core
