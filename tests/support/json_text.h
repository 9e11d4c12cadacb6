// A JSON document that a test looks into, by the path of a member.
#pragma once

#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/base/json.h"

namespace test {

// Owns the parsed text. What is no JSON is a CHECK.
class JsonText {
 public:
  explicit JsonText(std::string_view text) : parser_(text.size() + 1), root_(parse(text)) {}

  core::JsonValue root() const { return root_; }

  // The member at "components/schemas/Invoice"; '~' in a name stands for '/'. A CHECK if there is
  // none.
  core::JsonValue at(std::string_view path) const {
    core::JsonValue value = root_;
    while (!path.empty()) {
      std::string name(path.substr(0, path.find('/')));
      path.remove_prefix(std::min(path.size(), name.size() + 1));
      for (char& c : name) c = c == '~' ? '/' : c;
      const auto member = value.find(name);
      CHECK(member.has_value());
      value = *member;
    }
    return value;
  }

 private:
  core::JsonValue parse(std::string_view text) {
    const auto value = parser_.parse(text);
    CHECK(value.has_value());
    return *value;
  }

  core::JsonParser parser_;
  core::JsonValue root_;
};

}  // namespace test
