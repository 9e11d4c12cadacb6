// A full walk over the store: every checksum, every index against its rows, every count.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/catalog_tables.h"
#include "storage/lmdb.h"

namespace storage {

struct VerifyReport {
  static constexpr std::size_t kFaultsListedMax = 100;

  std::uint64_t values = 0;   // Read and checked.
  std::uint64_t tenants = 0;  // Not deleted, like the next three.
  std::uint64_t keys = 0;
  std::uint64_t rows = 0;
  std::uint64_t webhooks = 0;
  std::uint64_t faults = 0;
  std::vector<std::string> listed;  // The first faults, each naming table and key.

  // Notes a fault of the value under the key.
  void fault(std::string_view table, core::Bytes key, std::string_view what);

  bool clean() const noexcept { return faults == 0; }
};

// Reads everything from one snapshot. Memory: one bit per key, and under 100 B per tenant
// with rows or webhooks. A fault is in
// the report; an Error is only for not being able to read at all.
core::Result<VerifyReport> verify_catalog(const Txn& txn, const CatalogTables& tables);

// The same for a store that this process does not have open; another process may.
core::Result<VerifyReport> verify_store(const EnvOptions& options);

}  // namespace storage
