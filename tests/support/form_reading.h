// Reads a form from JSON text, for tests of forms.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/base/json.h"
#include "core/service/form.h"

namespace test {

// What was wrong, by field.
using Issues = std::multimap<std::string, std::string>;

// One form over a text of its own. `read` is what the test calls on it.
template <typename Read>
struct FormReading {
  FormReading(std::string_view text, const Read& read) {
    core::JsonParser parser(1 << 20);
    const auto body = parser.parse(text);
    CHECK(body.has_value());
    core::Form form(*body);
    value = read(form);
    for (core::FieldIssue& issue : form.finish()) {
      issues.emplace(std::move(issue.field), std::move(issue.message));
    }
  }

  std::invoke_result_t<const Read&, core::Form&> value;
  Issues issues;
};

inline std::string times(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace test
