// The query of a URL, piece by piece.
#pragma once

#include <string>
#include <string_view>

namespace tollgate {

// "?limit=10&cursor=7", percent-encoded (RFC 3986 2.3: what is not unreserved); empty while nothing
// was added.
class UrlQuery {
 public:
  UrlQuery& add(std::string_view name, std::string_view value);

  // The same, but an empty value adds nothing.
  UrlQuery& add_if_given(std::string_view name, std::string_view value);

  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

}  // namespace tollgate
