// One table's part in the full walk over the store.
#pragma once

#include "storage/catalog_codec.h"
#include "storage/lmdb.h"
#include "storage/verify.h"

namespace storage {

struct WalkedTable {
  const char* name = "";
  Table table;
};

// Calls step(key, payload) for each value whose checksum fits; the others are faults. A page that
// LMDB can't follow is a fault and ends the walk of its table, not that of the others.
template <typename Step>
core::Status walk_values(const Txn& txn, const WalkedTable& walked, VerifyReport& report,
                         Step step) {
  auto cursor = txn.cursor(walked.table);
  if (!cursor) return std::unexpected(cursor.error());
  auto found = cursor->first();
  for (; found && *found; found = cursor->next()) {
    ++report.values;
    const auto payload = unseal(cursor->key(), cursor->value());
    if (payload) {
      step(cursor->key(), *payload);
    } else {
      report.fault(walked.name, cursor->key(), "the checksum does not fit");
    }
  }
  if (!found) report.fault(walked.name, {}, describe_lmdb(found.error()));
  return {};
}

}  // namespace storage
