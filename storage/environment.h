// What the store's writer and readers share: the open environment, the versions of what is cached,
// and the way to open the environment anew while readers live.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/base/log.h"
#include "storage/catalog_tables.h"
#include "storage/damage.h"
#include "storage/lmdb.h"
#include "storage/reader_gate.h"
#include "storage/version_board.h"

namespace storage {

class Snapshot;

// Owner: the Store. Writing and reopen() are for the writer's thread, the rest for any.
class Environment {
 public:
  static core::Result<std::unique_ptr<Environment>> open(const EnvOptions& options, core::Log& log);
  ~Environment();

  Env& env() noexcept { return *env_; }
  const CatalogTables& tables() const noexcept { return tables_; }
  VersionBoard& versions() noexcept { return versions_; }
  Damage& damage() noexcept { return damage_; }
  ReaderGate& gate() noexcept { return gate_; }

  // Closes the environment and opens it anew, between two turns of every reader; then all versions
  // are moved on, since an uncertain commit may have become visible. False: a reader kept its
  // snapshot; nothing was changed. If the environment can't be opened any more the process stops:
  // without it no request can be judged.
  [[nodiscard]] bool reopen();

  // Whether the directory takes a write and a flush now: the test before writes begin again.
  core::Status probe() const noexcept;

 private:
  friend class Snapshot;
  Environment(const EnvOptions& options, core::Log& log);
  core::Status open_now();

  const EnvOptions options_;
  core::Log& log_;
  std::optional<Env> env_;
  CatalogTables tables_;
  VersionBoard versions_;
  Damage damage_;
  ReaderGate gate_;
  std::mutex snapshots_lock_;  // Held through reopen(): no snapshot comes or goes meanwhile.
  std::vector<Snapshot*> snapshots_;
};

// One reader's snapshot, taken when a read needs it, and kept while nothing is committed.
//
// Owner: one reader's thread. Must be destroyed before its Environment.
class Snapshot {
 public:
  static core::Result<std::unique_ptr<Snapshot>> open(Environment& environment);
  ~Snapshot();

  // A turn begins: gives the snapshot up unless it is still the newest.
  void begin_turn() noexcept {
    if (held_ && !is_newest()) let_go();
  }

  // Gives the snapshot up; what was read through it is gone. Cheap if there is none.
  void drop() noexcept {
    if (held_) let_go();
  }

  // The snapshot of this turn, taken now if there is none yet. Null: the store can't be read.
  const Txn* current() noexcept { return held_ ? &*txn_ : take(); }

  // A snapshot that holds every commit that was counted before this call. What was read through
  // the one before may be gone. (A renewal costs 100 ns: LMDB looks every table up again.)
  const Txn* renewed() noexcept { return held_ && is_newest() ? &*txn_ : take(); }

  Environment& environment() noexcept { return environment_; }

 private:
  friend class Environment;
  explicit Snapshot(Environment& environment) noexcept : environment_(environment) {}
  bool is_newest() const noexcept { return environment_.versions().commits() == commits_; }
  const Txn* take() noexcept;
  void let_go() noexcept;

  Environment& environment_;
  ReaderGate::Seat seat_;
  std::optional<ReadTxn> txn_;  // Reset while not held. The writer's while the gate is closed.
  bool held_ = false;
  std::uint64_t commits_ = 0;  // Counted before the snapshot was taken.
};

}  // namespace storage
