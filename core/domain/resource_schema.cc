#include "core/domain/resource_schema.h"

#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "core/domain/formatted_text.h"

namespace core {
namespace {

// In the order of FieldType.
constexpr std::array<std::string_view, 21> kTypeNames{
    "string",  "text",    "integer",  "bigint", "float", "decimal", "money",
    "percent", "boolean", "datetime", "date",   "time",  "email",   "url",
    "uuid",    "json",    "phone",    "slug",   "ip",    "color",   "enum",
};
static_assert(kTypeNames.size() == static_cast<std::size_t>(FieldType::kEnum) + 1);

}  // namespace

std::string_view name_of(FieldType type) noexcept {
  return kTypeNames[static_cast<std::size_t>(type)];
}

std::optional<FieldType> field_type_of(std::string_view name) noexcept {
  const auto found = std::ranges::find(kTypeNames, name);
  if (found == kTypeNames.end()) return std::nullopt;
  return static_cast<FieldType>(found - kTypeNames.begin());
}

std::string field_type_names() {
  std::string names;
  for (const std::string_view name : kTypeNames) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

bool is_text(FieldType type) noexcept {
  return type == FieldType::kString || type == FieldType::kText || type == FieldType::kEmail ||
         type == FieldType::kUrl || type == FieldType::kPhone || type == FieldType::kSlug;
}

bool is_number(FieldType type) noexcept {
  return type >= FieldType::kInteger && type <= FieldType::kPercent;
}

std::size_t characters_max(FieldType type) noexcept {
  CHECK(is_text(type));
  if (type == FieldType::kText) return kTextCharactersMax;
  if (type == FieldType::kEmail) return kEmailBytesMax;
  if (type == FieldType::kUrl) return kUrlBytesMax;
  if (type == FieldType::kPhone) return kPhoneBytesMax;
  return kStringCharactersMax;
}

}  // namespace core
