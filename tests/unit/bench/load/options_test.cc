#include "bench/load/options.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bench {
namespace {

std::expected<Options, int> parse(std::vector<std::string> flags) {
  flags.insert(flags.begin(), "tollgate-load");
  std::vector<char*> argv;
  for (std::string& flag : flags) argv.push_back(flag.data());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

TEST(Options, ReadDurationsWithTheirUnits) {
  EXPECT_EQ(parse_duration("5s").value(), 5'000'000'000);
  EXPECT_EQ(parse_duration("1.5s").value(), 1'500'000'000);
  EXPECT_EQ(parse_duration("250ms").value(), 250'000'000);
  EXPECT_EQ(parse_duration("20us").value(), 20'000);
  EXPECT_EQ(parse_duration("7ns").value(), 7);
  EXPECT_EQ(parse_duration("2m").value(), 120'000'000'000);
  EXPECT_EQ(parse_duration("3").value(), 3'000'000'000);
}

TEST(Options, RefuseWhatIsNoDuration) {
  for (const char* text : {"", "s", "5 s", "-1s", "5h", "1e3s", "nan", "inf", "25000m"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

TEST(Options, TakeAUrlApart) {
  Options options;
  ASSERT_TRUE(parse_url("http://127.0.0.2:8000/api/data?limit=10", options).has_value());
  EXPECT_EQ(ntohs(options.server.sin_port), 8000);
  EXPECT_EQ(ntohl(options.server.sin_addr.s_addr), 0x7f000002U);
  EXPECT_EQ(options.shape.host, "127.0.0.2:8000");
  EXPECT_EQ(options.shape.path, "/api/data?limit=10");
}

TEST(Options, FillInAUrlsPortAndPath) {
  Options options;
  ASSERT_TRUE(parse_url("http://localhost", options).has_value());
  EXPECT_EQ(ntohs(options.server.sin_port), 80);
  EXPECT_EQ(ntohl(options.server.sin_addr.s_addr), INADDR_LOOPBACK);
  EXPECT_EQ(options.shape.host, "localhost");
  EXPECT_EQ(options.shape.path, "/");
}

TEST(Options, RefuseUrlsThatCannotBeCalled) {
  Options options;
  for (const char* url : {"", "https://127.0.0.1/", "127.0.0.1:80", "http://", "http://example/",
                          "http://127.0.0.1:/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/",
                          "http://127.0.0.1:8x/", "http://[::1]:80/"}) {
    EXPECT_FALSE(parse_url(url, options).has_value()) << url;
  }
}

TEST(Options, BoundEveryRun) {
  EXPECT_EQ(parse({"--url", "http://127.0.0.1"})->pace.duration_ns, 5'000'000'000);
  EXPECT_EQ(parse({"--url", "http://127.0.0.1", "--requests", "9"})->pace.duration_ns,
            60'000'000'000);
  EXPECT_EQ(parse({"--url", "http://127.0.0.1", "--duration", "1s"})->pace.duration_ns,
            1'000'000'000);
}

TEST(Options, RefuseFlagsThatDoNotFitTogetherWithStatusTwo) {
  const std::vector<std::vector<std::string>> refused = {
      {},
      {"--url", "nonsense"},
      {"--url", "http://127.0.0.1", "--rate", "100", "--pipeline", "2"},
      {"--url", "http://127.0.0.1", "--record", "/tmp/unused"},
      {"--url", "http://127.0.0.1", "--duration", "0s"},
      {"--url", "http://127.0.0.1", "--connections", "0"},
      {"--url", "http://127.0.0.1", "--no-such-flag"},
  };
  for (const auto& flags : refused) {
    testing::internal::CaptureStderr();
    const auto options = parse(flags);
    EXPECT_NE(testing::internal::GetCapturedStderr(), "");
    ASSERT_FALSE(options.has_value());
    EXPECT_EQ(options.error(), 2);
  }
}

}  // namespace
}  // namespace bench
