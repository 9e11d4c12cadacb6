// Vectors for the header lines: names, values, folding, limits, Host, credentials.
#include <string>

#include "tests/support/http_vectors.h"

namespace net {
namespace {

using namespace std::string_literals;

// GET / with these lines in place of Host's.
std::string get_with(const std::string& lines) {
  return "GET / HTTP/1.1\r\n" + lines + "\r\n";
}

void add_hosts(HttpVectorTable& t) {
  const HttpVerdict get{.method = "GET", .path = "/", .fields = 1};
  t.rule(Rule::kHost);
  for (const std::string host :
       {"a", "b.example", "b.example:8000", "127.0.0.1:80", "[::1]", "[2001:db8::7]:443",
        "[::ffff:10.0.0.1]", "under_score.example", "xn--nxasmq6b", "b.example:", "b.example.",
        "a%20b", "!$&'()*+,;=~"}) {
    t.accept("Host: " + host, get_with("Host: " + host + "\r\n"), get);
  }
  t.accept("Host in another case", get_with("hOST: a\r\n"), get);
  t.accept("Host without SP", get_with("Host:a\r\n"), get);
  t.refuse("no Host", get_with(""), 400);
  t.refuse("no Host but other fields", get_with("Accept: */*\r\nX-Host: a\r\n"), 400);
  t.refuse("no Host in HTTP/1.2", "GET / HTTP/1.2\r\n\r\n", 400);
  t.refuse("two equal Host lines", get_with("Host: a\r\nHost: a\r\n"), 400);
  t.refuse("two different Host lines", get_with("Host: a\r\nHost: b\r\n"), 400);
  t.refuse("two Host lines in different case", get_with("Host: a\r\nX: y\r\nhost: b\r\n"), 400);
  t.refuse("two Host lines in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400);
  t.refuse("a bad Host in 1.0", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400);
  t.refuse("a bad Host beside a URL", "GET http://a/ HTTP/1.1\r\nHost: a/b\r\n\r\n", 400);
  t.accept("a Host that differs from the URL's", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", get);
  t.refuse("an empty Host", get_with("Host:\r\n"), 400);
  t.refuse("a Host of SP", get_with("Host:   \r\n"), 400);
  for (const std::string host :
       {"user@a",    "user:pw@a", "a/",      "a/b",           "/",         "a?b",
        "a#b",       "http://a",  "a b",     "a, b",          "a:b",       "a:80:80",
        "a:-1",      "a:+80",     "a:65536", "a:99999999999", ":80",       "[::1",
        "::1",       "[]",        "[::1]a",  "[::1]]",        "[1.2.3.4]", "[fe80::1%25eth0]",
        "[v1.a]",    "[:::1]",    "a\\b",    "a\"b",          "<a>",       "a|b",
        "a{b}",      "a^b",       "a`b",     "a%2",           "a%zz",      "%",
        "b\xc3\xa9", "\xff"}) {
    t.refuse("Host: " + host, get_with("Host: " + host + "\r\n"), 400);
  }
  t.refuse("Host with HTAB inside", get_with("Host: a\tb\r\n"), 400);
}

void add_field_names(HttpVectorTable& t) {
  t.rule(Rule::kFieldName);
  t.accept_lines("a name with every kind of tchar", "!#$%&'*+-.^_`|~09azAZ: y\r\n");
  t.accept_lines("a name of one letter", "X: y\r\n");
  t.accept_lines("a name with an underscore", "X_Y: z\r\n");
  t.accept_lines("a name like a known one", "Content-Lengths: x\r\nTransfer-Encodin: x\r\n");
  t.refuse_lines("SP before the colon", "X : y\r\n", 400);
  t.refuse_lines("HTAB before the colon", "X\t: y\r\n", 400);
  t.refuse_lines("SP before the colon of Content-Length", "Content-Length : 5\r\n", 400);
  t.refuse_lines("SP before the colon of Transfer-Encoding", "Transfer-Encoding : chunked\r\n",
                 400);
  t.refuse("SP before the colon of Host", get_with("Host : a\r\n"), 400);
  t.refuse_lines("SP inside the name", "X Y: z\r\n", 400);
  t.refuse_lines("an empty name", ": y\r\n", 400);
  t.refuse_lines("a colon alone", ":\r\n", 400);
  t.refuse_lines("no colon", "X\r\n", 400);
  t.refuse_lines("no colon in the last line", "X: y\r\nfoo bar\r\n", 400);
  t.refuse_lines("a second request line", "GET /b HTTP/1.1\r\n", 400);
  t.refuse_lines("a name in quotes", "\"X\": y\r\n", 400);
  t.refuse_lines("a name with a slash", "X/Y: z\r\n", 400);
  t.refuse_lines("a name with an at sign", "X@Y: z\r\n", 400);
  t.refuse_lines("a name in brackets", "[X]: y\r\n", 400);
  t.refuse_lines("a name with a comma", "X,Y: z\r\n", 400);
  t.refuse_lines("a name with a semicolon", "X;Y: z\r\n", 400);
  t.refuse_lines("a name with an equals sign", "X=Y: z\r\n", 400);
  t.refuse_lines("a name with a NUL", "X\0Y: z\r\n"s, 400);
  t.refuse_lines("a name with a control", "X\x01: y\r\n", 400);
  t.refuse_lines("a name with DEL", "X\x7f: y\r\n", 400);
  t.refuse_lines("a name with UTF-8", "X\xc3\xa9: y\r\n", 400);
  t.refuse_lines("a name that NBSP ends", "Content-Length\xa0: 5\r\n", 400);
  t.refuse_lines("a vertical tab before Transfer-Encoding", "\vTransfer-Encoding: chunked\r\n",
                 400);
  t.refuse_lines("NUL in Transfer-Encoding's name", "Transfer-Encoding\0: chunked\r\n"s, 400);
}

void add_folds(HttpVectorTable& t) {
  t.rule(Rule::kFold);
  t.refuse_lines("a value folded with SP", "X: a\r\n b\r\n", 400);
  t.refuse_lines("a value folded with HTAB", "X: a\r\n\tb\r\n", 400);
  t.refuse_lines("a value that begins on the next line", "X:\r\n a\r\n", 400);
  t.refuse_lines("a fold of SP alone", "X: a\r\n \r\n", 400);
  t.refuse_lines("a folded Transfer-Encoding", "Transfer-Encoding:\r\n chunked\r\n", 400);
  t.refuse_lines("a folded Content-Length", "Content-Length: 1\r\n 0\r\n", 400);
  t.refuse_lines("a field hidden as a fold", "X: a\r\n Transfer-Encoding: chunked\r\n", 400);
  t.refuse("a folded Host", get_with("Host: a\r\n .example\r\n"), 400);
}

void add_field_values(HttpVectorTable& t) {
  t.rule(Rule::kFieldValue);
  t.accept_lines("an empty value", "X:\r\n");
  t.accept_lines("a value of SP and HTAB", "X: \t \r\n");
  t.accept_lines("a value between blanks", "X: \t y \t\r\n");
  t.accept_lines("SP and HTAB inside", "X: a b\tc\r\n");
  t.accept_lines("colons inside", "X: a:b:c\r\n");
  t.accept_lines("all printable ASCII", "X: !\"#$%&'()*+,-./0189:;<=>?@AZ[\\]^_`az{|}~\r\n");
  t.accept_lines("bytes from 0x80 on", "X: \x80\xa0\xc3\xa9\xff\r\n");
  t.accept_lines("a value of 4000 bytes", "X: " + std::string(4000, 'y') + "\r\n");
  t.refuse_lines("a NUL first", "X: \0y\r\n"s, 400);
  t.refuse_lines("a NUL last", "X: y\0\r\n"s, 400);
  t.refuse_lines("a NUL in the middle", "X: y\0z\r\n"s, 400);
  for (const char c : {'\x01', '\x07', '\x08', '\v', '\f', '\x1b', '\x1f', '\x7f'}) {
    t.refuse_lines("control " + std::to_string(c) + " in a value", "X: a"s + c + "b\r\n", 400);
  }
  t.refuse_lines("a control behind 31 good bytes", "X: " + std::string(31, 'y') + "\x02\r\n", 400);
  t.refuse_lines("a control in a field that is not read", "Cookie: a=\x03\r\n", 400);
}

void add_head_limits(HttpVectorTable& t) {
  constexpr std::size_t kFieldsMax = 100;
  constexpr std::size_t kField = 8 * 1024;
  constexpr std::size_t kHead = 16 * 1024;
  const auto lines = [](std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += "X: y\r\n";
    return all;
  };
  const auto field = [](std::size_t bytes) { return "X: " + std::string(bytes - 3, 'y'); };
  // Fills a head up to `bytes`, in lines that are no longer than one field may be.
  const auto filler = [&field](std::size_t bytes) {
    const std::size_t rest = bytes - get_with("Host: a\r\n").size() - (kField + 2);
    return field(kField) + "\r\n" + field(rest - 2) + "\r\n";
  };
  t.rule(Rule::kHeadLimits);
  t.accept_lines("100 fields", lines(kFieldsMax - 1));
  t.refuse_lines("101 fields", lines(kFieldsMax), 431);
  t.refuse_lines("2000 fields", lines(2000), 431);
  t.accept_lines("a field at the bound", field(kField) + "\r\n");
  t.refuse_lines("a field one over the bound", field(kField + 1) + "\r\n", 431);
  t.refuse("a value that never ends", "GET / HTTP/1.1\r\nX: " + std::string(kField, 'y'), 431);
  t.refuse("a name that never ends", "GET / HTTP/1.1\r\n" + std::string(kField + 2, 'X'), 431);
  t.accept_lines("a head at the bound", filler(kHead));
  t.refuse_lines("a head one over the bound", filler(kHead + 1), 431);
  t.refuse("a head that never ends",
           "GET / HTTP/1.1\r\n" + field(kField) + "\r\n" + field(kField) + "\r\n", 431);
  t.wait("a head one byte below the bound and not ended",
         get_with("Host: a\r\n" + filler(kHead)).substr(0, kHead - 1));
}

void add_credentials(HttpVectorTable& t) {
  t.rule(Rule::kCredentials);
  t.accept_lines("one key and one token", "X-API-Key: fp_a\r\nAuthorization: Bearer b\r\n");
  t.accept_lines("an empty key", "X-API-Key:\r\n");
  t.refuse_lines("two keys", "X-API-Key: fp_a\r\nX-API-Key: fp_b\r\n", 400);
  t.refuse_lines("the same key twice", "X-API-Key: fp_a\r\nX-API-Key: fp_a\r\n", 400);
  t.refuse_lines("two keys in different case", "x-api-key: fp_a\r\nX: y\r\nX-Api-KEY: b\r\n", 400);
  t.refuse_lines("an empty key and another", "X-API-Key:\r\nX-API-Key: fp_b\r\n", 400);
  t.refuse_lines("two tokens", "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", 400);
  t.refuse_lines("two schemes", "Authorization: Basic YTpi\r\nauthorization: Bearer b\r\n", 400);
}

}  // namespace

void add_field_vectors(HttpVectorTable& table) {
  add_hosts(table);
  add_field_names(table);
  add_folds(table);
  add_field_values(table);
  add_head_limits(table);
  add_credentials(table);
}

}  // namespace net
