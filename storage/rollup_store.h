// The rollups' environment: its tables, and what is read of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "storage/lmdb.h"
#include "storage/rollup_row.h"
#include "storage/usage_segment_list.h"
#include "storage/usage_templates.h"

namespace storage {

// Owner: the usage log; written by its worker thread only (rollup_writer.h).
struct RollupStore {
  explicit RollupStore(Env opened) : env(std::move(opened)) {}

  // Opens or makes the environment. Fails on a newer format, or if its cursor is damaged.
  static core::Result<std::unique_ptr<RollupStore>> open(const std::string& dir,
                                                         std::size_t map_bytes);

  Env env;
  Table meta;              // Texts: "version", "cursor".
  Table minutes;           // RollupKey -> counts.
  Table hours;             // The same.
  Table totals;            // Integers: key id -> KeyUse.
  Table templates;         // Integers: template id -> checksum, text.
  Table tenant_templates;  // Day, tenant, template -> checksum.
  FoldCursor cursor;       // As stored; kept up to date by the worker.

  core::Result<FoldCursor> read_cursor(const Txn& txn) const;
  core::Status write_cursor(WriteTxn& txn, const FoldCursor& value) const;

  // Of a key that never had a row: nothing used. Damaged: as if it had none, and reported.
  core::Result<KeyUse> read_use(const Txn& txn, core::KeyId key, const UsageReport& report) const;
  core::Status write_use(WriteTxn& txn, core::KeyId key, const KeyUse& use) const;

  core::Status write_templates(WriteTxn& txn, const UsageTemplates::Added& added) const;
  core::Status read_templates(UsageTemplates& templates, const UsageReport& report) const;
};

void report_damaged_row(const UsageReport& report, const char* table);

}  // namespace storage
