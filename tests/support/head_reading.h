// A request head from its bytes, for tests of what reads heads.
#pragma once

#include <string>
#include <string_view>

#include "core/base/check.h"
#include "net/http_parser.h"

namespace test {

// "GET /path" and whole header lines. Keeps the bytes that the head views.
class ReadHead {
 public:
  explicit ReadHead(std::string_view method_and_target, std::string_view lines = "")
      : bytes_(std::string(method_and_target) + " HTTP/1.1\r\nHost: t\r\n" + std::string(lines) +
               "\r\n") {
    const net::ParserLimits limits;
    net::RequestParser parser(limits);
    CHECK(parser.parse(bytes_, head) == net::ParseOutcome::kComplete);
  }
  ReadHead(const ReadHead&) = delete;
  ReadHead& operator=(const ReadHead&) = delete;

 private:
  const std::string bytes_;

 public:
  net::RequestHead head;
};

}  // namespace test
