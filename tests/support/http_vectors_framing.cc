// Vectors for where a request ends: Content-Length, Transfer-Encoding, Expect, Connection.
#include <string>

#include "tests/support/http_vectors.h"

namespace net {
namespace {

using namespace std::string_literals;

// POST / with a Host line, these lines, and what follows the head.
std::string post(const std::string& lines, const std::string& rest = "") {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + rest;
}

HttpVerdict sized(std::string body) {
  return {.method = "POST",
          .path = "/",
          .fields = 2,
          .framing = body.empty() ? BodyFraming::kNone : BodyFraming::kSized,
          .body = std::move(body)};
}

void add_content_lengths(HttpVectorTable& t) {
  t.rule(Rule::kContentLength);
  t.accept("a body of 5", post("Content-Length: 5\r\n", "hello"), sized("hello"));
  t.accept("a body of 0", post("Content-Length: 0\r\n"), sized(""));
  t.accept("leading zeros are decimal", post("Content-Length: 010\r\n", "0123456789"),
           sized("0123456789"));
  t.accept("blanks around the number", post("Content-Length: \t5 \r\n", "hello"), sized("hello"));
  t.accept("the name in lower case", post("content-length: 5\r\n", "hello"), sized("hello"));
  t.accept("a body of line ends", post("Content-Length: 4\r\n", "\r\n\r\n"), sized("\r\n\r\n"));
  t.accept("a body with NULs", post("Content-Length: 3\r\n", "\0\0\0"s), sized("\0\0\0"s));
  t.accept("no Content-Length: no body", "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
           {.method = "POST", .path = "/", .fields = 1});
  t.accept(
      "GET with a body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
      {.method = "GET", .path = "/", .fields = 2, .framing = BodyFraming::kSized, .body = "abc"});
  t.accept("Content-Length in 1.0", "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi",
           {.method = "POST",
            .path = "/",
            .fields = 1,
            .framing = BodyFraming::kSized,
            .body = "hi",
            .keep_alive = false});
  t.wait("a body that is one byte short", post("Content-Length: 5\r\n", "hell"));
  for (const std::string value : {"",
                                  "x",
                                  "5x",
                                  "x5",
                                  "+5",
                                  "-5",
                                  "-0",
                                  "0x5",
                                  "0X5",
                                  "5h",
                                  "0b1",
                                  "0o7",
                                  "5.0",
                                  "5.",
                                  "5e0",
                                  "1_0",
                                  "5 5",
                                  "5\t5",
                                  "5,",
                                  ",5",
                                  "5,5",
                                  "5, 5",
                                  "5, 6",
                                  "5;",
                                  "\"5\"",
                                  "(5)",
                                  "5 x",
                                  "18446744073709551616",
                                  "99999999999999999999",
                                  "9223372036854775808000",
                                  "\xd9\xa5",
                                  "5\xa0",
                                  "5\x0b"}) {
    t.refuse("Content-Length: " + value, post("Content-Length: " + value + "\r\n", "hello"), 400);
  }
  t.refuse("two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400);
  t.refuse("two different lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n"), 400);
  t.refuse("two lengths in different case", post("Content-Length: 5\r\ncontent-LENGTH: 0\r\n"),
           400);
  t.refuse("a good and an empty length", post("Content-Length: 5\r\nContent-Length:\r\n"), 400);
}

void add_body_limits(HttpVectorTable& t) {
  t.rule(Rule::kBodyLimit);
  t.wait("a body at the bound that is still to come", post("Content-Length: 1048576\r\n"));
  t.refuse("a body one over the bound", post("Content-Length: 1048577\r\n"), 413);
  t.refuse("a body of 2^63", post("Content-Length: 9223372036854775808\r\n"), 413);
  t.refuse("a body of 2^64 - 1", post("Content-Length: 18446744073709551615\r\n"), 413);
  t.refuse_chunked("a chunk one over the bound", "100001\r\n", 413);
  t.refuse_chunked("a chunk of 2^64 - 1", "FFFFFFFFFFFFFFFF\r\n", 413);
  t.refuse_chunked("a second chunk that is over the bound", "5\r\nhello\r\nffffc\r\n", 413);
}

void add_lengths_with_codings(HttpVectorTable& t) {
  const std::string last = "0\r\n\r\n";
  t.rule(Rule::kLengthAndCoding);
  t.refuse("length, then coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", last),
           400);
  t.refuse("coding, then length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", last),
           400);
  t.refuse("coding and a length of 0",
           post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", last), 400);
  t.refuse("coding and length in lower case",
           post("transfer-encoding: chunked\r\nx: y\r\ncontent-length: 5\r\n", last), 400);
  t.refuse("coding, length and a smuggled request",
           post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", last + "GET /b"), 400);
}

void add_transfer_encodings(HttpVectorTable& t) {
  const std::string last = "0\r\n\r\n";
  const HttpVerdict chunked{
      .method = "POST", .path = "/", .fields = 2, .framing = BodyFraming::kChunked};
  t.rule(Rule::kTransferEncoding);
  t.accept("chunked", post("Transfer-Encoding: chunked\r\n", last), chunked);
  t.accept("chunked in upper case", post("Transfer-Encoding: CHUNKED\r\n", last), chunked);
  t.accept("the name in lower case", post("transfer-encoding: Chunked\r\n", last), chunked);
  t.accept("chunked between blanks", post("Transfer-Encoding: \t chunked \t\r\n", last), chunked);
  t.accept("chunked without SP", post("Transfer-Encoding:chunked\r\n", last), chunked);
  for (const std::string value : {"",
                                  ",",
                                  "chunked,",
                                  ",chunked",
                                  ", chunked",
                                  "chunked, chunked",
                                  "chunked,chunked",
                                  "chunked, gzip",
                                  "chunked, identity",
                                  "chunked;q=1",
                                  "chunked;",
                                  "chunked ;x=y",
                                  "\"chunked\"",
                                  "'chunked",
                                  "chunked\"",
                                  "[chunked]",
                                  "chu nked",
                                  "chunked x",
                                  "chunked\tx",
                                  "chunked/1",
                                  "=chunked",
                                  "chunked\x0b",
                                  "\x0b"
                                  "chunked",
                                  "chunked\x01",
                                  "chunked\xa0",
                                  "\xa0"
                                  "chunked",
                                  "chun\xc5\xbf"
                                  "ked",
                                  "gzip,, chunked",
                                  "gzip chunked",
                                  "gzip, chunked, chunked"}) {
    // 'chunked is a token ("'" is a tchar), so it names a coding, one that nobody knows.
    const int status = value == "'chunked" ? 501 : 400;
    t.refuse("Transfer-Encoding: " + value, post("Transfer-Encoding: " + value + "\r\n", last),
             status);
  }
  for (const std::string value :
       {"gzip", "identity", "xchunked", "chunkedx", "chunke", "cow", "gzip, chunked",
        "identity, chunked", "gzip;q=1, chunked", "x-chunked", "chunked-x", "deflate,gzip"}) {
    t.refuse("Transfer-Encoding: " + value, post("Transfer-Encoding: " + value + "\r\n", last),
             501);
  }
  t.refuse("chunked twice in two lines",
           post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", last), 400);
  t.refuse("chunked, then identity in two lines",
           post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", last), 400);
  t.refuse("chunked in two lines of different case",
           post("Transfer-Encoding: chunked\r\ntransfer-ENCODING: x\r\n", last), 400);
  t.refuse("chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + last, 400);
  t.refuse("an unknown coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n", 400);
  t.refuse("GET with an unknown coding",
           "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 501);
}

void add_expectations(HttpVectorTable& t) {
  HttpVerdict waits = sized("hello");
  waits.fields = 3;
  waits.expect_continue = true;
  t.rule(Rule::kExpect);
  t.accept("100-continue", post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"), waits);
  t.accept("100-continue in mixed case",
           post("expect: 100-CONTINUE\r\nContent-Length: 5\r\n", "hello"), waits);
  t.accept("100-continue without a body is moot", post("Expect: 100-continue\r\n"), sized(""));
  t.accept("100-continue in 1.0 is ignored",
           "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
           {.method = "POST",
            .path = "/",
            .fields = 2,
            .framing = BodyFraming::kSized,
            .body = "hi",
            .keep_alive = false});
  t.accept("another expectation in 1.0 is ignored", "GET / HTTP/1.0\r\nExpect: tea\r\n\r\n",
           {.method = "GET", .path = "/", .fields = 1, .keep_alive = false});
  t.refuse_lines("another expectation", "Expect: 200-ok\r\n", 417);
  t.refuse_lines("an empty expectation", "Expect:\r\n", 417);
  t.refuse_lines("100-continue with a parameter", "Expect: 100-continue;x=y\r\n", 417);
  t.refuse_lines("100-continue and another", "Expect: 100-continue, tea\r\n", 417);
  t.refuse_lines("100-continue cut short", "Expect: 100-continu\r\n", 417);
  t.refuse_lines("another expectation in a second line", "Expect: 100-continue\r\nExpect: tea\r\n",
                 417);
}

void add_keep_alives(HttpVectorTable& t) {
  const auto get = [&t](std::string name, std::string version, std::string lines, bool keeps) {
    HttpVerdict verdict{.method = "GET", .path = "/", .fields = 1, .keep_alive = keeps};
    for (const char c : lines) verdict.fields += c == '\n';
    t.accept(std::move(name), "GET / " + version + "\r\nHost: a\r\n" + lines + "\r\n", verdict);
  };
  t.rule(Rule::kKeepAlive);
  get("1.1 persists", "HTTP/1.1", "", true);
  get("1.1 with close", "HTTP/1.1", "Connection: close\r\n", false);
  get("1.1 with close in mixed case", "HTTP/1.1", "connection: CLOSE\r\n", false);
  get("1.1 with close in a list", "HTTP/1.1", "Connection: x, close ,y\r\n", false);
  get("1.1 with close behind empty elements", "HTTP/1.1", "Connection: ,, ,close\r\n", false);
  get("1.1 with close in a second line", "HTTP/1.1", "Connection: x\r\nConnection: close\r\n",
      false);
  get("1.1 with close and keep-alive", "HTTP/1.1", "Connection: keep-alive, close\r\n", false);
  get("1.1 with something like close", "HTTP/1.1", "Connection: closed, clos\r\n", true);
  get("1.1 with an empty Connection", "HTTP/1.1", "Connection:\r\n", true);
  get("1.1 with an upgrade is served as it is", "HTTP/1.1",
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n", true);
  get("1.1 with Proxy-Connection", "HTTP/1.1", "Proxy-Connection: close\r\n", true);
  get("1.0 closes", "HTTP/1.0", "", false);
  get("1.0 with keep-alive", "HTTP/1.0", "Connection: Keep-Alive\r\n", true);
  get("1.0 with keep-alive in a list", "HTTP/1.0", "Connection: x,keep-alive\r\n", true);
  get("1.0 with keep-alive and close", "HTTP/1.0", "Connection: keep-alive, close\r\n", false);
  get("1.0 with Keep-Alive but no Connection", "HTTP/1.0", "Keep-Alive: timeout=5\r\n", false);
}

void add_pipelines(HttpVectorTable& t) {
  const std::string next = "GET /next HTTP/1.1\r\nHost: b\r\n\r\n";
  const auto with_rest = [](HttpVerdict verdict, std::string rest) {
    verdict.rest = std::move(rest);
    return verdict;
  };
  const HttpVerdict get{.method = "GET", .path = "/", .fields = 1};
  const HttpVerdict chunked{.method = "POST",
                            .path = "/",
                            .fields = 2,
                            .framing = BodyFraming::kChunked,
                            .body = "hello"};
  t.rule(Rule::kPipelining);
  t.accept("two GETs", "GET / HTTP/1.1\r\nHost: a\r\n\r\n" + next, with_rest(get, next));
  t.accept("a GET and half of one", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /ne",
           with_rest(get, "GET /ne"));
  t.accept("a GET and junk", "GET / HTTP/1.1\r\nHost: a\r\n\r\n\0\n\r"s, with_rest(get, "\0\n\r"s));
  t.accept("a sized POST and a GET", post("Content-Length: 5\r\n", "hello" + next),
           with_rest(sized("hello"), next));
  t.accept("an empty POST and a GET", post("Content-Length: 0\r\n", next),
           with_rest(sized(""), next));
  t.accept("a chunked POST and a GET",
           post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n" + next),
           with_rest(chunked, next));
  t.accept("a chunked POST with trailers and a GET",
           post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX: y\r\n\r\n" + next),
           with_rest(chunked, next));
  t.accept("a body that looks like a request",
           post("Content-Length: " + std::to_string(next.size()) + "\r\n", next + next),
           with_rest(sized(next), next));
  t.accept("CRLF between two requests", "GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n" + next,
           with_rest(get, "\r\n" + next));
}

}  // namespace

void add_framing_vectors(HttpVectorTable& table) {
  add_content_lengths(table);
  add_body_limits(table);
  add_lengths_with_codings(table);
  add_transfer_encodings(table);
  add_expectations(table);
  add_keep_alives(table);
  add_pipelines(table);
}

}  // namespace net
