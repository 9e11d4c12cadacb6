#include "net/row_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/base/digest.h"
#include "core/service/record_form.h"

namespace net {
namespace {

constexpr std::uint32_t kLimitMax = 1000;

std::optional<std::string> from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    unsigned char byte = 0;
    const char* const end = text.data() + std::min(at + 2, text.size());
    const auto read = std::from_chars(text.data() + at, end, byte, 16);
    if (read.ec != std::errc{} || read.ptr != text.data() + at + 2) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

void read_sort(Query& query, const core::ResourceSchema& schema, core::RowQuery& out) {
  const auto sort = query.text("sort");
  if (!sort) return;
  std::string_view name = *sort;
  out.descending = name.starts_with('-');
  if (out.descending) name.remove_prefix(1);
  if (name == "id") return;
  const auto field = std::ranges::find(schema.fields, name, &core::Field::name);
  if (field == schema.fields.end() || !core::is_indexed(*field)) {
    return query.issue("sort", "must be id or an indexed field, with '-' before it to go down");
  }
  out.sort_field = static_cast<std::size_t>(field - schema.fields.begin());
}

}  // namespace

bool is_search(Query& query, const core::ResourceSchema& schema) {
  if (query.text("sort") || query.text("include_deleted")) return true;
  return std::ranges::any_of(schema.fields, [&](const core::Field& field) {
    return core::is_indexed(field) && query.text(field.name).has_value();
  });
}

std::vector<core::RowQuery::Filter> read_filters(Query& query, const core::ResourceSchema& schema) {
  std::vector<core::RowQuery::Filter> filters;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const core::Field& field = schema.fields[i];
    if (!core::is_indexed(field)) continue;
    const auto text = query.text(field.name);
    if (!text) continue;
    if (auto bytes = core::index_bytes_of_text(field, *text)) {
      filters.push_back({.field = i, .bytes = *std::move(bytes)});
    } else {
      query.issue(field.name, "is no value of the field's type");
    }
  }
  return filters;
}

core::RowQuery read_row_query(Query& query, const core::ResourceSchema& schema) {
  core::RowQuery out;
  out.limit = static_cast<std::uint32_t>(query.integer("limit", 1, kLimitMax).value_or(out.limit));
  read_sort(query, schema, out);
  out.filters = read_filters(query, schema);
  out.include_deleted = query.boolean("include_deleted");
  if (out.include_deleted && (!out.filters.empty() || out.sort_field != core::RowQuery::kById)) {
    query.issue("include_deleted", "goes with no filter and with no sort but id");
  }
  if (const auto cursor = query.text("cursor")) {
    if (auto after = from_hex(*cursor); after && !after->empty()) {
      out.after = *std::move(after);
    } else {
      query.issue("cursor", "must be what next_cursor of the page before said");
    }
  }
  return out;
}

std::string search_meta(std::uint32_t limit, std::string_view next) {
  const std::string cursor = next.empty() ? "null" : '"' + core::to_hex(core::as_bytes(next)) + '"';
  return fmt::format(R"(,"meta":{{"limit":{},"next_cursor":{}}})", limit, cursor);
}

}  // namespace net
