#include "tools/cli/import_line.h"

#include <algorithm>
#include <optional>

#include "core/base/utf8.h"
#include "core/service/key_import.h"
#include "tools/cli/line_reader.h"

namespace tollgate {
namespace {

// Escapes may get longer by the way through the parser: 2 bytes of "\/"-like ones never do, a
// control character at most 6 for 1.
constexpr std::size_t kObjectBytesMax = 8 * LineReader::kLineBytesMax;

std::unexpected<core::FieldIssue> refuse(std::string field, std::string message) {
  return std::unexpected(core::FieldIssue{std::move(field), std::move(message)});
}

// Why no header could ever carry that key; empty if one can.
std::string_view fault_of(std::string_view key) noexcept {
  if (key.empty()) return "must not be empty";
  if (core::utf8_count(key) > kClearKeyCharactersMax) return "must have at most 512 characters";
  if (core::has_control(key)) return "must not contain control characters";
  if (key.front() == ' ' || key.back() == ' ') return "must not begin or end with a blank";
  return "";
}

}  // namespace

std::string display_of(std::string_view key) {
  constexpr std::size_t kShownOfMin = 24;
  const bool is_ascii = std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7F; });
  if (key.size() < kShownOfMin || !is_ascii) return "";
  return std::string(key.substr(0, 7)).append("...").append(key.substr(key.size() - 4));
}

ImportLine::ImportLine() : json_(LineReader::kLineBytesMax), checked_json_(kObjectBytesMax) {}

std::expected<std::string, core::FieldIssue> ImportLine::read(std::string_view line) {
  const auto parsed = json_.parse(line);
  if (!parsed) return refuse("", "is not valid JSON: " + core::describe(parsed.error()));
  if (parsed->kind() != core::JsonKind::kObject) return refuse("", "must be a JSON object");
  const auto key = parsed->find("key");
  const bool has_digest = parsed->find("sha256").has_value();
  if (key && has_digest) return refuse("key", "must not stand beside sha256");
  if (!key && !has_digest) return refuse("key", "is required, or sha256");
  const auto text = key ? key->as_string() : std::nullopt;
  if (key && !text) return refuse("key", "must be a string");
  if (text && !fault_of(*text).empty()) return refuse("key", std::string(fault_of(*text)));

  std::string object;
  core::JsonWriter json(object);
  json.begin_object();
  for (const auto& [name, value] : parsed->members()) {
    if (name != "key") json.key(name).raw(value.minify());
  }
  if (text) {
    json.key("sha256").string(core::to_hex(hasher_.sha256(*text).bytes));
    const std::string display = display_of(*text);
    if (!display.empty() && !parsed->find("display")) json.key("display").string(display);
  }
  json.end_object();
  return object;
}

std::vector<core::FieldIssue> ImportLine::check(std::string_view object, core::WallMicros now) {
  const auto parsed = checked_json_.parse(object);
  if (!parsed) return {{"", core::describe(parsed.error())}};
  core::Form form(*parsed);
  core::read_imported_key(form, now);
  return form.finish();
}

}  // namespace tollgate
