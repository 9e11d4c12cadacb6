#include "bench/load/response_parser.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace bench {
namespace {

constexpr std::string_view kVersion = "HTTP/1.";

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// ASCII only, as field names are. Requires: `lower` in lower case.
bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
  const auto same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
  };
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), same);
}

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "HTTP/1.1 200 OK" or "HTTP/1.1 200" to 200; 0 when it is something else.
int parse_status_line(std::string_view line) noexcept {
  constexpr std::size_t kShortest = 12;  // "HTTP/1.1 200"
  if (line.size() < kShortest || !line.starts_with(kVersion) || !is_digit(line[7])) return 0;
  if (line[8] != ' ' || (line.size() > kShortest && line[kShortest] != ' ')) return 0;
  if (!is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11])) return 0;
  const int status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  return status >= 100 && status <= 599 ? status : 0;
}

// Takes the next line, without its CR LF, off the front of `text`.
ParseOutcome take_line(std::string_view& text, std::string_view& line) noexcept {
  const void* end = text.empty() ? nullptr : std::memchr(text.data(), '\n', text.size());
  if (end == nullptr) return ParseOutcome::kNeedMore;
  const auto bytes = static_cast<std::size_t>(static_cast<const char*>(end) - text.data());
  if (bytes == 0 || text[bytes - 1] != '\r') return ParseOutcome::kMalformed;
  line = text.substr(0, bytes - 1);
  text.remove_prefix(bytes + 1);
  return ParseOutcome::kResponse;
}

}  // namespace

ParseOutcome ResponseParser::scan_field(std::string_view line, Head& head) {
  // Most fields are told apart by their first letter; only three names matter here.
  const char first = static_cast<char>(line.front() | 0x20);
  if (first != 'c' && first != 't') return ParseOutcome::kResponse;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return ParseOutcome::kMalformed;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (equals_ignoring_case(name, "transfer-encoding")) return ParseOutcome::kChunked;
  if (equals_ignoring_case(name, "connection") && equals_ignoring_case(value, "close")) {
    head.response.close = true;
  }
  if (equals_ignoring_case(name, "content-length")) {
    std::uint64_t length = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, length);
    if (value.empty() || error != std::errc() || stop != end) return ParseOutcome::kBadLength;
    if (head.has_length && head.body_bytes != length) return ParseOutcome::kBadLength;
    head.has_length = true;
    head.body_bytes = length;
  }
  return ParseOutcome::kResponse;
}

// kResponse when `text` begins with a whole head, of `head_bytes` bytes.
ParseOutcome ResponseParser::scan_head(std::string_view text, Head& head, std::size_t& head_bytes) {
  const std::size_t known = std::min(text.size(), kVersion.size());
  if (text.substr(0, known) != kVersion.substr(0, known)) return ParseOutcome::kMalformed;
  std::string_view rest = text;
  std::string_view line;
  if (const auto outcome = take_line(rest, line); outcome != ParseOutcome::kResponse)
    return outcome;
  head.response.status = parse_status_line(line);
  if (head.response.status == 0) return ParseOutcome::kMalformed;
  for (;;) {
    auto outcome = take_line(rest, line);
    if (outcome != ParseOutcome::kResponse) return outcome;
    if (line.empty()) break;
    outcome = scan_field(line, head);
    if (outcome != ParseOutcome::kResponse) return outcome;
  }
  head_bytes = text.size() - rest.size();
  return ParseOutcome::kResponse;
}

ParseOutcome ResponseParser::begin_body(const Head& head) {
  const int status = head.response.status;
  const bool bodiless = bodies_ == Bodies::kNever || status < 200 || status == 204 || status == 304;
  if (!bodiless && !head.has_length) return ParseOutcome::kLengthMissing;
  response_ = head.response;
  body_left_ = bodiless ? 0 : head.body_bytes;
  in_body_ = status >= 200;  // After an interim head comes another head.
  return ParseOutcome::kResponse;
}

ParseOutcome ResponseParser::read_head(std::string_view& input) {
  Head head;
  std::size_t head_bytes = 0;
  if (partial_head_.empty()) {
    const auto outcome = scan_head(input, head, head_bytes);
    if (outcome == ParseOutcome::kResponse) {
      input.remove_prefix(head_bytes);
      return begin_body(head);
    }
    if (outcome != ParseOutcome::kNeedMore) return outcome;
  }
  const std::size_t held = partial_head_.size();
  partial_head_.append(input.substr(0, kHeadMax - held));
  const auto outcome = scan_head(partial_head_, head, head_bytes);
  if (outcome == ParseOutcome::kResponse) {
    // What was held had no end, so that the head ends within the bytes just appended.
    input.remove_prefix(head_bytes - held);
    partial_head_.clear();
    return begin_body(head);
  }
  if (outcome != ParseOutcome::kNeedMore) return outcome;
  if (partial_head_.size() == kHeadMax) return ParseOutcome::kHeadTooLong;
  input = {};
  return ParseOutcome::kNeedMore;
}

ParseOutcome ResponseParser::next(std::string_view& input, Response& response) {
  while (!in_body_) {
    if (input.empty()) return ParseOutcome::kNeedMore;
    if (const auto outcome = read_head(input); outcome != ParseOutcome::kResponse) return outcome;
  }
  const auto skipped = std::min<std::uint64_t>(body_left_, input.size());
  input.remove_prefix(skipped);
  body_left_ -= skipped;
  if (body_left_ != 0) return ParseOutcome::kNeedMore;
  in_body_ = false;
  response = response_;
  return ParseOutcome::kResponse;
}

void ResponseParser::reset() noexcept {
  in_body_ = false;
  body_left_ = 0;
  partial_head_.clear();
}

}  // namespace bench
