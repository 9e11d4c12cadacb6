#include "tools/cli/url_query.h"

#include <fmt/format.h>

namespace tollgate {
namespace {

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

UrlQuery& UrlQuery::add(std::string_view name, std::string_view value) {
  text_ += text_.empty() ? '?' : '&';
  text_.append(name).append("=");
  for (const char c : value) {
    if (is_unreserved(c)) {
      text_ += c;
    } else {
      text_ += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return *this;
}

UrlQuery& UrlQuery::add_if_given(std::string_view name, std::string_view value) {
  return value.empty() ? *this : add(name, value);
}

}  // namespace tollgate
