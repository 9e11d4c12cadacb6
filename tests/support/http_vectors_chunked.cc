// Vectors for bodies in the chunked coding.
#include <string>

#include "tests/support/http_vectors.h"

namespace net {
namespace {

using namespace std::string_literals;

void add_sizes(HttpVectorTable& t) {
  t.rule(Rule::kChunkSize);
  t.accept_chunked("no chunk", "0\r\n\r\n", "");
  t.accept_chunked("one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello");
  t.accept_chunked("two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world");
  t.accept_chunked("hex digits in both cases", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
                   "01234567890123456789");
  t.accept_chunked("a size of two digits", "1f\r\n" + std::string(31, 'x') + "\r\n0\r\n\r\n",
                   std::string(31, 'x'));
  t.accept_chunked("leading zeros", "0005\r\nhello\r\n000\r\n\r\n", "hello");
  t.accept_chunked("a size of 16 digits", "0000000000000005\r\nhello\r\n0\r\n\r\n", "hello");
  t.accept_chunked("data that looks like the coding", "7\r\n0\r\n\r\nab\r\n0\r\n\r\n",
                   "0\r\n\r\nab");
  t.wait("a chunked body without its last chunk",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  t.wait("a chunked body without its last line",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
  t.refuse_chunked("a size of 17 digits", "00000000000000005\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a size that overflows 64 bits", "10000000000000005\r\nhello\r\n", 400);
  t.refuse_chunked("no size", "\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("an extension without a size", ";a=b\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a size of 0x5", "0x5\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a size of 0X5", "0X5\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a size of +5", "+5\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a size of -1", "-1\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a size of 5g", "5g\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a size of g", "g\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a size of 5h", "5h\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a size with an underscore", "1_0\r\n0123456789abcdef\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a size with a point", "5.0\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a size with a comma", "5,5\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("SP before the size", " 5\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("SP behind the size", "5 \r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("HTAB behind the size", "5\t\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a vertical tab behind the size", "5\v\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a NUL behind the size", "5\0\r\nhello\r\n0\r\n\r\n"s, 400);
  t.refuse_chunked("a size in other digits", "\xd9\xa5\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a body that is not chunked", "hello, world", 400);
  t.refuse_chunked("a negative zero", "-0\r\n\r\n", 400);
}

void add_extensions(HttpVectorTable& t) {
  t.rule(Rule::kChunkExtension);
  t.accept_chunked("a name", "5;a\r\nhello\r\n0\r\n\r\n", "hello");
  t.accept_chunked("a name and a token", "5;a=b\r\nhello\r\n0\r\n\r\n", "hello");
  t.accept_chunked("a name and a quoted-string", "5;a=\"b c\"\r\nhello\r\n0\r\n\r\n", "hello");
  t.accept_chunked("a quoted pair", "5;a=\"b\\\"c;\\\\\"\r\nhello\r\n0\r\n\r\n", "hello");
  t.accept_chunked("an empty quoted-string", "5;a=\"\"\r\nhello\r\n0\r\n\r\n", "hello");
  t.accept_chunked("several", "5;a;b=c;d=\"e\";f\r\nhello\r\n0;g=h\r\n\r\n", "hello");
  t.accept_chunked("a token that looks like a size", "5;5=5\r\nhello\r\n0\r\n\r\n", "hello");
  t.accept_chunked("bytes from 0x80 on in quotes", "5;a=\"\x80\xff\"\r\nhello\r\n0\r\n\r\n",
                   "hello");
  t.accept_chunked("1024 bytes", "0;" + std::string(1023, 'a') + "\r\n\r\n", "");
  t.refuse_chunked("1025 bytes", "0;" + std::string(1024, 'a') + "\r\n\r\n", 400);
  t.refuse_chunked(
      "1025 bytes in two chunks",
      "1;" + std::string(511, 'a') + "\r\nx\r\n0;" + std::string(512, 'b') + "\r\n\r\n", 400);
  t.refuse_chunked("no name", "5;\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("two semicolons", "5;;a\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("no name before =", "5;=b\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("no value behind =", "5;a=\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("two equals signs", "5;a=b=c\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("SP behind the semicolon", "5; a=b\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("SP before the semicolon", "5 ;a=b\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("SP behind the value", "5;a=b \r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a quote left open", "5;a=\"b\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a character behind the quote", "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a control in the name", "5;a\x01\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("a NUL in quotes", "5;a=\"\0\"\r\nhello\r\n0\r\n\r\n"s, 400);
  t.refuse_chunked("DEL in quotes", "5;a=\"\x7f\"\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("CR in quotes", "5;a=\"\r\"\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("LF in an extension", "5;a\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("LF in quotes", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("LF in an extension hides a chunk", "2;\n05;\r\nxx\r\n0\r\n\r\n", 400);
  t.refuse_chunked("CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("UTF-8 in a name", "5;\xc3\xa9\r\nhello\r\n0\r\n\r\n", 400);
}

void add_ends(HttpVectorTable& t) {
  t.rule(Rule::kChunkEnd);
  t.accept_chunked("CRLF as data", "2\r\n\r\n\r\n0\r\n\r\n", "\r\n");
  t.refuse_chunked("LF behind the size", "5\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("CR behind the size", "5\rhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("CRCRLF behind the size", "5\r\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("LF behind the data", "5\r\nhello\n0\r\n\r\n", 400);
  t.refuse_chunked("CR behind the data", "5\r\nhello\r0\r\n\r\n", 400);
  t.refuse_chunked("nothing behind the data", "5\r\nhello0\r\n\r\n", 400);
  t.refuse_chunked("two bytes that are not CRLF", "5\r\nhelloXX0\r\n\r\n", 400);
  t.refuse_chunked("SP behind the data", "5\r\nhello \r\n0\r\n\r\n", 400);
  t.refuse_chunked("data longer than its size", "4\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("data shorter than its size", "6\r\nhello\r\n0\r\n\r\n", 400);
  t.refuse_chunked("LF behind the last size", "0\n\r\n", 400);
  t.refuse_chunked("LF as the last line", "0\r\n\n", 400);
  t.refuse_chunked("CR as the last line", "0\r\n\rX", 400);
  t.refuse_chunked("two CRLF behind the data", "5\r\nhello\r\n\r\n0\r\n\r\n", 400);

  const auto chunks = [](int count) {
    std::string coded;
    for (int i = 0; i < count; ++i) coded += "1\r\nx\r\n";
    return coded + "0\r\n\r\n";
  };
  t.rule(Rule::kChunkOverhead);
  t.accept_chunked("300 chunks of one byte", chunks(300), std::string(300, 'x'));
  t.refuse_chunked("5000 chunks of one byte", chunks(5000), 400);
  t.refuse_chunked(
      "a flood of short extensions",
      [] {
        std::string coded;
        for (int i = 0; i < 520; ++i) coded += "1;a\r\nx\r\n";
        return coded;
      }(),
      400);
}

void add_trailers(HttpVectorTable& t) {
  const auto lines = [](int count) {
    std::string coded = "0\r\n";
    for (int i = 0; i < count; ++i) coded += "X: y\r\n";
    return coded + "\r\n";
  };
  t.rule(Rule::kTrailers);
  t.accept_chunked("one trailer", "5\r\nhello\r\n0\r\nX: y\r\n\r\n", "hello");
  t.accept_chunked("two trailers", "0\r\nX-Checksum: abc\r\nY:\r\n\r\n", "");
  t.accept_chunked("a trailer with every kind of byte", "0\r\nX: \t!~;=\"\\:\x80\xff\r\n\r\n", "");
  t.accept_chunked("names like forbidden ones", "0\r\nHos: a\r\nHosts: b\r\nX-Host: c\r\n\r\n", "");
  t.accept_chunked("a name that a forbidden one begins",
                   "0\r\nTransfer-Encoding-X: a\r\nContent-Length-X: b\r\n\r\n", "");
  t.accept_chunked("100 trailers", lines(100), "");
  t.refuse_chunked("101 trailers", lines(101), 431);
  t.accept_chunked("8 KiB of trailers", "0\r\nX:" + std::string(8192 - 6, 'y') + "\r\n\r\n", "");
  t.refuse_chunked("8 KiB and one byte of trailers",
                   "0\r\nX:" + std::string(8192 - 5, 'y') + "\r\n\r\n", 431);
  t.refuse_chunked("a trailer that never ends", "0\r\nX:" + std::string(10000, 'y'), 431);
  t.refuse_chunked("Content-Length", "0\r\nContent-Length: 5\r\n\r\n", 400);
  t.refuse_chunked("Transfer-Encoding", "0\r\ntransfer-encoding: chunked\r\n\r\n", 400);
  t.refuse_chunked("Host", "0\r\nX: y\r\nHOST: b\r\n\r\n", 400);
  t.refuse_chunked("Authorization", "0\r\nAuthorization: Bearer b\r\n\r\n", 400);
  t.refuse_chunked("X-API-Key", "0\r\nx-api-key: fp_b\r\n\r\n", 400);
  t.refuse_chunked("SP before the colon of a trailer", "0\r\nX : y\r\n\r\n", 400);
  t.refuse_chunked("no colon in a trailer", "0\r\nX\r\n\r\n", 400);
  t.refuse_chunked("an empty trailer name", "0\r\n: y\r\n\r\n", 400);
  t.refuse_chunked("SP before a trailer", "0\r\n X: y\r\n\r\n", 400);
  t.refuse_chunked("a folded trailer", "0\r\nX: y\r\n z\r\n\r\n", 400);
  t.refuse_chunked("LF ends a trailer", "0\r\nX: y\n\r\n", 400);
  t.refuse_chunked("CR in a trailer", "0\r\nX: y\rz\r\n\r\n", 400);
  t.refuse_chunked("a NUL in a trailer", "0\r\nX: \0\r\n\r\n"s, 400);
  t.refuse_chunked("a control in a trailer's name", "0\r\nX\x02: y\r\n\r\n", 400);
  t.refuse_chunked("a request in place of the last line", "0\r\nGET /b HTTP/1.1\r\n\r\n", 400);
}

}  // namespace

void add_chunked_vectors(HttpVectorTable& table) {
  add_sizes(table);
  add_extensions(table);
  add_ends(table);
  add_trailers(table);
}

}  // namespace net
