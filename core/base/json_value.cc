#include <charconv>
#include <cmath>
#include <cstdlib>

#include "core/base/json.h"

namespace core {
namespace {

void append_elements(const JsonValue& array, std::string& out) {
  out += '[';
  bool first = true;
  for (const JsonValue element : array.elements()) {
    if (!first) out += ',';
    first = false;
    element.append_to(out);
  }
  out += ']';
}

void append_members(const JsonValue& object, std::string& out) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : object.members()) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, name);
    out += ':';
    value.append_to(out);
  }
  out += '}';
}

}  // namespace

std::string_view name_of(JsonKind kind) noexcept {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kBool:
      return "boolean";
    case JsonKind::kNumber:
      return "number";
    case JsonKind::kString:
      return "string";
    case JsonKind::kArray:
      return "array";
    case JsonKind::kObject:
      return "object";
  }
  return "";
}

std::optional<bool> JsonValue::as_bool() const noexcept {
  if (kind() != JsonKind::kBool) return std::nullopt;
  return node_->size != 0;
}

std::optional<std::string_view> JsonValue::as_string() const noexcept {
  if (kind() != JsonKind::kString) return std::nullopt;
  return std::string_view(node_->text, node_->size);
}

std::optional<std::string_view> JsonValue::number_text() const noexcept {
  if (kind() != JsonKind::kNumber) return std::nullopt;
  return std::string_view(node_->text, node_->size);
}

std::optional<std::int64_t> JsonValue::as_int64() const noexcept {
  const auto text = number_text();
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const char* const first = text->data();
  const char* const end = first + text->size();
  const auto [stopped, failure] = std::from_chars(first, end, value);
  if (failure != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

std::optional<double> JsonValue::as_double() const noexcept {
  const auto text = number_text();
  if (!text) return std::nullopt;
  double value = 0;
  const char* const first = text->data();
  const auto [stopped, failure] = std::from_chars(first, first + text->size(), value);
  if (failure == std::errc{}) return value;
  // Too big or too small, which from_chars doesn't tell apart.
  value = std::strtod(std::string(*text).c_str(), nullptr);
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::size_t JsonValue::size() const noexcept {
  const bool container = kind() == JsonKind::kArray || kind() == JsonKind::kObject;
  return container ? node_->size : 0;
}

JsonRange<JsonValue> JsonValue::elements() const noexcept {
  const bool array = kind() == JsonKind::kArray;
  return {node_ + 1, node_ + (array ? node_->extent : 1)};
}

JsonRange<JsonMember> JsonValue::members() const noexcept {
  const bool object = kind() == JsonKind::kObject;
  return {node_ + 1, node_ + (object ? node_->extent : 1)};
}

std::optional<JsonValue> JsonValue::find(std::string_view name) const noexcept {
  for (const auto& member : members()) {
    if (member.name == name) return member.value;
  }
  return std::nullopt;
}

void JsonValue::append_to(std::string& out) const {
  switch (kind()) {
    case JsonKind::kNull:
      out += "null";
      return;
    case JsonKind::kBool:
      out += node_->size != 0 ? "true" : "false";
      return;
    case JsonKind::kNumber:
      out.append(node_->text, node_->size);
      return;
    case JsonKind::kString:
      append_json_string(out, {node_->text, node_->size});
      return;
    case JsonKind::kArray:
      append_elements(*this, out);
      return;
    case JsonKind::kObject:
      append_members(*this, out);
      return;
  }
}

std::string JsonValue::minify() const {
  std::string text;
  append_to(text);
  return text;
}

}  // namespace core
