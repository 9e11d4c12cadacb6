// Where a text stops being JSON, and why. The parser asks when it has refused a text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace core {

struct JsonFault {
  std::size_t offset = 0;   // Of the first offending byte; text.size() if the text ends too early.
  const char* reason = "";  // A literal: "expected a value".
};

// The first fault of `text` by RFC 8259, UTF-8 (RFC 3629) and the depth allowed; nothing if it has
// none. Names that occur twice are not its business. One pass, no allocation; it recurses depth_max
// deep at most.
std::optional<JsonFault> find_json_fault(std::string_view text, int depth_max) noexcept;

// The length of the number that `text` begins with (RFC 8259 6); 0 if it begins with none. What
// follows it is not looked at: "1x" gives 1. "01" and "1." begin with none.
std::size_t json_number_length(std::string_view text) noexcept;

// The same for a string with its quotes (RFC 8259 7): 0 if it isn't one, or not a valid one.
std::size_t json_string_length(std::string_view text) noexcept;

}  // namespace core
