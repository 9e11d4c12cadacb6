// LMDB 0.9.24 behind owning types: the one user of <lmdb.h>. What the library asks of its callers
// (one writer, no cursor that outlives its transaction, no second open of one environment in a
// process) is said here at the type that carries it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

namespace storage {

// "put key row: MDB_MAP_FULL: Environment mapsize limit reached (-30792)". Codes of LMDB are
// negative; for all others this is core::describe.
std::string describe_lmdb(const core::Error& error);

// Failures that a caller tells apart. Both leave the environment as it was.
bool is_map_full(const core::Error& error) noexcept;    // No free page within map_bytes.
bool is_key_exists(const core::Error& error) noexcept;  // insert() or append() found the key.

// The environment was written by another version of LMDB, or is no LMDB file at all.
bool is_foreign_file(const core::Error& error) noexcept;

// A named database of one environment: a handle to pass by value, good while the Env is open.
struct Table {
  std::uint32_t handle = 0;
};

inline constexpr std::size_t kKeyBytesMax = 511;

enum class TableKind : std::uint8_t {
  kBytes,    // Keys of 1 to kKeyBytesMax bytes, in the order of their bytes.
  kInteger,  // Keys of 8 bytes, in numeric order (MDB_INTEGERKEY): compared as one word.
};

// The bytes of an integer key; only with tables of kInteger. Lives as long as the argument.
inline core::Bytes integer_key(const std::uint64_t& key) noexcept {
  return std::as_bytes(std::span(&key, 1));
}

class Txn;

// A position in a table, for scans in key order and for repeated look-ups.
//
// Owner: the transaction's thread. A cursor must be destroyed before its transaction ends; one of a
//        ReadTxn survives reset() and is usable again after renew().
// Views: key() and value() are valid until the cursor moves, the transaction writes or ends.
class Cursor {
 public:
  Cursor(Cursor&& other) noexcept;
  Cursor& operator=(Cursor&& other) noexcept;
  ~Cursor();

  // Each says whether there is a record at the place it names; if not, key() and value() are empty.
  core::Result<bool> first() noexcept;
  core::Result<bool> last() noexcept;
  core::Result<bool> next() noexcept;
  core::Result<bool> previous() noexcept;
  core::Result<bool> find(core::Bytes key) noexcept;  // Exactly this key.
  core::Result<bool> seek(core::Bytes key) noexcept;  // The first key that is not less.

  // Removes the record at the position; next() then moves to the one that followed. WriteTxn only.
  core::Status erase() noexcept;

  // Ties the cursor of a ReadTxn to its transaction again after ReadTxn::renew().
  core::Status renew(const Txn& txn) noexcept;

  core::Bytes key() const noexcept { return key_; }
  core::Bytes value() const noexcept { return value_; }
  std::uint64_t integer_key() const noexcept { return core::load<std::uint64_t>(key_.data()); }

 private:
  friend class Txn;
  explicit Cursor(MDB_cursor* cursor) noexcept : cursor_(cursor) {}
  core::Result<bool> move(int operation) noexcept;

  MDB_cursor* cursor_ = nullptr;
  core::Bytes key_;
  core::Bytes value_;
};

// What reading and writing transactions have in common: a consistent view of all tables.
class Txn {
 public:
  // The value under a key; nothing if there is none. A view into the map: valid until the
  // transaction writes or ends.
  core::Result<std::optional<core::Bytes>> get(Table table, core::Bytes key) const noexcept;

  core::Result<Cursor> cursor(Table table) const noexcept;

  // Number of records in a table.
  core::Result<std::uint64_t> count(Table table) const noexcept;

  // The snapshot's number; grows by one with every commit.
  std::uint64_t id() const noexcept;

 protected:
  explicit Txn(MDB_txn* txn) noexcept : txn_(txn) {}
  Txn(Txn&& other) noexcept : txn_(other.txn_) { other.txn_ = nullptr; }
  ~Txn() = default;

  MDB_txn* txn_ = nullptr;

 private:
  friend class Cursor;
};

// A snapshot for reading, made once and renewed for every use: 8 ns, no lock, no allocation.
//
// Owner: one thread at a time, any thread (MDB_NOTLS). Must be destroyed before its Env.
// Bound: a held snapshot keeps the pages freed since from reuse: reset() before any wait.
class ReadTxn : public Txn {
 public:
  ReadTxn(ReadTxn&& other) noexcept = default;
  ReadTxn& operator=(ReadTxn&& other) noexcept;
  ~ReadTxn();

  // Gives the snapshot up but keeps the reader's slot. All views of it are gone.
  void reset() noexcept;

  // Takes the newest snapshot. Requires: reset() came before. On failure it stays reset.
  core::Status renew() noexcept;

 private:
  friend class Env;
  explicit ReadTxn(MDB_txn* txn) noexcept : Txn(txn) {}
};

// The writing transaction; there is one at a time in all processes. Dropped without commit() it is
// aborted. After a failed put or erase only abort() is allowed.
//
// Owner: the thread that began it.
class WriteTxn : public Txn {
 public:
  WriteTxn(WriteTxn&& other) noexcept = default;
  WriteTxn& operator=(WriteTxn&& other) noexcept;
  ~WriteTxn();

  // Opens or makes a table. Its handle is good for all later transactions once this one committed.
  core::Result<Table> open_table(const char* name, TableKind kind) noexcept;

  // Writes, over what is there. Fails with is_map_full if there is no room.
  core::Status put(Table table, core::Bytes key, core::Bytes value) noexcept;

  // Writes a key that must be new, else is_key_exists.
  core::Status insert(Table table, core::Bytes key, core::Bytes value) noexcept;

  // Writes a key greater than all in the table (MDB_APPEND), else is_key_exists: fills pages whole.
  core::Status append(Table table, core::Bytes key, core::Bytes value) noexcept;

  // Room for a value of `bytes` under the key, to be filled in before the next call on this
  // transaction.
  core::Result<core::MutableBytes> reserve(Table table, core::Bytes key,
                                           std::size_t bytes) noexcept;

  // Whether the key was there.
  core::Result<bool> erase(Table table, core::Bytes key) noexcept;

  // Empties a table.
  core::Status clear(Table table) noexcept;

  // Makes it durable (two flushes under full sync). After a failure the outcome is uncertain until
  // the environment is opened anew. The transaction is over in both cases.
  core::Status commit() noexcept;
  void abort() noexcept;

 private:
  friend class Env;
  explicit WriteTxn(MDB_txn* txn) noexcept : Txn(txn) {}
  core::Status put_flagged(Table table, core::Bytes key, core::Bytes value,
                           unsigned flags) noexcept;
};

enum class SyncMode : std::uint8_t {
  kFull,  // A commit that returned survives power loss.
  kNone,  // Nothing is flushed until sync(): for loading a new environment, and for tests.
};

struct EnvOptions {
  std::string dir;  // Made if absent, mode 0700; the environment is data.mdb and lock.mdb in it.
  std::size_t map_bytes = std::size_t{64} << 30;  // Address space, sparse; the most it may grow to.
  unsigned tables_max = 32;
  unsigned readers_max = 256;  // Shards, workers, backups.
  SyncMode sync = SyncMode::kFull;
  bool read_ahead = false;  // Off: look-ups are random; a scan of everything wants it on.
};

// An open environment. One per directory and process: a second open would break the first one's
// locks. Every transaction and cursor must be gone before it is destroyed.
//
// Shared: read() and write() from any thread; a ReadTxn's first begin takes LMDB's reader mutex.
class Env {
 public:
  static core::Result<Env> open(const EnvOptions& options);
  Env(Env&& other) noexcept;
  Env& operator=(Env&& other) noexcept;
  ~Env();

  core::Result<ReadTxn> read() const noexcept;

  // Waits for the present writer, if there is one.
  core::Result<WriteTxn> write() const noexcept;

  // Frees the reader slots of processes that died; returns how many. At open and each minute.
  core::Result<int> clear_stale_readers() const noexcept;

  // Flushes everything, for SyncMode::kNone.
  core::Status sync() const noexcept;

  // A consistent copy into an existing empty directory while others read and write; `compact`
  // leaves free pages out.
  core::Status copy_to(const std::string& dir, bool compact) const noexcept;

  struct Usage {
    std::uint64_t bytes_used = 0;  // Pages up to the last one that was ever used.
    std::uint64_t map_bytes = 0;
    std::uint64_t last_txn = 0;
    std::uint32_t readers = 0;  // Slots taken.
  };
  Usage usage() const noexcept;

 private:
  explicit Env(MDB_env* env) noexcept : env_(env) {}

  MDB_env* env_ = nullptr;
};

}  // namespace storage
