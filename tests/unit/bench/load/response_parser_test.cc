#include "bench/load/response_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench {
namespace {

struct Seen {
  std::vector<int> statuses;
  std::vector<bool> closes;
  ParseOutcome last = ParseOutcome::kNeedMore;
};

// Parses `stream` in pieces of `piece_bytes`, each alone in an allocation of its size, so that the
// address sanitizer sees a read past it. Stops at the first outcome that ends a connection.
Seen parse_in_pieces(std::string_view stream, std::size_t piece_bytes,
                     Bodies bodies = Bodies::kByLength) {
  ResponseParser parser(bodies);
  Seen seen;
  for (std::size_t at = 0; at < stream.size(); at += piece_bytes) {
    const std::string_view piece = stream.substr(at, piece_bytes);
    const std::unique_ptr<char[]> alone(new char[piece.size()]);
    std::memcpy(alone.get(), piece.data(), piece.size());
    std::string_view input(alone.get(), piece.size());
    while (!input.empty()) {
      Response response;
      seen.last = parser.next(input, response);
      if (seen.last == ParseOutcome::kNeedMore) {
        EXPECT_TRUE(input.empty());
      } else if (seen.last == ParseOutcome::kResponse) {
        seen.statuses.push_back(response.status);
        seen.closes.push_back(response.close);
      } else {
        return seen;
      }
    }
  }
  return seen;
}

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

TEST(ResponseParser, ReadsPipelinedResponsesAtEveryFragmentSize) {
  const std::string stream =
      ok("hello") + "HTTP/1.1 404 Not Found\r\ncontent-length:0\r\nServer: x\r\n\r\n" +
      "HTTP/1.1 100 Continue\r\n\r\n" + "HTTP/1.1 204 No Content\r\nX-Any: 1\r\n\r\n" +
      "HTTP/1.1 503 Busy\r\nConnection: Close\r\nContent-Length:  3 \r\n\r\nbye" + ok("") +
      "HTTP/1.0 304\r\nContent-Length: 9\r\n\r\n" + ok("\r\n\r\nHTTP/1.1 500 Trap\r\n\r\n");
  const std::vector<int> statuses{200, 404, 204, 503, 200, 304, 200};
  const std::vector<bool> closes{false, false, false, true, false, false, false};
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    const Seen seen = parse_in_pieces(stream, piece);
    EXPECT_EQ(seen.statuses, statuses) << "pieces of " << piece;
    EXPECT_EQ(seen.closes, closes) << "pieces of " << piece;
    EXPECT_EQ(seen.last, ParseOutcome::kResponse) << "pieces of " << piece;
  }
}

TEST(ResponseParser, LeavesWhatFollowsAResponseInTheInput) {
  const std::string stream = ok("a") + ok("bc");
  ResponseParser parser;
  std::string_view input = stream;
  Response response;
  ASSERT_EQ(parser.next(input, response), ParseOutcome::kResponse);
  EXPECT_EQ(input, ok("bc"));
  ASSERT_EQ(parser.next(input, response), ParseOutcome::kResponse);
  EXPECT_TRUE(input.empty());
  EXPECT_EQ(parser.next(input, response), ParseOutcome::kNeedMore);
}

TEST(ResponseParser, NeedsTheLastByteOfABody) {
  std::string stream = ok(std::string(5000, 'x'));
  stream.pop_back();
  for (const std::size_t piece : {1UZ, 7UZ, 4096UZ, stream.size()}) {
    const Seen seen = parse_in_pieces(stream, piece);
    EXPECT_TRUE(seen.statuses.empty());
    EXPECT_EQ(seen.last, ParseOutcome::kNeedMore);
  }
}

TEST(ResponseParser, EndsAnswersToHeadAtTheirHead) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
  for (std::size_t piece = 1; piece <= head.size(); ++piece) {
    EXPECT_EQ(parse_in_pieces(head + head, piece, Bodies::kNever).statuses,
              (std::vector<int>{200, 200}));
  }
}

TEST(ResponseParser, RefusesWhatItCannotDelimitAtEveryFragmentSize) {
  struct Case {
    std::string_view stream;
    ParseOutcome outcome;
  };
  const Case cases[] = {
      {"SSH-2.0-OpenSSH_9.2\r\n", ParseOutcome::kMalformed},
      {"HTTP/2 200\r\n\r\n", ParseOutcome::kMalformed},
      {"HTTP/1.1 20 OK\r\n\r\n", ParseOutcome::kMalformed},
      {"HTTP/1.1 2000 OK\r\n\r\n", ParseOutcome::kMalformed},
      {"HTTP/1.1 099 No\r\n\r\n", ParseOutcome::kMalformed},
      {"HTTP/1.1 600 No\r\n\r\n", ParseOutcome::kMalformed},
      {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", ParseOutcome::kMalformed},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n", ParseOutcome::kMalformed},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ParseOutcome::kChunked},
      {"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", ParseOutcome::kLengthMissing},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n", ParseOutcome::kBadLength},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", ParseOutcome::kBadLength},
      {"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", ParseOutcome::kBadLength},
      {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", ParseOutcome::kBadLength},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
       ParseOutcome::kBadLength},
  };
  for (const Case& refused : cases) {
    for (std::size_t piece = 1; piece <= refused.stream.size(); ++piece) {
      const Seen seen = parse_in_pieces(refused.stream, piece);
      EXPECT_EQ(seen.last, refused.outcome) << refused.stream << "in pieces of " << piece;
      EXPECT_TRUE(seen.statuses.empty());
    }
  }
}

TEST(ResponseParser, HoldsNoMoreOfAHeadThanItsBound) {
  std::string endless = "HTTP/1.1 200 OK\r\n";
  while (endless.size() < 3 * ResponseParser::kHeadMax) endless += "X-Filler: 0123456789\r\n";
  for (const std::size_t piece : {1000UZ, ResponseParser::kHeadMax, endless.size()}) {
    EXPECT_EQ(parse_in_pieces(endless, piece).last, ParseOutcome::kHeadTooLong);
  }
}

TEST(ResponseParser, BeginsAnewAfterReset) {
  ResponseParser parser;
  Response response;
  std::string_view cut_in_body = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\npart";
  EXPECT_EQ(parser.next(cut_in_body, response), ParseOutcome::kNeedMore);
  parser.reset();
  std::string_view cut_in_head = "HTTP/1.1 200 OK\r\nContent-Le";
  EXPECT_EQ(parser.next(cut_in_head, response), ParseOutcome::kNeedMore);
  parser.reset();
  const std::string whole = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
  std::string_view input = whole;
  EXPECT_EQ(parser.next(input, response), ParseOutcome::kResponse);
  EXPECT_EQ(response.status, 201);
}

}  // namespace
}  // namespace bench
