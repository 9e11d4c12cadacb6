#include "core/domain/usage_event.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"
#include "core/domain/formatted_text.h"

namespace core {
namespace {

constexpr std::string_view kPlaceholder = "{id}";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_identifier(std::string_view segment) {
  return !segment.empty() && (std::ranges::all_of(segment, is_digit) || has_uuid_form(segment));
}

}  // namespace

std::string_view method_name(Method method) noexcept {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kOptions:
      return "OPTIONS";
    case Method::kOther:
      return "OTHER";
  }
  return "OTHER";  // A value from a file that a newer version wrote.
}

std::size_t endpoint_template(std::string_view path, char* out) noexcept {
  CHECK(path.size() <= kEndpointBytesMax);
  char* at = out;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    const std::string_view written = is_identifier(segment) ? kPlaceholder : segment;
    at = std::ranges::copy(written, at).out;
    if (end == path.size()) return static_cast<std::size_t>(at - out);
    *at++ = '/';
    begin = end + 1;
  }
}

}  // namespace core
