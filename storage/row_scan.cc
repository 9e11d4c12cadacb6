#include "storage/row_scan.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/base/check.h"
#include "core/service/record_form.h"
#include "storage/row_index.h"

namespace storage {
namespace {

// A walk over the keys of a table that begin alike, either way.
class PrefixWalk {
 public:
  // Begins behind prefix + `after`, or at the end that the direction begins at if that is empty.
  PrefixWalk(Cursor& cursor, std::string prefix, bool descending)
      : cursor_(cursor), prefix_(std::move(prefix)), descending_(descending) {}

  core::Result<bool> begin(std::string_view after) {
    const std::string from = prefix_ + std::string(after);
    if (!descending_) {
      auto found = cursor_.seek(core::as_bytes(from));
      const bool is_the_last_one = found && *found && !after.empty() && key() == from;
      return within(is_the_last_one ? cursor_.next() : std::move(found));
    }
    const std::string beyond = after.empty() ? successor(prefix_) : from;
    const auto found = cursor_.seek(core::as_bytes(beyond));
    if (!found) return found;
    return within(*found ? cursor_.previous() : cursor_.last());
  }

  core::Result<bool> next() { return within(descending_ ? cursor_.previous() : cursor_.next()); }

  // What follows the prefix.
  std::string_view place() const { return key().substr(prefix_.size()); }

 private:
  std::string_view key() const { return core::as_text(cursor_.key()); }

  core::Result<bool> within(core::Result<bool> found) const {
    if (!found || !*found) return found;
    return key().starts_with(prefix_);
  }

  // The least text that is greater than all that begin with `prefix`.
  static std::string successor(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
    if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
    return prefix;
  }

  Cursor& cursor_;
  const std::string prefix_;
  const bool descending_;
};

std::string prefix_of(const RowSpace& space) {
  const RowSpaceKey key(space);
  return std::string(core::as_text(key.bytes()));
}

// The field whose index leads the way, and the value to stay within.
std::string index_prefix(const RowSpace& space, const core::RowQuery& query) {
  const bool sorts = query.sort_field != core::RowQuery::kById;
  const auto leads = [&](const core::RowQuery::Filter& filter) {
    return !sorts || filter.field == query.sort_field;
  };
  const auto filter = std::ranges::find_if(query.filters, leads);
  const IndexKey key = filter == query.filters.end()
                           ? IndexKey(space, query.sort_field)
                           : IndexKey(space, filter->field, filter->bytes);
  return std::string(core::as_text(key.bytes()));
}

}  // namespace

void append_row(std::string& out, const StoredRow& row, const core::ResourceSchema& schema) {
  if (row.head.fields >= schema.fields.size()) {
    out += row.json;
    return;
  }
  const core::ValuePlace last = row.place_of(row.head.fields - 1U);
  const std::size_t end = std::size_t{last.at} + last.bytes;
  out += row.json.substr(0, end);
  for (std::size_t i = row.head.fields; i < schema.fields.size(); ++i) {
    out += ",\"";
    out += schema.fields[i].name;
    out += "\":";
    out += core::default_value(schema.fields[i]);
  }
  out += row.json.substr(end);
}

bool passes_all(const StoredRow& row, std::span<const core::RowQuery::Filter> filters,
                const core::ResourceSchema& schema) {
  return std::ranges::all_of(filters, [&](const core::RowQuery::Filter& filter) {
    return index_bytes_of(row, schema, filter.field) == filter.bytes;
  });
}

std::uint64_t count_found(Records& records, const core::RowsOf& rows,
                          std::span<const core::RowQuery::Filter> filters) {
  CHECK(!filters.empty());
  auto cursor = records.txn().cursor(records.tables().row_index);
  if (!cursor) {
    records.report_failure("row_index", {}, cursor.error());
    return 0;
  }
  auto found_rows = records.txn().cursor(records.tables().rows);
  if (!found_rows) {
    records.report_failure("rows", {}, found_rows.error());
    return 0;
  }
  const RowSpace space{rows.tenant, rows.resource.id};
  const IndexKey prefix(space, filters.front().field, filters.front().bytes);
  PrefixWalk walk(*cursor, std::string(core::as_text(prefix.bytes())), false);
  std::uint64_t count = 0;
  auto found = walk.begin({});
  for (; found && *found; found = walk.next()) {
    if (filters.size() > 1) {
      const auto row = records.row(*found_rows, space, IndexKey::id(cursor->key()));
      if (!row || !passes_all(*row, filters.subspan(1), rows.resource.schema)) continue;
    }
    ++count;
  }
  if (!found) records.report_failure("row_index", {}, found.error());
  return count;
}

RowScan::RowScan(Records& records, const core::RowsOf& rows, const core::RowQuery& query)
    : records_(records), rows_(rows), query_(query), space_{rows.tenant, rows.resource.id} {}

core::CatalogReader::FoundRows RowScan::run() {
  if (query_.filters.empty() && query_.sort_field == core::RowQuery::kById) {
    walk_ids();
  } else {
    walk_index();
  }
  return std::move(page_);
}

bool RowScan::is_full() const noexcept {
  return page_.count == query_.limit || scanned_ == kListScanMax;
}

bool RowScan::take(const StoredRow& row, std::string_view place) {
  if (page_.count > 0 && page_.json.size() + row.json.size() >= kRowPageBytesMax) {
    page_.next = passed_;
    return false;
  }
  passed_ = place;
  if (page_.count > 0) page_.json.push_back(',');
  append_row(page_.json, row, rows_.resource.schema);
  if (query_.include_deleted) {
    page_.json.pop_back();
    page_.json += ",\"deleted_at\":";
    page_.json += row.head.deleted_at == 0
                      ? "null"
                      : '"' + std::string(core::to_rfc3339(row.head.deleted_at)) + '"';
    page_.json.push_back('}');
  }
  ++page_.count;
  return true;
}

void RowScan::walk_index() {
  auto cursor = records_.txn().cursor(records_.tables().row_index);
  auto rows = records_.txn().cursor(records_.tables().rows);
  if (!cursor) return records_.report_failure("row_index", {}, cursor.error());
  if (!rows) return records_.report_failure("rows", {}, rows.error());
  PrefixWalk walk(*cursor, index_prefix(space_, query_), query_.descending);
  auto found = walk.begin(query_.after);
  for (; found && *found; found = walk.next(), ++scanned_) {
    if (is_full()) {
      page_.next = passed_;
      return;
    }
    const auto row = records_.row(*rows, space_, IndexKey::id(cursor->key()));
    if (!row || !passes_all(*row, query_.filters, rows_.resource.schema)) {
      passed_ = walk.place();
    } else if (!take(*row, walk.place())) {
      return;
    }
  }
  if (!found) records_.report_failure("row_index", {}, found.error());
}

// Rows and, if they are asked for, deleted ones, merged by id.
void RowScan::walk_ids() {
  auto rows = records_.txn().cursor(records_.tables().rows);
  auto deleted = records_.txn().cursor(records_.tables().deleted_rows);
  if (!rows) return records_.report_failure("rows", {}, rows.error());
  if (!deleted) return records_.report_failure("deleted_rows", {}, deleted.error());
  PrefixWalk live(*rows, prefix_of(space_), query_.descending);
  PrefixWalk gone(*deleted, prefix_of(space_), query_.descending);
  auto has_live = live.begin(query_.after);
  core::Result<bool> has_gone = query_.include_deleted ? gone.begin(query_.after) : false;
  for (; has_live && has_gone && (*has_live || *has_gone); ++scanned_) {
    if (is_full()) {
      page_.next = passed_;
      return;
    }
    const bool live_is_first =
        !*has_gone || (*has_live && (live.place() < gone.place()) != query_.descending);
    const core::RowId id = RowKey::id(live_is_first ? rows->key() : deleted->key());
    const std::string place((live_is_first ? live : gone).place());
    const auto row = live_is_first ? records_.row(space_, id) : records_.deleted_row(space_, id);
    if (row && !take(*row, place)) return;
    if (live_is_first) {
      has_live = live.next();
    } else {
      has_gone = gone.next();
    }
  }
  if (!has_live) records_.report_failure("rows", {}, has_live.error());
  if (!has_gone) records_.report_failure("deleted_rows", {}, has_gone.error());
}

}  // namespace storage
