// Goes over the ids of a table in either direction: of all rows, or of one tenant's.
#pragma once

#include <cstdint>
#include <optional>

#include "storage/records.h"

namespace storage {

// A failure of LMDB is reported to the records and ends the walk.
//
// Owner: a stack frame; the records must outlive it.
class IdWalk {
 public:
  struct Course {
    const char* name = "";      // The table's, for reports.
    Table table;                // Integer keys; with a tenant: keys of TenantScopedKey.
    core::TenantId tenant = 0;  // 0: all.
    bool descending = false;
  };

  IdWalk(Records& records, const Course& course);

  // To the first id behind `after`, in the walk's direction. 0: from the beginning.
  void seek(std::uint64_t after);
  void next();

  bool has_id() const noexcept { return has_id_; }
  std::uint64_t id() const noexcept { return id_; }          // Requires: has_id().
  std::uint64_t passed() const noexcept { return passed_; }  // The id before it: where to go on.

 private:
  core::Result<bool> seek_key(std::uint64_t id);
  void take(const core::Result<bool>& found);

  Records& records_;
  const Course course_;
  std::optional<Cursor> cursor_;
  bool has_id_ = false;
  std::uint64_t id_ = 0;
  std::uint64_t passed_ = 0;
};

}  // namespace storage
