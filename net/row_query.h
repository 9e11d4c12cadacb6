// The query of a list of rows: filters by field, order, deleted ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/resource_schema.h"
#include "core/service/ports.h"
#include "net/query.h"

namespace net {

// Whether the query asks for more than a page by id.
bool is_search(Query& query, const core::ResourceSchema& schema);

// limit, cursor, sort=FIELD or sort=-FIELD (id, or an indexed one), include_deleted, and
// FIELD=VALUE for indexed fields. What doesn't fit is noted in the query.
core::RowQuery read_row_query(Query& query, const core::ResourceSchema& schema);

// FIELD=VALUE for indexed fields: all that a count takes.
std::vector<core::RowQuery::Filter> read_filters(Query& query, const core::ResourceSchema& schema);

// ,"meta":{"limit":100,"next_cursor":"..."}: the cursor is in hexadecimal; null at the end.
std::string search_meta(std::uint32_t limit, std::string_view next);

}  // namespace net
