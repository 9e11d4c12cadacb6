// Feeds the JSON parser any bytes, and CHECKs what must hold whatever they are:
//   - it accepts exactly what the recogniser finds no fault in, but for names that are there twice;
//   - what was accepted, written out in the compact form, is accepted again and stays the same;
//   - what was refused has a position within the text and a reason that is valid JSON text;
//   - any bytes at all become one valid JSON string.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/base/json.h"
#include "core/base/json_fault.h"

namespace core {
namespace {

constexpr std::size_t kTextBytesMax = 64 * 1024;

JsonParser& parser() {
  static JsonParser kParser(16 * kTextBytesMax);  // Escapes make a text longer.
  return kParser;
}

void check_accepted(const JsonValue& value, std::string_view text) {
  CHECK(!find_json_fault(text, JsonParser::kDepthMax));
  const std::string compact = value.minify();
  const auto again = parser().parse(compact);
  CHECK(again.has_value());
  CHECK(again->minify() == compact);
}

void check_refused(const JsonError& error, std::string_view text) {
  CHECK(error.offset <= text.size() && error.line >= 1 && error.column >= 1);
  CHECK(!error.reason.empty() && error.reason.size() < 512);
  const bool duplicate = error.reason.starts_with("the name ");
  const auto fault = find_json_fault(text, JsonParser::kDepthMax);
  CHECK(duplicate || (fault && fault->offset == error.offset));
}

void check_writer(std::string_view bytes) {
  std::string quoted;
  append_json_string(quoted, bytes);
  CHECK(quoted.find('\n') == quoted.npos);
  CHECK(json_string_length(quoted) == quoted.size());
}

}  // namespace
}  // namespace core

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size > core::kTextBytesMax) return 0;
  core::check_writer(text);
  if (const auto value = core::parser().parse(text)) {
    core::check_accepted(*value, text);
  } else {
    core::check_refused(value.error(), text);
  }
  return 0;
}
