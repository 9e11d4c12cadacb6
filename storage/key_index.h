// Authentication's look-ups: digest -> record, and the tenant's state, each through a cache of the
// shard's own. The step of the request path between hashing a key and judging its holder.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/service/ports.h"
#include "storage/environment.h"
#include "storage/key_cache.h"
#include "storage/zeroed_table.h"

namespace storage {

struct KeyIndexOptions {
  std::size_t key_entries = 0;
  std::size_t tenant_entries = 0;
};

// Owner: one shard. Caches hold what was found, never that something was absent. Why an entry is
//        never older than the last answered change: storage/store.h.
// Cost:  bench/micro/store_bench.cc.
class KeyIndex final : public core::AuthIndex {
 public:
  KeyIndex(Snapshot& snapshot, const KeyIndexOptions& options);

  bool find(const core::Digest& digest, core::AuthRecord& out) noexcept override;
  bool reload(const core::Digest& digest, core::AuthRecord& out) noexcept override;
  core::TenantState tenant(core::TenantId id) noexcept override;
  bool allows(const core::Digest& digest, core::AuthRecord& record,
              const core::Address& address) noexcept override;

 private:
  struct TenantEntry {
    core::TenantId id;  // 0: the entry is empty.
    std::uint32_t version;
    std::uint32_t active;
  };

  Snapshot& snapshot_;
  const VersionBoard& versions_;
  KeyCache keys_;
  ZeroedTable<TenantEntry> tenants_;
};

}  // namespace storage
