// The schema of a resource: its fields, their types and rules, and who may write it. Built-in
// resources and those that users define are described alike.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/regex.h"

namespace core {

using ResourceId = std::uint32_t;  // From 1, in the order of definition; 0 is no resource.

enum class FieldType : std::uint8_t {
  kString,
  kText,
  kInteger,
  kBigint,
  kFloat,
  kDecimal,
  kMoney,
  kPercent,
  kBoolean,
  kDatetime,
  kDate,
  kTime,
  kEmail,
  kUrl,
  kUuid,
  kJson,
  kPhone,
  kSlug,
  kIp,
  kColor,
  kEnum,
};

// As definitions name it: "bigint".
std::string_view name_of(FieldType type) noexcept;
std::optional<FieldType> field_type_of(std::string_view name) noexcept;

// "string, text, integer, ...": for messages.
std::string field_type_names();

// Held as JSON strings of free length: bounds are of their code points, and a regex may be set.
bool is_text(FieldType type) noexcept;

// Bounds are of the value itself.
bool is_number(FieldType type) noexcept;

// The most code points that a value of a text type has, whatever its bounds.
inline constexpr std::size_t kStringCharactersMax = 255;
inline constexpr std::size_t kTextCharactersMax = 65'536;  // At most 256 KiB of UTF-8.
std::size_t characters_max(FieldType type) noexcept;

// The most that a text with a regex has: a pattern made to be slow takes 10 ms for so many.
inline constexpr std::size_t kMatchedCharactersMax = 1'000;

// One bound of a value: of a number itself, of a text's length in code points.
struct FieldBound {
  enum class Kind : std::uint8_t { kAtLeast, kMoreThan, kAtMost, kLessThan };
  Kind kind = Kind::kAtLeast;
  std::string number;  // Decimal, without exponent; of a kFloat, the shortest text of the double.
};

struct Field {
  std::string name;  // snake_case.
  FieldType type = FieldType::kString;
  bool required = false;  // Else it may be null, and is where it is not sent.
  bool unique = false;    // Among the tenant's rows that are not deleted; null is not compared.
  bool indexed = false;   // May be filtered and sorted by. A unique field is.
  std::vector<FieldBound> bounds;           // At most a lower and an upper one.
  std::vector<std::string> choices;         // Of an enum.
  std::optional<std::string> default_json;  // Compact JSON that fits the type and rules.
  std::string foreign;                      // Path of the resource whose rows' ids it holds.
  std::string regex;                        // RE2; the whole text must match. Empty: none.
  std::shared_ptr<const Regex> pattern;     // The regex, compiled. Null where there is none.
};

// Whether rows can be found by the field: a unique one has an index in any case.
inline bool is_indexed(const Field& field) noexcept {
  return field.indexed || field.unique;
}

struct ResourceSchema {
  std::string name;           // PascalCase: Invoice.
  std::string path;           // Plural snake_case: invoices.
  bool is_read_only = false;  // A model without routes that write.
  std::vector<Field> fields;  // In the order of definition; later ones are added behind.
};

inline constexpr std::size_t kFieldsMax = 64;
inline constexpr std::size_t kFieldNameMax = 64;

}  // namespace core
