#include "net/http_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "tests/support/http_reading.h"
#include "tests/support/http_vectors.h"

namespace net {
namespace {

constexpr std::size_t kVectorBytesMax = 64 * 1024;

// One whole head; fails the test if it is not accepted.
RequestHead parse_head(std::string_view bytes) {
  const ParserLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  EXPECT_EQ(parser.parse(bytes, head), ParseOutcome::kComplete) << parser.refusal().reason;
  return head;
}

TEST(HttpVectors, AreAtLeastTwoHundredWithTwoForEveryRow) {
  std::array<int, kRules> of_rule{};
  std::set<std::string> names;
  for (const HttpVector& vector : http_vectors()) {
    ++of_rule[static_cast<std::size_t>(vector.rule)];
    EXPECT_TRUE(names.insert(std::string(rule_name(vector.rule)) + ": " + vector.name).second)
        << rule_name(vector.rule) << ": " << vector.name << " is there twice";
  }
  for (std::size_t rule = 0; rule < kRules; ++rule) {
    EXPECT_GE(of_rule[rule], 2) << rule_name(static_cast<Rule>(rule));
  }
  std::printf("%zu vectors for %zu rows of the strictness table\n", http_vectors().size(), kRules);
  EXPECT_GE(http_vectors().size(), 200u);
}

TEST(HttpVectors, AreJudgedAsExpectedInOnePiece) {
  HttpReading reading(kVectorBytesMax);
  for (const HttpVector& vector : http_vectors()) {
    for (int guard = 0; guard < 2; ++guard) {
      EXPECT_EQ(reading.read(vector.bytes, {}), vector.expected)
          << rule_name(vector.rule) << ": " << vector.name;
    }
  }
}

TEST(HttpVectors, AreJudgedAsExpectedByteByByte) {
  HttpReading reading(kVectorBytesMax);
  for (const HttpVector& vector : http_vectors()) {
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; at < vector.bytes.size(); ++at) cuts.push_back(at);
    EXPECT_EQ(reading.read(vector.bytes, cuts), vector.expected)
        << rule_name(vector.rule) << ": " << vector.name;
  }
}

TEST(HttpVectors, AreJudgedAsExpectedInTwoPiecesCutAnywhere) {
  HttpReading reading(kVectorBytesMax);
  std::size_t readings = 0;
  for (const HttpVector& vector : http_vectors()) {
    for (std::size_t cut = 0; cut <= vector.bytes.size(); ++cut, ++readings) {
      ASSERT_EQ(reading.read(vector.bytes, {cut}), vector.expected)
          << rule_name(vector.rule) << ": " << vector.name << ", cut at " << cut;
    }
  }
  std::printf("%zu readings of %zu vectors\n", readings, http_vectors().size());
}

TEST(HttpVectors, BehindAnotherRequestAreJudgedAsAlone) {
  // The second of a pipelined pair is read by the same parser from the first one's rest.
  const std::string first = "GET /first HTTP/1.1\r\nHost: a\r\nX-API-Key: fp_a\r\n\r\n";
  const ParserLimits limits;
  for (const HttpVector& vector : http_vectors()) {
    RequestParser alone(limits);
    RequestHead head_alone;
    const ParseOutcome expected = alone.parse(vector.bytes, head_alone);

    RequestParser parser(limits);
    RequestHead head;
    const std::string pair = first + vector.bytes;
    ASSERT_EQ(parser.parse(pair, head), ParseOutcome::kComplete);
    ASSERT_EQ(head.head_bytes, first.size());
    EXPECT_EQ(parser.parse(std::string_view(pair).substr(head.head_bytes), head), expected)
        << rule_name(vector.rule) << ": " << vector.name;
    EXPECT_EQ(parser.refusal().status, alone.refusal().status);
    if (expected == ParseOutcome::kComplete) {
      EXPECT_EQ(head.fields().size(), head_alone.fields().size());
      EXPECT_EQ(head.has(KnownField::kApiKey), head_alone.has(KnownField::kApiKey));
    }
  }
}

TEST(RequestParser, NotesTheFieldsOfTheServiceInAnyCase) {
  const RequestHead head = parse_head(
      "POST /api/data?limit=5 HTTP/1.1\r\n"
      "HOST: api.example:8000\r\n"
      "x-api-key: fp_secret\r\n"
      "Authorization: Bearer token\r\n"
      "X-Request-Id: r-1\r\n"
      "content-TYPE:application/json\r\n"
      "Idempotency-Key:\t k1 \r\n"
      "If-Match: \"7\"\r\n"
      "accept: text/csv\r\n"
      "Content-Length: 2\r\n"
      "\r\n"
      "{}");
  EXPECT_EQ(head.value(KnownField::kHost), "api.example:8000");
  EXPECT_EQ(head.value(KnownField::kApiKey), "fp_secret");
  EXPECT_EQ(head.value(KnownField::kAuthorization), "Bearer token");
  EXPECT_EQ(head.value(KnownField::kRequestId), "r-1");
  EXPECT_EQ(head.value(KnownField::kContentType), "application/json");
  EXPECT_EQ(head.value(KnownField::kIdempotencyKey), "k1");
  EXPECT_EQ(head.value(KnownField::kIfMatch), "\"7\"");
  EXPECT_EQ(head.value(KnownField::kAccept), "text/csv");
  EXPECT_EQ(head.method, Method::kPost);
  EXPECT_EQ(head.target, "/api/data?limit=5");
  EXPECT_EQ(head.path, "/api/data");
  EXPECT_EQ(head.query, "limit=5");
  EXPECT_EQ(head.authority, "api.example:8000");
  EXPECT_EQ(head.content_length, 2u);
  EXPECT_TRUE(head.has_body);
  EXPECT_EQ(head.fields().size(), 9u);
}

TEST(RequestParser, KeepsFieldsInOrderWithTheirNamesAsSent) {
  const RequestHead head =
      parse_head("GET / HTTP/1.1\r\nHost: a\r\nCookie: x=1\r\ncooKie: y=2\r\nEmpty:\r\n\r\nrest");
  ASSERT_EQ(head.fields().size(), 4u);
  EXPECT_EQ(head.fields()[1].name, "Cookie");
  EXPECT_EQ(head.fields()[1].value, "x=1");
  EXPECT_EQ(head.fields()[2].name, "cooKie");
  EXPECT_EQ(head.fields()[3].value, "");
}

TEST(RequestParser, TellsAnEmptyKnownFieldFromAnAbsentOne) {
  const RequestHead head = parse_head("GET / HTTP/1.1\r\nHost: a\r\nX-API-Key:\r\n\r\n");
  EXPECT_TRUE(head.has(KnownField::kApiKey));
  EXPECT_EQ(head.value(KnownField::kApiKey), "");
  EXPECT_FALSE(head.has(KnownField::kAuthorization));
  EXPECT_EQ(head.value(KnownField::kAuthorization), "");
}

TEST(RequestParser, GivesTheFirstOfAKnownFieldThatMayComeAgain) {
  const RequestHead head =
      parse_head("GET / HTTP/1.1\r\nHost: a\r\nAccept: a/b\r\nAccept: c/d\r\n\r\n");
  EXPECT_EQ(head.value(KnownField::kAccept), "a/b");
}

TEST(RequestParser, TakesTheAuthorityOfAUrlBeforeThatOfHost) {
  const RequestHead head =
      parse_head("GET http://b.example:81/p?q HTTP/1.1\r\nHost: a.example\r\n\r\n");
  EXPECT_EQ(head.form, TargetForm::kAbsolute);
  EXPECT_EQ(head.authority, "b.example:81");
  EXPECT_EQ(head.path, "/p");
  EXPECT_EQ(head.query, "q");
  EXPECT_EQ(head.target, "http://b.example:81/p?q");
}

TEST(RequestParser, GivesAUrlWithoutAPathTheRootPath) {
  const RequestHead head = parse_head("GET http://b.example?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(head.path, "/");
  EXPECT_EQ(head.query, "q=1");
}

TEST(RequestParser, LeavesNothingOfTheRequestBefore) {
  const ParserLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  ASSERT_EQ(parser.parse("POST http://b/p?q HTTP/1.0\r\nConnection: close\r\nHost: a\r\n"
                         "X-API-Key: fp_a\r\nContent-Length: 7\r\n\r\n",
                         head),
            ParseOutcome::kComplete);
  ASSERT_EQ(parser.parse("OPTIONS * HTTP/1.1\r\nHost: c\r\n\r\n", head), ParseOutcome::kComplete);
  EXPECT_EQ(head.form, TargetForm::kAsterisk);
  EXPECT_EQ(head.path, "*");
  EXPECT_EQ(head.query, "");
  EXPECT_EQ(head.authority, "c");
  EXPECT_EQ(head.content_length, 0u);
  EXPECT_FALSE(head.has_body);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.http_1_0);
  EXPECT_FALSE(head.has(KnownField::kApiKey));
}

TEST(RequestParser, HasNoAuthorityInHttp10WithoutHost) {
  const RequestHead head = parse_head("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(head.http_1_0);
  EXPECT_EQ(head.version_minor, 0);
  EXPECT_EQ(head.authority, "");
}

TEST(RequestParser, CountsSkippedEmptyLinesIntoTheHead) {
  EXPECT_EQ(parse_head("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nrest").head_bytes, 31u);
}

TEST(RequestParser, StaysRefusedUntilReset) {
  const ParserLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  const std::string good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  ASSERT_EQ(parser.parse("BAD\r\n", head), ParseOutcome::kRefused);
  EXPECT_EQ(parser.parse(good, head), ParseOutcome::kRefused);
  EXPECT_EQ(parser.refusal().status, 400);
  parser.reset();
  EXPECT_EQ(parser.parse(good, head), ParseOutcome::kComplete);
  EXPECT_EQ(parser.refusal().status, 0);
}

TEST(RequestParser, ForgetsAHalfRequestOnReset) {
  const ParserLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  ASSERT_EQ(parser.parse("GET / HTTP/1.1\r\nHost: a\r\nX: ", head), ParseOutcome::kNeedMore);
  parser.reset();
  EXPECT_EQ(parser.parse("GET /b HTTP/1.1\r\nHost: a\r\n\r\n", head), ParseOutcome::kComplete);
  EXPECT_EQ(head.path, "/b");
}

TEST(RequestParser, RefusesABadLineBeforeTheHeadIsComplete) {
  const ParserLimits limits;
  RequestHead head;
  for (const std::string_view bytes : {"GET / HTTP/1.1\r\nBad Name: x\r\n", "GET / HTTP/2.0\r\n",
                                       "\x16", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n",
                                       "GET / HTTP/1.1\r\nX: \x01", "FROB / HTTP/1.1\r\n"}) {
    RequestParser parser(limits);
    EXPECT_EQ(parser.parse(bytes, head), ParseOutcome::kRefused) << bytes;
  }
}

TEST(RequestParser, NeverAsksForMoreThanTheHeadBound) {
  // Small bounds, and every kind of head that could go on: no call with head_bytes bytes waits.
  const ParserLimits limits{
      .request_line_bytes = 40, .head_bytes = 64, .field_bytes = 24, .fields = 4};
  const std::array<std::string, 6> endless{
      "GET /" + std::string(100, 'a'),
      "\r\n\r\nGET /" + std::string(100, 'a'),
      "GET / HTTP/1.1\r\nX: " + std::string(100, 'y'),
      "GET / HTTP/1.1\r\nA: b\r\nX: " + std::string(20, 'y') + "\r\nY: " + std::string(100, 'z'),
      "GET / HTTP/1.1\r\n" + std::string(18, 'x') + ": y\r\n" + std::string(18, 'z') +
          ": y\r\nA:\r" + std::string(50, 'y'),
      "GET / "
      "HTTP/1.1\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nH:\r\nI:\r\nJ:\r\nK:\r\nL:\r\nM:",
  };
  for (const std::string& bytes : endless) {
    RequestParser parser(limits);
    RequestHead head;
    std::size_t given = 0;
    while (parser.parse(std::string_view(bytes).substr(0, given), head) ==
           ParseOutcome::kNeedMore) {
      ASSERT_LT(given, limits.head_bytes) << bytes;
      ++given;
    }
    EXPECT_LE(given, limits.head_bytes) << bytes;
    EXPECT_NE(parser.refusal().status, 0) << bytes;
  }
}

TEST(RequestParser, KeepsBoundsToTheByte) {
  const ParserLimits limits{
      .request_line_bytes = 20, .head_bytes = 60, .field_bytes = 10, .fields = 3};
  const auto status = [&limits](const std::string& bytes) {
    RequestParser parser(limits);
    RequestHead head;
    parser.parse(bytes, head);
    return parser.refusal().status;
  };
  EXPECT_EQ(status("GET /234567 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
  EXPECT_EQ(status("GET /2345678 HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: 7890\r\n\r\n"), 0);
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: 78901\r\n\r\n"), 431);
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\n\r\n"), 0);
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\nC:\r\n\r\n"), 431);
  const std::string sixty =
      "GET /234567 HTTP/1.1\r\nHost: 7890\r\nX: 4567890\r\nY: 4567890\r\n\r\n";
  ASSERT_EQ(sixty.size(), limits.head_bytes);
  EXPECT_EQ(status(sixty), 0);
  EXPECT_EQ(status("\r\n" + sixty), 431);
}

TEST(RequestParser, NamesTheFaultAndNeverWhatWasSent) {
  const ParserLimits limits;
  const auto reason = [&limits](std::string_view bytes) {
    RequestParser parser(limits);
    RequestHead head;
    EXPECT_EQ(parser.parse(bytes, head), ParseOutcome::kRefused);
    return std::string(parser.refusal().reason);
  };
  EXPECT_EQ(reason("GET  HTTP/1.1\r\n"), "the request target is empty");
  EXPECT_EQ(reason("GET /\r\n"), "the request line has no version: HTTP/0.9 is not spoken");
  EXPECT_EQ(reason("GET / HTTP/1.1\n"), "a line ends with LF alone, not CRLF");
  EXPECT_EQ(reason("GET / HTTP/1.1\r\n\r\n"), "the Host header field is missing");
  EXPECT_EQ(reason("GET / HTTP/1.1\r\n X: y\r\n"),
            "whitespace between request line and first header field");
  EXPECT_EQ(reason("GET / HTTP/1.1\r\nX: y\r\n z\r\n"), "a header field is folded over two lines");
  EXPECT_EQ(reason("GET / HTTP/1.1\r\nX: " + std::string(9000, 'y')), "a header field is too long");
  EXPECT_EQ(
      reason("GET / HTTP/1.1\r\nX: " + std::string(8189, 'y') + "\r\nX: " + std::string(8189, 'y')),
      "the header section is too long");
}

}  // namespace
}  // namespace net
