// Definitions of resources: as clients send them, as commands name them, as they are kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/domain/resource_schema.h"
#include "core/service/form.h"

namespace core {

// POST /api/resources: {"name":"Invoice","path":"invoices"?,"read_only":false?,"fields":[...]}; a
// field is {"name","type","required",...} or a text as in field_from_text. Every name, rule and
// default is checked; issues name the field ("fields.2.max"). The path is made from the name where
// it is absent: plural, snake_case.
ResourceSchema read_resource(JsonValue body, std::vector<FieldIssue>& issues);

// One field of a definition, for adding it later.
Field read_field(JsonValue value, std::string_view place, std::vector<FieldIssue>& issues);

// "amount:decimal:required,ge:0,index". Issues are noted under `place`.
Field field_from_text(std::string_view text, std::string_view place,
                      std::vector<FieldIssue>& issues);

// Invoice -> invoices, LineItem -> line_items, Data -> data, Category -> categories.
std::string path_of_name(std::string_view name);

// {"name":...,"path":...,"read_only":...,"fields":[...]}; read_resource reads it back the same.
std::string to_json(const ResourceSchema& schema);

}  // namespace core
