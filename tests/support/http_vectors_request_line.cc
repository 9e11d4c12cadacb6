// Vectors for what comes before the first field: line ends, method, target, version.
#include <string>

#include "tests/support/http_vectors.h"

namespace net {
namespace {

using namespace std::string_literals;

const std::string kHost = "Host: a\r\n\r\n";

void add_line_ends(HttpVectorTable& t) {
  const HttpVerdict get{.method = "GET", .path = "/", .fields = 1};
  t.rule(Rule::kLineEnd);
  t.accept("CRLF everywhere", "GET / HTTP/1.1\r\n" + kHost, get);
  t.refuse("LF ends the request line", "GET / HTTP/1.1\n" + kHost, 400);
  t.refuse("LF ends a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400);
  t.refuse("LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400);
  t.refuse("LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", 400);
  t.refuse("LF inside a field value hides a second field",
           "GET / HTTP/1.1\r\nHost: a\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n", 400);
  t.refuse("LFCR in place of CRLF", "GET / HTTP/1.1\n\rHost: a\n\r\n\r", 400);
  t.refuse("LF alone", "\n", 400);
  t.wait("nothing at all", "");
  t.wait("a request line without its LF", "GET / HTTP/1.1\r");
  t.wait("a head without its last LF", "GET / HTTP/1.1\r\nHost: a\r\n\r");
  t.wait("one byte", "G");

  t.rule(Rule::kBareReturn);
  t.refuse("CR ends the request line", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400);
  t.refuse("CR inside the request line", "GET /\r HTTP/1.1\r\n" + kHost, 400);
  t.refuse("CR before CRLF", "GET / HTTP/1.1\r\r\n" + kHost, 400);
  t.refuse("CR inside a field value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400);
  t.refuse("CR inside a field name", "GET / HTTP/1.1\r\nHost: a\r\nX\rY: b\r\n\r\n", 400);
  t.refuse("CR ends a field", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400);
  t.refuse("CR first", "\rGET / HTTP/1.1\r\n" + kHost, 400);
  t.refuse("CR alone on the last line", "GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n", 400);
  t.refuse("CR before a smuggled request",
           "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\rGET /b HTTP/1.1\r\nHost: a\r\n\r\n", 400);

  t.rule(Rule::kLeadingEmptyLine);
  t.accept("one CRLF first", "\r\nGET / HTTP/1.1\r\n" + kHost, get);
  t.accept("two CRLF first", "\r\n\r\nGET / HTTP/1.1\r\n" + kHost, get);
  t.refuse("three CRLF first", "\r\n\r\n\r\nGET / HTTP/1.1\r\n" + kHost, 400);
  t.refuse("LF first", "\nGET / HTTP/1.1\r\n" + kHost, 400);
  t.refuse("CRLF and LF first", "\r\n\nGET / HTTP/1.1\r\n" + kHost, 400);
  t.refuse("a line of one SP first", " \r\nGET / HTTP/1.1\r\n" + kHost, 400);
  t.wait("only CRLF", "\r\n");

  t.rule(Rule::kBlankBeforeField);
  t.refuse("SP before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400);
  t.refuse("HTAB before the first field", "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", 400);
  t.refuse("a line of SP before the first field", "GET / HTTP/1.1\r\n  \r\n" + kHost, 400);
  t.refuse("a folded request line", "GET /\r\n HTTP/1.1\r\n" + kHost, 400);
}

void add_request_lines(HttpVectorTable& t) {
  t.rule(Rule::kRequestLine);
  t.accept_target("the smallest path", "GET / HTTP/1.1", "/");
  t.accept_target("a longer path", "GET /a/b/c.d HTTP/1.1", "/a/b/c.d");
  t.refuse_target("two SP behind the method", "GET  / HTTP/1.1", 400);
  t.refuse_target("two SP behind the target", "GET /  HTTP/1.1", 400);
  t.refuse_target("SP before the method", " GET / HTTP/1.1", 400);
  t.refuse_target("SP behind the version", "GET / HTTP/1.1 ", 400);
  t.refuse_target("HTAB behind the method", "GET\t/ HTTP/1.1", 400);
  t.refuse_target("HTAB behind the target", "GET /\tHTTP/1.1", 400);
  t.refuse_target("HTAB behind the version", "GET / HTTP/1.1\t", 400);
  t.refuse_target("HTAB before the method", "\tGET / HTTP/1.1", 400);
  t.refuse_target("a vertical tab behind the method", "GET\v/ HTTP/1.1", 400);
  t.refuse_target("no target", "GET HTTP/1.1", 400);
  t.refuse_target("an empty target", "GET  HTTP/1.1", 400);
  t.refuse_target("a method alone", "GET", 400);
  t.refuse_target("a method and SP", "GET ", 400);
  t.refuse_target("no SP before the version", "GET /HTTP/1.1", 400);
  t.refuse_target("a fourth word", "GET / HTTP/1.1 x", 400);
  t.refuse_target("a word before the version", "GET / x HTTP/1.1", 400);
  t.refuse_target("a path with a SP in it", "GET /a b HTTP/1.1", 400);
  t.refuse("a TLS ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400);
  t.refuse("bytes that are no text", "\x80\xff\xfe\xfd\r\n\r\n", 400);
  t.refuse("a NUL first", "\0GET / HTTP/1.1\r\n"s + kHost, 400);
  t.refuse("a field where the request line should be", "Host: a\r\nGET / HTTP/1.1\r\n\r\n", 400);
  t.refuse("an answer", "HTTP/1.1 200 OK\r\nHost: a\r\n\r\n", 400);
}

void add_methods(HttpVectorTable& t) {
  t.rule(Rule::kMethod);
  for (const std::string method : {"HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
    t.accept_target("method " + method, method + " /m HTTP/1.1", "/m");
  }
  t.refuse_target("an unknown method", "FROB / HTTP/1.1", 501);
  t.refuse_target("a WebDAV method", "PROPFIND / HTTP/1.1", 501);
  t.refuse_target("a method in lower case", "get / HTTP/1.1", 501);
  t.refuse_target("a method in mixed case", "Get / HTTP/1.1", 501);
  t.refuse_target("a method with every kind of tchar", "!#$%&'*+-.^_`|~09azAZ / HTTP/1.1", 501);
  t.refuse_target("a method that begins with GET", "GETX / HTTP/1.1", 501);
  t.refuse_target("a method that GET begins with", "GE / HTTP/1.1", 501);
  t.refuse_target("a very long method", std::string(1000, 'M') + " / HTTP/1.1", 501);
  t.refuse_target("a method with a colon", "GET: / HTTP/1.1", 400);
  t.refuse_target("a method in brackets", "(GET) / HTTP/1.1", 400);
  t.refuse_target("a quoted method", "\"GET\" / HTTP/1.1", 400);
  t.refuse_target("a method with a byte above 0x7F", "G\xc3\x89T / HTTP/1.1", 400);
  t.refuse_target("a method with a NUL", "GE\0T / HTTP/1.1"s, 400);
  t.refuse_target("a comma behind the method", "GET, / HTTP/1.1", 400);
}

void add_versions(HttpVectorTable& t) {
  t.rule(Rule::kVersion);
  t.accept("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n",
           {.method = "GET", .path = "/", .keep_alive = false});
  t.accept_target("HTTP/1.2 is handled as 1.1", "GET / HTTP/1.2", "/");
  t.accept_target("HTTP/1.9 is handled as 1.1", "GET / HTTP/1.9", "/");
  t.refuse_target("HTTP/2.0", "GET / HTTP/2.0", 505);
  t.refuse_target("HTTP/3.0", "GET / HTTP/3.0", 505);
  t.refuse_target("HTTP/0.1", "GET / HTTP/0.1", 505);
  t.refuse_target("HTTP/9.9", "GET / HTTP/9.9", 505);
  t.refuse("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
  t.refuse_target("HTTP/0.9 by name", "GET / HTTP/0.9", 400);
  t.refuse("HTTP/0.9", "GET /\r\n", 400);
  t.refuse("HTTP/0.9 with SP", "GET / \r\n", 400);
  t.refuse_target("http in lower case", "GET / http/1.1", 400);
  t.refuse_target("Http in mixed case", "GET / Http/1.1", 400);
  t.refuse_target("two digits behind the point", "GET / HTTP/1.10", 400);
  t.refuse_target("two digits before the point", "GET / HTTP/11.1", 400);
  t.refuse_target("a leading zero", "GET / HTTP/01.1", 400);
  t.refuse_target("no minor", "GET / HTTP/1.", 400);
  t.refuse_target("no point", "GET / HTTP/1", 400);
  t.refuse_target("no major", "GET / HTTP/.1", 400);
  t.refuse_target("no number", "GET / HTTP/", 400);
  t.refuse_target("a comma for the point", "GET / HTTP/1,1", 400);
  t.refuse_target("SP inside the version", "GET / HTTP/ 1.1", 400);
  t.refuse_target("SP before the slash", "GET / HTTP /1.1", 400);
  t.refuse_target("another protocol of the same length", "GET / HTPP/1.1", 400);
  t.refuse_target("HTTPS as the protocol", "GET / HTTPS/1.1", 400);
  t.refuse_target("a letter for the minor", "GET / HTTP/1.x", 400);
  t.refuse_target("a sign before the minor", "GET / HTTP/1.+1", 400);
  t.refuse_target("a NUL behind the version", "GET / HTTP/1.1\0"s, 400);
  t.refuse_target("ICY", "SOURCE / ICE/1.0", 400);
}

void add_line_lengths(HttpVectorTable& t) {
  constexpr std::size_t kLine = 8 * 1024;
  const auto line = [](std::size_t bytes) {
    return "GET /" + std::string(bytes - "GET / HTTP/1.1"s.size(), 'a') + " HTTP/1.1";
  };
  t.rule(Rule::kLineLength);
  t.accept_target("a request line of 8000 bytes", line(8000),
                  "/" + std::string(8000 - "GET / HTTP/1.1"s.size(), 'a'));
  t.accept_target("a request line at the bound", line(kLine),
                  "/" + std::string(kLine - "GET / HTTP/1.1"s.size(), 'a'));
  t.refuse_target("a request line one over the bound", line(kLine + 1), 414);
  t.refuse("a request line that never ends", "GET /" + std::string(kLine, 'a'), 414);
  t.refuse("a method that never ends", std::string(kLine + 2, 'G'), 414);
  t.refuse("a query that never ends", "GET /?" + std::string(2 * kLine, 'q'), 414);
  t.refuse("a CR at the bound", line(kLine + 1) + "\r", 414);
  t.wait("a request line at the bound without its CRLF", line(kLine));
}

void add_target_forms(HttpVectorTable& t) {
  t.rule(Rule::kAbsoluteForm);
  t.accept_target("an http URL", "GET http://b.example/p HTTP/1.1", "/p");
  t.accept_target("an https URL", "GET https://b.example/p HTTP/1.1", "/p");
  t.accept_target("a scheme in mixed case", "GET HtTp://b.example/p HTTP/1.1", "/p");
  t.accept_target("a URL with a port", "GET http://b.example:8080/p HTTP/1.1", "/p");
  t.accept_target("a URL with an IPv6 host", "GET http://[::1]:80/p HTTP/1.1", "/p");
  t.accept_target("a URL without a path", "GET http://b.example HTTP/1.1", "/");
  t.accept_target("a URL without a path but with a query", "GET http://b.example?q HTTP/1.1", "/");
  t.accept_target("OPTIONS of a URL", "OPTIONS http://b.example/p HTTP/1.1", "/p");
  t.refuse("a URL without Host in 1.1", "GET http://b.example/ HTTP/1.1\r\n\r\n", 400);
  t.refuse_target("a URL with userinfo", "GET http://user@b.example/ HTTP/1.1", 400);
  t.refuse_target("a URL with a password", "GET http://user:pw@b.example/ HTTP/1.1", 400);
  t.refuse_target("a URL without a host", "GET http:///p HTTP/1.1", 400);
  t.refuse_target("a URL with a port alone", "GET http://:80/p HTTP/1.1", 400);
  t.refuse_target("a URL with a port that is no number", "GET http://b:x/p HTTP/1.1", 400);
  t.refuse_target("a URL with a port too high", "GET http://b:65536/p HTTP/1.1", 400);
  t.refuse_target("a URL with a bracket left open", "GET http://[::1/p HTTP/1.1", 400);
  t.refuse_target("a URL with one slash", "GET http:/b/p HTTP/1.1", 400);
  t.refuse_target("a URL with no slash", "GET http:b/p HTTP/1.1", 400);
  t.refuse_target("a URL of another scheme", "GET ftp://b.example/p HTTP/1.1", 400);
  t.refuse_target("a file URL", "GET file:///etc/passwd HTTP/1.1", 400);
  t.refuse_target("a URL without a scheme", "GET ://b.example/p HTTP/1.1", 400);

  t.rule(Rule::kAsteriskForm);
  t.accept_target("OPTIONS *", "OPTIONS * HTTP/1.1", "*");
  t.refuse_target("GET *", "GET * HTTP/1.1", 400);
  t.refuse_target("POST *", "POST * HTTP/1.1", 400);
  t.refuse_target("OPTIONS * with more", "OPTIONS *a HTTP/1.1", 400);
  t.refuse_target("OPTIONS * with a query", "OPTIONS *?a HTTP/1.1", 400);
  t.accept_target("an asterisk in a path", "GET /* HTTP/1.1", "/*");

  t.rule(Rule::kConnect);
  t.refuse_target("CONNECT host:port", "CONNECT b.example:443 HTTP/1.1", 501);
  t.refuse_target("CONNECT to an IPv6 address", "CONNECT [::1]:443 HTTP/1.1", 501);
  t.refuse_target("CONNECT without a port", "CONNECT b.example HTTP/1.1", 400);
  t.refuse_target("CONNECT with an empty port", "CONNECT b.example: HTTP/1.1", 400);
  t.refuse_target("CONNECT with a path", "CONNECT /p HTTP/1.1", 400);
  t.refuse_target("CONNECT with a URL", "CONNECT http://b.example/ HTTP/1.1", 400);
  t.refuse_target("CONNECT with userinfo", "CONNECT u@b.example:443 HTTP/1.1", 400);
  t.refuse_target("CONNECT *", "CONNECT * HTTP/1.1", 400);
  t.refuse_target("authority-form for GET", "GET b.example:443 HTTP/1.1", 400);
}

void add_target_bytes(HttpVectorTable& t) {
  t.rule(Rule::kTargetBytes);
  t.accept_target("a path and a query", "GET /p?q=1&r=2 HTTP/1.1", "/p");
  t.accept_target("an empty query", "GET /p? HTTP/1.1", "/p");
  t.accept_target("a query with ? in it", "GET /p?q?r HTTP/1.1", "/p");
  t.accept_target("a path with every unreserved and sub-delim",
                  "GET /az09-._~!$&'()*+,;=:@/ HTTP/1.1", "/az09-._~!$&'()*+,;=:@/");
  t.accept_target("two slashes first", "GET //b.example/p HTTP/1.1", "//b.example/p");
  t.accept_target("dot segments stay as they are", "GET /a/../b/./c HTTP/1.1", "/a/../b/./c");
  t.accept_target("an escape stays as it is", "GET /a%20b%2Fc%2f HTTP/1.1", "/a%20b%2Fc%2f");
  t.accept_target("quotes and brackets as browsers send them", "GET /p?f[a]=\"x|y\" HTTP/1.1",
                  "/p");
  t.accept_target("an incomplete escape in the query", "GET /p?q=100% HTTP/1.1", "/p");
  t.refuse_target("an escape cut short", "GET /a%2 HTTP/1.1", 400);
  t.refuse_target("a % alone", "GET /% HTTP/1.1", 400);
  t.refuse_target("an escape of no hex", "GET /a%zz HTTP/1.1", 400);
  t.refuse_target("an escape half hex", "GET /a%2g/b HTTP/1.1", 400);
  t.refuse_target("an escape cut by the query", "GET /a%2?b HTTP/1.1", 400);
  t.refuse_target("a second escape that is bad", "GET /a%20%x HTTP/1.1", 400);
  t.refuse_target("a %u escape", "GET /%u002e HTTP/1.1", 400);
  t.refuse_target("an incomplete escape in a URL's path", "GET http://b/a%2 HTTP/1.1", 400);
  t.refuse_target("a fragment", "GET /p#f HTTP/1.1", 400);
  t.refuse_target("a fragment behind a query", "GET /p?q#f HTTP/1.1", 400);
  t.refuse_target("a fragment alone", "GET # HTTP/1.1", 400);
  t.refuse_target("a NUL in the path", "GET /a\0b HTTP/1.1"s, 400);
  t.refuse_target("a control in the path", "GET /a\x01 HTTP/1.1", 400);
  t.refuse_target("an escape character in the query", "GET /?\x1b[0m HTTP/1.1", 400);
  t.refuse_target("DEL in the path", "GET /a\x7f HTTP/1.1", 400);
  t.refuse_target("UTF-8 in the path", "GET /\xc3\xa9 HTTP/1.1", 400);
  t.refuse_target("UTF-8 in the query", "GET /?q=\xe2\x82\xac HTTP/1.1", 400);
  t.refuse_target("a byte 0xFF in the path", "GET /\xff HTTP/1.1", 400);
  t.refuse_target("a byte 0x80 at a 16-byte block's end", "GET /0123456789\x80 HTTP/1.1", 400);
  t.refuse_target("a path without its slash", "GET index.html HTTP/1.1", 400);
  t.refuse_target("a query without a path", "GET ?q HTTP/1.1", 400);
  t.refuse_target("dots without a slash", "GET ../p HTTP/1.1", 400);
  t.refuse_target("a backslash first", "GET \\p HTTP/1.1", 400);
}

}  // namespace

void add_request_line_vectors(HttpVectorTable& table) {
  add_line_ends(table);
  add_request_lines(table);
  add_methods(table);
  add_versions(table);
  add_line_lengths(table);
  add_target_forms(table);
  add_target_bytes(table);
}

}  // namespace net
