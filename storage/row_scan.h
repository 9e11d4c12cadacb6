// Lists of rows in other ways than by id: filtered, sorted, with deleted ones.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/service/ports.h"
#include "storage/records.h"

namespace storage {

// A page ends early at this size, and after this many records were read, deleted ones and those
// that a filter passes over included: 2 ms. It then says where to go on.
inline constexpr std::size_t kRowPageBytesMax = std::size_t{4} << 20;
inline constexpr std::uint32_t kListScanMax = 10'000;

// Appends a row as it is sent: fields that were added to the schema after the row was written get
// their defaults.
void append_row(std::string& out, const StoredRow& row, const core::ResourceSchema& schema);

// Whether a row holds what the filters ask for.
bool passes_all(const StoredRow& row, std::span<const core::RowQuery::Filter> filters,
                const core::ResourceSchema& schema);

// How many rows pass all filters; walks the index of the first one's field. Requires: there is one.
std::uint64_t count_found(Records& records, const core::RowsOf& rows,
                          std::span<const core::RowQuery::Filter> filters);

// One page. Owner: a stack frame.
class RowScan {
 public:
  // Requires: the query's fields are indexed ones of the schema.
  RowScan(Records& records, const core::RowsOf& rows, const core::RowQuery& query);

  core::CatalogReader::FoundRows run();

 private:
  void walk_index();
  void walk_ids();
  // False: the page is full, and `next` is where the last row taken lies.
  bool take(const StoredRow& row, std::string_view place);
  bool is_full() const noexcept;

  Records& records_;
  const core::RowsOf& rows_;
  const core::RowQuery& query_;
  const RowSpace space_;
  core::CatalogReader::FoundRows page_;
  std::string passed_;  // The place of the last record that was looked at.
  std::uint32_t scanned_ = 0;
};

}  // namespace storage
