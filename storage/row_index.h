// The index of rows by the values of their fields: keys of the table row_index.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/service/index_bytes.h"
#include "storage/catalog_codec.h"
#include "storage/lmdb.h"
#include "storage/records.h"

namespace storage {

// A key is the row's space, the field's number, the value and the row's id, each part in an order
// of bytes that is its own: so the entries of one field follow each other by value, and those of
// one value by id. The value is what core::index_bytes() made: at most kIndexedBytesMax bytes, and
// none of a field begins another, so that the id can stand right behind it.
class IndexKey {
 public:
  static constexpr std::size_t kPrefixBytes = RowSpace::kBytes + 2;
  static constexpr std::size_t kBytesMax =
      kPrefixBytes + core::kIndexedBytesMax + sizeof(core::RowId);
  static_assert(kBytesMax <= kKeyBytesMax);

  // Where the field's entries begin.
  IndexKey(const RowSpace& space, std::size_t field);
  // Where those of a value begin.
  IndexKey(const RowSpace& space, std::size_t field, std::string_view value);
  // The entry of a row.
  IndexKey(const RowSpace& space, std::size_t field, std::string_view value, core::RowId id);

  core::Bytes bytes() const noexcept { return core::as_bytes(key_); }

  // Requires: a key of this table.
  static core::RowId id(core::Bytes key) noexcept {
    return core::load_be64(key.data() + key.size() - sizeof(core::RowId));
  }

 private:
  std::string key_;
};

// A row other than `but` that holds the value; 0: none.
core::RowId other_owner(Records& records, const RowSpace& space, std::size_t field,
                        std::string_view value, core::RowId but);

}  // namespace storage
