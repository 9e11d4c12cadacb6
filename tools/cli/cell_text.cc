#include "tools/cli/cell_text.h"

namespace tollgate {
namespace {

// "2030-01-31T12:00:00.123456Z" -> "2030-01-31 12:00:00"; other texts stay.
std::string without_fraction(std::string_view time) {
  constexpr std::size_t kToSecond = 19;
  if (time.size() <= kToSecond || time[10] != 'T' || !time.ends_with('Z')) {
    return std::string(time);
  }
  std::string text(time.substr(0, kToSecond));
  text[10] = ' ';
  return text;
}

bool is_time(std::string_view field) noexcept {
  return field.ends_with("_at") || field == "start" || field == "end" || field == "from" ||
         field == "to";
}

std::string join(core::JsonValue list) {
  std::string text;
  for (const core::JsonValue element : list.elements()) {
    if (!text.empty()) text += ", ";
    text += cell_text("", element);
  }
  return text;
}

std::string describe(core::JsonValue object) {
  const auto name = object.find("name");
  const auto type = object.find("type");
  if (name && type) return cell_text("", *name) + ":" + cell_text("", *type);
  std::string text;
  for (const auto& [member, value] : object.members()) {
    if (!text.empty()) text += ' ';
    text += std::string(member) + "=" + cell_text(member, value);
  }
  return text;
}

// U+0080 to U+009F are control characters, too: two bytes, the first of which is C2.
std::string without_controls(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) text[i] = '?';
    if (byte != 0xC2 || i + 1 == text.size()) continue;
    if (static_cast<unsigned char>(text[i + 1]) < 0xA0) text.replace(i, 2, "?");
  }
  return text;
}

std::string plain_text(std::string_view field, core::JsonValue value) {
  switch (value.kind()) {
    case core::JsonKind::kNull:
      return "-";
    case core::JsonKind::kBool:
      return value.as_bool().value_or(false) ? "yes" : "no";
    case core::JsonKind::kNumber:
      return std::string(value.number_text().value_or(""));
    case core::JsonKind::kString: {
      const std::string_view text = value.as_string().value_or("");
      return is_time(field) ? without_fraction(text) : std::string(text);
    }
    case core::JsonKind::kArray:
      return join(value);
    case core::JsonKind::kObject:
      return describe(value);
  }
  return "";
}

}  // namespace

std::string cell_text(std::string_view field, core::JsonValue value) {
  std::string text = without_controls(plain_text(field, value));
  return text.empty() ? "-" : text;
}

}  // namespace tollgate
