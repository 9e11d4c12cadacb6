// Definitions of single fields.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/domain/resource_schema.h"
#include "core/service/form.h"

namespace core {

inline constexpr std::size_t kChoicesMax = 64;
inline constexpr std::size_t kChoiceCharactersMax = 100;

// One field of a definition, for adding it later: an object {"name","type","required",...}, or a
// text as in field_from_text. Issues are noted under `place` ("fields.2.max"), or by the rule alone
// where that is empty; the field means nothing then. tenant_id is refused: every row has it.
Field read_field(JsonValue value, std::string_view place, std::vector<FieldIssue>& issues);

// "amount:decimal:required,ge:0,index". Issues are noted under `place`.
Field field_from_text(std::string_view text, std::string_view place,
                      std::vector<FieldIssue>& issues);

// The same for a field of a first definition, which may declare tenant_id as an integer that refers
// to tenants: that names what every row has, and is not to be kept. is_tenant_field tells.
Field read_first_field(JsonValue value, std::string_view place, std::vector<FieldIssue>& issues);
bool is_tenant_field(const Field& field) noexcept;

// Whether it is words of a-z and 0-9 joined by '_', the first with a letter in front, of at most
// kFieldNameMax bytes.
bool is_snake_case(std::string_view text) noexcept;

}  // namespace core
