// Requests with what a strict HTTP/1.1 server must make of them: for the parser's tests, the
// fuzzer's seeds and the tests that send them to the real binary.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace net {

// What a vector shows: one row of the strictness table, with the sections of RFC 9112 (or 9110,
// where it says so) that the row stands on. Rows about answers (HEAD, 204, 304, Date, no 1xx to
// HTTP/1.0) belong to the writer's tests.
enum class Rule : std::uint8_t {
  kLineEnd,           // 2.2: CRLF, nothing else
  kBareReturn,        // 2.2
  kLeadingEmptyLine,  // 2.2
  kBlankBeforeField,  // 2.2: whitespace between request line and first field
  kRequestLine,       // 3: method SP target SP version
  kMethod,            // 9110 9.1
  kVersion,           // 2.3
  kLineLength,        // 3: 414
  kHost,              // 3.2
  kAbsoluteForm,      // 3.2.2
  kAsteriskForm,      // 3.2.4
  kConnect,           // 3.2.3
  kTargetBytes,       // 3.2, RFC 3986
  kFieldName,         // 5.1
  kFold,              // 5.2
  kFieldValue,        // 9110 5.5
  kHeadLimits,        // RFC 6585 5: 431
  kContentLength,     // 6.3, 9110 8.6
  kLengthAndCoding,   // 6.1
  kTransferEncoding,  // 6.1
  kChunkSize,         // 7.1
  kChunkExtension,    // 7.1.1
  kChunkEnd,          // 7.1
  kChunkOverhead,     // CVE-2023-39326, CVE-2024-22019
  kTrailers,          // 7.1.2, 9110 6.5
  kBodyLimit,         // 9110 15.5.14: 413
  kExpect,            // 9110 10.1.1
  kKeepAlive,         // 9.3
  kPipelining,        // 9.3.2
  kCredentials,       // ours: one key and one token at most
};
inline constexpr std::size_t kRules = 30;
std::string_view rule_name(Rule rule);

enum class BodyFraming : std::uint8_t { kNone, kSized, kChunked };

// What becomes of the first request in some bytes.
struct HttpVerdict {
  int status = 0;           // 0: accepted; else the status of the refusal, and the rest is unset
  bool incomplete = false;  // more bytes are needed to tell; the rest is unset
  std::string method = {};
  std::string path = {};
  std::size_t fields = 0;
  BodyFraming framing = BodyFraming::kNone;
  std::string body = {};
  std::string rest = {};  // bytes behind the request: the next one's
  bool keep_alive = true;
  bool expect_continue = false;

  bool operator==(const HttpVerdict&) const = default;
};

// "refused with 400", "GET /p with 1 fields, no body ...". Googletest prints it on failure.
void PrintTo(const HttpVerdict& verdict, std::ostream* out);

struct HttpVector {
  Rule rule;
  std::string name;
  std::string bytes;
  HttpVerdict expected;
};

// All vectors. Their names are unique.
const std::vector<HttpVector>& http_vectors();

// A table in the making: what its rows have in common is said once.
class HttpVectorTable {
 public:
  // The rows that follow show this.
  void rule(Rule rule) { rule_ = rule; }

  void accept(std::string name, std::string bytes, HttpVerdict expected);
  void refuse(std::string name, std::string bytes, int status);
  void wait(std::string name, std::string bytes);  // incomplete

  // GET / of HTTP/1.1 with a Host line and then those lines, each ended by CRLF in `lines`.
  void accept_lines(std::string name, std::string lines);
  void refuse_lines(std::string name, std::string lines, int status);

  // A request line alone, with a Host line behind it. Accepted: with that path.
  void accept_target(std::string name, std::string request_line, std::string path);
  void refuse_target(std::string name, std::string request_line, int status);

  // POST / of HTTP/1.1 with Host, Transfer-Encoding: chunked and that coded body.
  void accept_chunked(std::string name, std::string coded, std::string body);
  void refuse_chunked(std::string name, std::string coded, int status);

  std::vector<HttpVector> take() { return std::move(vectors_); }

 private:
  Rule rule_ = Rule::kLineEnd;
  std::vector<HttpVector> vectors_;
};

// The parts of the table, a file each.
void add_request_line_vectors(HttpVectorTable& table);
void add_field_vectors(HttpVectorTable& table);
void add_framing_vectors(HttpVectorTable& table);
void add_chunked_vectors(HttpVectorTable& table);

}  // namespace net
