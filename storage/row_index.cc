#include "storage/row_index.h"

#include <array>

namespace storage {
IndexKey::IndexKey(const RowSpace& space, std::size_t field) {
  std::array<std::byte, kPrefixBytes> prefix;
  space.write(prefix.data());
  core::store_be16(prefix.data() + RowSpace::kBytes, static_cast<std::uint16_t>(field));
  key_ = core::as_text(prefix);
}

IndexKey::IndexKey(const RowSpace& space, std::size_t field, std::string_view value)
    : IndexKey(space, field) {
  key_ += value;
}

IndexKey::IndexKey(const RowSpace& space, std::size_t field, std::string_view value, core::RowId id)
    : IndexKey(space, field, value) {
  std::array<char, sizeof id> number{};
  core::store_be64(number.data(), id);
  key_.append(number.data(), number.size());
}

core::RowId other_owner(Records& records, const RowSpace& space, std::size_t field,
                        std::string_view value, core::RowId but) {
  const IndexKey prefix(space, field, value);
  const std::string_view wanted = core::as_text(prefix.bytes());
  auto cursor = records.txn().cursor(records.tables().row_index);
  if (!cursor) {
    records.report_failure("row_index", prefix.bytes(), cursor.error());
    return 0;
  }
  auto found = cursor->seek(prefix.bytes());
  for (; found && *found && core::as_text(cursor->key()).starts_with(wanted);
       found = cursor->next()) {
    const core::RowId id = IndexKey::id(cursor->key());
    if (id != but) return id;
  }
  if (!found) records.report_failure("row_index", prefix.bytes(), found.error());
  return 0;
}

}  // namespace storage
