#include "net/http_response.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace net {
namespace {

constexpr core::WallMicros kNow = 784'111'777 * core::kMicrosPerSecond;
constexpr std::string_view kDate = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

std::string written(const ResponseHead& head) {
  DateLine date;
  date.update(kNow);
  OutBuffer out;
  write_head(out, head, date);
  return std::string(out.text());
}

TEST(HttpResponse, BeginsWithTheStatusLineOfEveryStatusThatIsSent) {
  const std::pair<int, std::string_view> rows[] = {
      {200, "OK"},
      {201, "Created"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  };
  for (const auto& [status, text] : rows) {
    const std::string line =
        "HTTP/1.1 " + std::to_string(status) + " " + std::string(text) + "\r\n";
    EXPECT_TRUE(written({.status = status}).starts_with(line + std::string(kDate))) << status;
    EXPECT_EQ(status_text(status), text);
  }
  EXPECT_EQ(status_text(299), "Unknown");
  EXPECT_TRUE(written({.status = 299}).starts_with("HTTP/1.1 500 Unknown\r\n"));
}

TEST(HttpResponse, WritesTheVersionOfARowAsItsTagAndNoLengthOfWhatIsNotModified) {
  EXPECT_EQ(written({.status = 304,
                     .content_type = "",
                     .request_id = "r1",
                     .row_version = 18446744073709551615U}),
            "HTTP/1.1 304 Not Modified\r\n" + std::string(kDate) +
                "X-Request-ID: r1\r\nETag: \"18446744073709551615\"\r\n\r\n");
}

TEST(HttpResponse, WritesTheWholeHeadWithItsBlankLine) {
  EXPECT_EQ(written({.status = 404, .content_length = 12, .request_id = "r1", .more = "A: b\r\n"}),
            "HTTP/1.1 404 Not Found\r\n" + std::string(kDate) +
                "Content-Type: application/json\r\nContent-Length: 12\r\nX-Request-ID: r1\r\n"
                "A: b\r\n\r\n");
}

TEST(HttpResponse, HasNoContentLengthInA204) {
  EXPECT_EQ(written({.status = 204, .content_type = "", .request_id = "r"}),
            "HTTP/1.1 204 No Content\r\n" + std::string(kDate) + "X-Request-ID: r\r\n\r\n");
}

TEST(HttpResponse, ShowsTheLimitAndRetryAfterOnlyWhereThereIsOne) {
  RateHeaders rate{.limit = 10, .remaining = 3, .reset_epoch_s = 1'800'000'000};
  const std::string shown =
      "X-RateLimit-Limit: 10\r\nX-RateLimit-Remaining: 3\r\nX-RateLimit-Reset: 1800000000\r\n";
  EXPECT_NE(written({.rate = &rate}).find(shown + "\r\n"), std::string::npos);
  rate.retry_after_s = 7;
  EXPECT_NE(written({.status = 429, .rate = &rate}).find(shown + "Retry-After: 7\r\n\r\n"),
            std::string::npos);
  EXPECT_EQ(written({}).find("X-RateLimit"), std::string::npos);
  EXPECT_EQ(written({}).find("Retry-After"), std::string::npos);
}

TEST(HttpResponse, SaysHowTheConnectionGoesOnWhereTheClientCanNotKnow) {
  EXPECT_EQ(written({}).find("Connection:"), std::string::npos);
  EXPECT_NE(written({.close = true}).find("\r\nConnection: close\r\n\r\n"), std::string::npos);
  EXPECT_NE(written({.keep_alive = true}).find("\r\nConnection: keep-alive\r\n\r\n"),
            std::string::npos);
  const std::string both = written({.close = true, .keep_alive = true});
  EXPECT_EQ(both.find("keep-alive"), std::string::npos);
}

TEST(HttpResponse, HasRoomForTheLongestHeadOnTopOfWhatIsThere) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  const RateHeaders rate{
      .limit = 4294967295, .remaining = 4294967295, .reset_epoch_s = kMost, .retry_after_s = kMost};
  const std::string more(10'000, 'm');
  DateLine date;
  date.update(kNow);
  OutBuffer out;
  for (int i = 0; i < 20; ++i) {  // Under ASan each write beyond the buffer is a crash.
    write_head(out,
               {.status = 431,
                .content_length = static_cast<std::size_t>(kMost),
                .request_id = std::string_view(more).substr(0, 64),
                .rate = &rate,
                .more = more,
                .close = true},
               date);
  }
  EXPECT_TRUE(out.text().ends_with("Connection: close\r\n\r\n"));
}

TEST(DateLine, IsMadeAnewWithEverySecondInEitherDirection) {
  DateLine date;
  date.update(kNow + 999'999);
  EXPECT_EQ(date.text(), kDate);
  date.update(kNow + 1'000'000);
  EXPECT_EQ(date.text(), "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
  date.update(kNow);  // The wall clock was set back.
  EXPECT_EQ(date.text(), kDate);
}

}  // namespace
}  // namespace net
