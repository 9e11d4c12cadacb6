// Definitions of resources: as clients send them, as commands name them, as they are kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/domain/resource_row.h"
#include "core/domain/resource_schema.h"
#include "core/service/field_form.h"
#include "core/service/form.h"

namespace core {

// POST /api/resources: {"name":"Invoice","path":"invoices"?,"read_only":false?,"fields":[...]}; a
// field is {"name","type","required",...} or a text as in field_from_text. Every name, rule and
// default is checked; issues name the field ("fields.2.max"). The path is made from the name where
// it is absent: plural, snake_case. A field tenant_id is read and left out: every row has it.
ResourceSchema read_resource(JsonValue body, std::vector<FieldIssue>& issues);

// Invoice -> invoices, LineItem -> line_items, Data -> data, Category -> categories.
std::string path_of_name(std::string_view name);

// Whether routes of the server itself lie there: /api/tenants, say. No resource may.
bool is_reserved_path(std::string_view path) noexcept;

// {"name":...,"path":...,"read_only":...,"fields":[...]}; read_resource reads it back the same.
std::string to_json(const ResourceSchema& schema);

// The definition as clients see it: the same with id and times.
void append_json(std::string& out, const Resource& resource);

}  // namespace core
