// Reads one request from bytes that come in given pieces, as a connection does, and says what
// became of it. Shared by the parser's tests and its fuzzer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/check.h"
#include "net/http_body.h"
#include "net/http_parser.h"
#include "tests/support/guarded_bytes.h"
#include "tests/support/http_vectors.h"

namespace net {

// Every step sees its bytes in a guarded place of their own, at the end or at the begin of it, in
// turns, and with a RequestHead that other requests have left their marks in.
class HttpReading {
 public:
  explicit HttpReading(std::size_t bytes_max, ParserLimits parser = {}, BodyLimits body = {})
      : parser_limits_(parser), body_limits_(body), guarded_(bytes_max) {}

  // Gives bytes[0, cuts[0]), then bytes[cuts[0], cuts[1]) and so on; the rest last. `cuts` ascend.
  HttpVerdict read(std::string_view bytes, const std::vector<std::size_t>& cuts) {
    RequestParser parser(parser_limits_);
    BodyReader body(body_limits_);
    HttpVerdict verdict;
    std::string payload;
    std::size_t head_bytes = 0;  // 0: the head is still to come
    std::size_t used = 0;
    for (std::size_t piece = 0; piece <= cuts.size(); ++piece) {
      const std::size_t end = piece < cuts.size() ? cuts[piece] : bytes.size();
      if (head_bytes == 0) {
        RequestHead& head = heads_[piece % 2];
        const ParseOutcome outcome = parser.parse(place(bytes.substr(0, end)), head);
        if (outcome == ParseOutcome::kNeedMore) continue;
        if (outcome == ParseOutcome::kRefused) return {.status = parser.refusal().status};
        verdict = describe(head);
        head_bytes = used = head.head_bytes;
        const BodyOutcome begun = body.start(head);
        if (begun == BodyOutcome::kRefused) return {.status = body.refusal().status};
        if (begun == BodyOutcome::kComplete) return with_body(verdict, payload, bytes.substr(used));
      }
      const BodyProgress progress = body.feed(place(bytes.substr(used, end - used)), payload);
      used += progress.consumed;
      if (progress.outcome == BodyOutcome::kRefused) return {.status = body.refusal().status};
      CHECK(payload.size() <= body_limits_.body_bytes);
      if (progress.outcome == BodyOutcome::kComplete) {
        return with_body(verdict, payload, bytes.substr(used));
      }
      CHECK(used == end);
    }
    return {.incomplete = true};
  }

 private:
  std::string_view place(std::string_view bytes) {
    at_end_ = !at_end_;
    return at_end_ ? guarded_.place_at_end(bytes) : guarded_.place_at_begin(bytes);
  }

  // Copies all that a verdict has of the head, while its views live.
  static HttpVerdict describe(const RequestHead& head) {
    HttpVerdict verdict;
    verdict.method = method_name(head.method);
    verdict.path = head.path;
    verdict.fields = head.fields().size();
    verdict.framing = head.chunked    ? BodyFraming::kChunked
                      : head.has_body ? BodyFraming::kSized
                                      : BodyFraming::kNone;
    verdict.keep_alive = head.keep_alive;
    verdict.expect_continue = head.expect_continue;
    return verdict;
  }

  static HttpVerdict with_body(HttpVerdict verdict, std::string body, std::string_view rest) {
    verdict.body = std::move(body);
    verdict.rest = rest;
    return verdict;
  }

  ParserLimits parser_limits_;
  BodyLimits body_limits_;
  GuardedBytes guarded_;
  RequestHead heads_[2];
  bool at_end_ = false;
};

}  // namespace net
