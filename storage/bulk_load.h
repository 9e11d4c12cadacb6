// Fills a new store with tenants, keys and rows at once, without a command for each: for benchmarks
// of big stores. The tables are the same as if commands had made them, but for the audit log:
// nobody asked for these changes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/base/digest.h"
#include "core/domain/api_key.h"
#include "storage/limiter_slots.h"
#include "storage/lmdb.h"

namespace storage {

struct BulkKey {
  core::Digest digest;
  std::string display;
};

struct BulkLoad {
  std::uint64_t tenants = 1;          // Named "tenant 1" and so on.
  std::uint32_t rows_per_tenant = 0;  // Named "row 1" and so on.
  std::string row_value = "null";     // The JSON that each row holds.
  core::RateLimit limit;              // Of each key.
  core::WallMicros when = 0;

  // The keys, in the order of their ids: fills in the next one, false at the end. The n-th, from 0,
  // is named "key n+1" and belongs to tenant 1 + n % tenants. Digests must differ.
  std::function<bool(BulkKey&)> next_key;
};

// Sorted appends in big transactions, flushed once at the end: about 1 us a key. Memory: 40 B a
// key. Requires: options.dir holds no store, or one without tenants, that no one has open. After a
// failure the store is to be thrown away. options.sync is of no account.
core::Status bulk_load(const EnvOptions& options, LimiterSlots& slots, const BulkLoad& load);

}  // namespace storage
