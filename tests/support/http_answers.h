// Takes apart what a server sends, strictly: what does not read as HTTP/1.1 answers is a CHECK.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/check.h"

namespace test {

struct HttpAnswer {
  int status = 0;
  std::string head;  // With the status line; without the blank line.
  std::string body;

  // The value of a header line; empty if there is none. Twice is a CHECK.
  std::string header(std::string_view name) const {
    const std::string line = "\r\n" + std::string(name) + ": ";
    const std::size_t at = head.find(line);
    if (at == std::string::npos) return {};
    CHECK(head.find(line, at + 1) == std::string::npos);
    const std::size_t begin = at + line.size();
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
  bool has(std::string_view name) const {
    return head.find("\r\n" + std::string(name) + ": ") != std::string::npos;
  }
};

// All answers in `text`, each to its exact end; `bodies`: false for answers to HEAD.
inline std::vector<HttpAnswer> read_answers(std::string_view text, bool bodies = true) {
  std::vector<HttpAnswer> answers;
  while (!text.empty()) {
    CHECK(text.starts_with("HTTP/1.1 "));
    const std::size_t end = text.find("\r\n\r\n");
    CHECK(end != std::string_view::npos);
    HttpAnswer answer;
    answer.status = std::stoi(std::string(text.substr(9, 3)));
    answer.head = text.substr(0, end);
    text.remove_prefix(end + 4);
    const bool has_body =
        bodies && answer.status >= 200 && answer.status != 204 && answer.status != 304;
    if (has_body) {
      const std::size_t bytes = std::stoul(answer.header("Content-Length"));
      CHECK(bytes <= text.size());
      answer.body = text.substr(0, bytes);
      text.remove_prefix(bytes);
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

// The only one. None or two are a CHECK.
inline HttpAnswer read_answer(std::string_view text, bool bodies = true) {
  auto answers = read_answers(text, bodies);
  CHECK(answers.size() == 1);
  return std::move(answers.front());
}

}  // namespace test
