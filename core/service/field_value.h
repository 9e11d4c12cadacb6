// One value of a field: from what a client sent to the one form in which it is kept.
#pragma once

#include <compare>
#include <expected>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/domain/resource_schema.h"

namespace core {

inline constexpr std::size_t kJsonFieldBytesMax = 256 * 1024;  // Compact.

// The value's normal form as compact JSON, never null; else what it must be: "must be at least 0".
using ValueReading = std::expected<std::string, std::string>;

// By the field's type and rules. `value` is not null; whether it may be is the caller's to check.
ValueReading read_value(const Field& field, JsonValue value);

// By the field's type alone, where everything is text: of a query. Any bytes may come.
ValueReading read_value_of_text(const Field& field, std::string_view text);

// The number of a normal form of a number type, without the quotes that decimal types have.
std::string_view number_text(std::string_view json) noexcept;

// Two numbers of one number type, as number_text gives them.
std::partial_ordering compare_numbers(FieldType type, std::string_view a,
                                      std::string_view b) noexcept;

}  // namespace core
