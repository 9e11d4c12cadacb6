// The store: tenants, keys and rows of data in one LMDB environment, changed by one writer thread
// and read by every shard through a reader of its own. This is the face that the composition root
// sees; formats are in docs/formats.md.
//
// Revocation bound zero: no request that begins after the answer to a change was sent is judged by
// the state before it. Why that holds, with the change committed as snapshot C:
//   1. The writer commits C, then counts the commit, then bumps the versions that C touches (each a
//      release), then posts the replies. So when an answer is sent, all of that is done.
//   2. A reader's cached value counts only while its version is the present one (acquire). What was
//      cached under a version before the bump is not used after it.
//   3. On a miss a reader loads the version first, then makes sure that its snapshot is the newest
//      (it was taken under the present count of commits, or it is renewed), then reads, then keeps
//      the value under the version loaded first. If that version is from after the bump, the count
//      holds C and so does the snapshot; if it is from before, the value, old or new, dies with the
//      bump. So no old value is ever kept under a new version. Every miss asks: going on with the
//      turn's snapshot would break this.
//   4. begin_turn() gives up a snapshot that is not the newest, so that uncached reads are from one
//      at least as new as the moment at which the turn's requests were in hand.
// Proven by: tests/unit/storage/store_revocation_test.cc, with threads and under TSan.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/log.h"
#include "core/base/result.h"
#include "core/runtime/clock.h"
#include "core/service/admin_ports.h"
#include "core/service/ports.h"
#include "storage/limiter_slots.h"
#include "storage/lmdb.h"

namespace storage {

// What a test makes of one commit. A failed commit is uncertain, so both ways it can have gone are
// to be had.
enum class CommitFault : std::uint8_t {
  kNone,
  kLost,  // Fails, and the change is not there.
  kKept,  // Fails, and the change is there.
};

struct StoreOptions {
  std::string dir;                                // Made if absent.
  std::size_t map_bytes = std::size_t{64} << 30;  // The most the store may grow to; sparse.
  SyncMode sync = SyncMode::kFull;                // kNone in tests and benchmarks only.

  // Commands that wait; a power of two. About 500 B each, made at open.
  std::size_t command_queue = 4096;

  // Per reader. Each a power of two.
  std::size_t auth_cache_entries = 65'536;              // 128 B each: 8 MiB when all are used.
  std::size_t tenant_cache_entries = 4'096;             // 16 B each.
  std::size_t page_cache_entries = 1'024;               // First pages of tenants' rows ...
  std::size_t page_cache_bytes = std::size_t{8} << 20;  // ... of this many bytes in all.

  // Asked before each commit, on the writer's thread. Empty: never fails.
  std::function<CommitFault()> commit_failpoint;
};

class AdminView;
class CatalogView;
class Environment;
class KeyIndex;
class Snapshot;
class StoreWriter;

// What the store needs from outside; all must outlive it.
struct StoreOutside {
  LimiterSlots& slots;
  const core::Clock& clock;
  core::Log& log;
};

// One shard's view of the store: a snapshot and the caches over it.
//
// Owner: the shard; all of it is for the shard's thread. Must be destroyed before its Store.
class StoreReader {
 public:
  ~StoreReader();
  StoreReader(const StoreReader&) = delete;
  StoreReader& operator=(const StoreReader&) = delete;

  core::AuthIndex& auth() noexcept;
  core::CatalogReader& catalog() noexcept;
  core::AdminReader& admin() noexcept;

 private:
  friend class Store;
  StoreReader(std::unique_ptr<Snapshot> snapshot, const StoreOptions& options);

  std::unique_ptr<Snapshot> snapshot_;
  std::unique_ptr<KeyIndex> keys_;
  std::unique_ptr<CatalogView> catalog_;
  std::unique_ptr<AdminView> admin_;
};

// Threads: open_reader(), commands() and stats() from any; start() and stop() from the owner.
class Store {
 public:
  // Opens or makes the store, upgrades an older format, frees the reader slots of dead processes.
  // A newer format is refused ("... newer format ..."). Errors are for describe_lmdb().
  static core::Result<std::unique_ptr<Store>> open(const StoreOptions& options,
                                                   const StoreOutside& outside);
  ~Store();  // stop()s.
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Begins to apply commands, on a thread named tg-writer. Until then they wait in the queue.
  void start();

  // Applies and answers what is queued, then ends the thread. Commands after that are refused.
  // A store that was never started answers nothing.
  void stop();

  core::CommandSink& commands() noexcept;

  // Fails only if LMDB has no reader slot left (EnvOptions::readers_max).
  core::Result<std::unique_ptr<StoreReader>> open_reader();

  core::StoreStats stats() const noexcept;

 private:
  Store(const StoreOptions& options, const StoreOutside& outside,
        std::unique_ptr<Environment> environment);

  const StoreOptions options_;
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<StoreWriter> writer_;
};

}  // namespace storage
