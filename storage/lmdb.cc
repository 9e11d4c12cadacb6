#include "storage/lmdb.h"

#include <fmt/format.h>
#include <lmdb.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/check.h"

namespace storage {

namespace {

core::Error fail(const char* what, int code) noexcept {
  return core::Error{what, code};
}

core::Status status(const char* what, int code) noexcept {
  if (code == MDB_SUCCESS) return {};
  return std::unexpected(fail(what, code));
}

// LMDB takes its input through pointers to non-const but does not write to it.
MDB_val to_val(core::Bytes bytes) noexcept {
  return {bytes.size(), const_cast<std::byte*>(bytes.data())};
}

core::Bytes to_bytes(const MDB_val& value) noexcept {
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

}  // namespace

std::string describe_lmdb(const core::Error& error) {
  if (error.code >= 0) return core::describe(error);
  return fmt::format("{}: {} ({})", error.what, mdb_strerror(error.code), error.code);
}

bool is_map_full(const core::Error& error) noexcept {
  return error.code == MDB_MAP_FULL;
}

bool is_key_exists(const core::Error& error) noexcept {
  return error.code == MDB_KEYEXIST;
}

bool is_foreign_file(const core::Error& error) noexcept {
  return error.code == MDB_INVALID || error.code == MDB_VERSION_MISMATCH;
}

// Cursor.

Cursor::Cursor(Cursor&& other) noexcept
    : cursor_(std::exchange(other.cursor_, nullptr)), key_(other.key_), value_(other.value_) {}

Cursor& Cursor::operator=(Cursor&& other) noexcept {
  std::swap(cursor_, other.cursor_);
  std::swap(key_, other.key_);
  std::swap(value_, other.value_);
  return *this;
}

Cursor::~Cursor() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

core::Result<bool> Cursor::move(int operation) noexcept {
  MDB_val key = to_val(key_);
  MDB_val value{};
  const int code = mdb_cursor_get(cursor_, &key, &value, static_cast<MDB_cursor_op>(operation));
  if (code == MDB_SUCCESS) {
    key_ = to_bytes(key);
    value_ = to_bytes(value);
    return true;
  }
  key_ = value_ = {};
  if (code == MDB_NOTFOUND) return false;
  return std::unexpected(fail("read the store", code));
}

core::Result<bool> Cursor::first() noexcept {
  return move(MDB_FIRST);
}
core::Result<bool> Cursor::last() noexcept {
  return move(MDB_LAST);
}
core::Result<bool> Cursor::next() noexcept {
  return move(MDB_NEXT);
}
core::Result<bool> Cursor::previous() noexcept {
  return move(MDB_PREV);
}

core::Result<bool> Cursor::find(core::Bytes key) noexcept {
  key_ = key;
  return move(MDB_SET_KEY);
}

core::Result<bool> Cursor::seek(core::Bytes key) noexcept {
  key_ = key;
  return move(MDB_SET_RANGE);
}

core::Status Cursor::erase() noexcept {
  return status("erase from the store", mdb_cursor_del(cursor_, 0));
}

core::Status Cursor::renew(const Txn& txn) noexcept {
  return status("renew a cursor", mdb_cursor_renew(txn.txn_, cursor_));
}

// Txn.

core::Result<std::optional<core::Bytes>> Txn::get(Table table, core::Bytes key) const noexcept {
  MDB_val wanted = to_val(key);
  MDB_val found{};
  const int code = mdb_get(txn_, table.handle, &wanted, &found);
  if (code == MDB_SUCCESS) return to_bytes(found);
  if (code == MDB_NOTFOUND) return std::nullopt;
  return std::unexpected(fail("read the store", code));
}

core::Result<Cursor> Txn::cursor(Table table) const noexcept {
  MDB_cursor* cursor = nullptr;
  const int code = mdb_cursor_open(txn_, table.handle, &cursor);
  if (code != MDB_SUCCESS) return std::unexpected(fail("open a cursor", code));
  return Cursor(cursor);
}

core::Result<std::uint64_t> Txn::count(Table table) const noexcept {
  MDB_stat stat{};
  const int code = mdb_stat(txn_, table.handle, &stat);
  if (code != MDB_SUCCESS) return std::unexpected(fail("count a table", code));
  return stat.ms_entries;
}

std::uint64_t Txn::id() const noexcept {
  return mdb_txn_id(txn_);
}

// ReadTxn.

ReadTxn& ReadTxn::operator=(ReadTxn&& other) noexcept {
  std::swap(txn_, other.txn_);
  return *this;
}

ReadTxn::~ReadTxn() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

void ReadTxn::reset() noexcept {
  mdb_txn_reset(txn_);
}

core::Status ReadTxn::renew() noexcept {
  return status("renew the snapshot", mdb_txn_renew(txn_));
}

// WriteTxn.

WriteTxn& WriteTxn::operator=(WriteTxn&& other) noexcept {
  std::swap(txn_, other.txn_);
  return *this;
}

WriteTxn::~WriteTxn() {
  abort();
}

core::Result<Table> WriteTxn::open_table(const char* name, TableKind kind) noexcept {
  const unsigned flags = MDB_CREATE | (kind == TableKind::kInteger ? MDB_INTEGERKEY : 0);
  MDB_dbi handle = 0;
  const int code = mdb_dbi_open(txn_, name, flags, &handle);
  if (code != MDB_SUCCESS) return std::unexpected(fail("open a table of the store", code));
  return Table{handle};
}

core::Status WriteTxn::put_flagged(Table table, core::Bytes key, core::Bytes value,
                                   unsigned flags) noexcept {
  MDB_val at = to_val(key);
  MDB_val data = to_val(value);
  return status("write to the store", mdb_put(txn_, table.handle, &at, &data, flags));
}

core::Status WriteTxn::put(Table table, core::Bytes key, core::Bytes value) noexcept {
  return put_flagged(table, key, value, 0);
}

core::Status WriteTxn::insert(Table table, core::Bytes key, core::Bytes value) noexcept {
  return put_flagged(table, key, value, MDB_NOOVERWRITE);
}

core::Status WriteTxn::append(Table table, core::Bytes key, core::Bytes value) noexcept {
  return put_flagged(table, key, value, MDB_APPEND);
}

core::Result<core::MutableBytes> WriteTxn::reserve(Table table, core::Bytes key,
                                                   std::size_t bytes) noexcept {
  MDB_val at = to_val(key);
  MDB_val data{bytes, nullptr};
  const int code = mdb_put(txn_, table.handle, &at, &data, MDB_RESERVE);
  if (code != MDB_SUCCESS) return std::unexpected(fail("write to the store", code));
  return core::MutableBytes{static_cast<std::byte*>(data.mv_data), data.mv_size};
}

core::Result<bool> WriteTxn::erase(Table table, core::Bytes key) noexcept {
  MDB_val at = to_val(key);
  const int code = mdb_del(txn_, table.handle, &at, nullptr);
  if (code == MDB_SUCCESS) return true;
  if (code == MDB_NOTFOUND) return false;
  return std::unexpected(fail("erase from the store", code));
}

core::Status WriteTxn::clear(Table table) noexcept {
  return status("empty a table of the store", mdb_drop(txn_, table.handle, 0));
}

core::Status WriteTxn::commit() noexcept {
  return status("commit to the store", mdb_txn_commit(std::exchange(txn_, nullptr)));
}

void WriteTxn::abort() noexcept {
  if (txn_ != nullptr) mdb_txn_abort(std::exchange(txn_, nullptr));
}

// Env.

core::Result<Env> Env::open(const EnvOptions& options) {
  std::error_code failure;
  if (std::filesystem::create_directories(options.dir, failure)) {
    std::filesystem::permissions(options.dir, std::filesystem::perms::owner_all, failure);
  }
  if (failure) return std::unexpected(fail("make the directory of the store", failure.value()));

  MDB_env* raw = nullptr;
  int code = mdb_env_create(&raw);
  if (code != MDB_SUCCESS) return std::unexpected(fail("open the store", code));
  Env env(raw);  // A failed open still needs mdb_env_close.
  code = mdb_env_set_mapsize(raw, options.map_bytes);
  if (code == MDB_SUCCESS) code = mdb_env_set_maxdbs(raw, options.tables_max);
  if (code == MDB_SUCCESS) code = mdb_env_set_maxreaders(raw, options.readers_max);
  // NOTE: no MDB_NOMEMINIT: pages go to disk with what malloc left in them, and that may be secret.
  const unsigned flags = MDB_NOTLS | (options.read_ahead ? 0 : MDB_NORDAHEAD) |
                         (options.sync == SyncMode::kNone ? MDB_NOSYNC : 0);
  if (code == MDB_SUCCESS) code = mdb_env_open(raw, options.dir.c_str(), flags, 0600);
  if (code != MDB_SUCCESS) return std::unexpected(fail("open the store", code));
  if (auto cleared = env.clear_stale_readers(); !cleared) return std::unexpected(cleared.error());
  return env;
}

Env::Env(Env&& other) noexcept : env_(std::exchange(other.env_, nullptr)) {}

Env& Env::operator=(Env&& other) noexcept {
  std::swap(env_, other.env_);
  return *this;
}

Env::~Env() {
  if (env_ != nullptr) mdb_env_close(env_);
}

core::Result<ReadTxn> Env::read() const noexcept {
  MDB_txn* txn = nullptr;
  const int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  if (code != MDB_SUCCESS) return std::unexpected(fail("take a snapshot", code));
  return ReadTxn(txn);
}

core::Result<WriteTxn> Env::write() const noexcept {
  MDB_txn* txn = nullptr;
  const int code = mdb_txn_begin(env_, nullptr, 0, &txn);
  if (code != MDB_SUCCESS) return std::unexpected(fail("begin to write", code));
  return WriteTxn(txn);
}

core::Result<int> Env::clear_stale_readers() const noexcept {
  int dead = 0;
  const int code = mdb_reader_check(env_, &dead);
  if (code != MDB_SUCCESS) return std::unexpected(fail("clear stale readers", code));
  return dead;
}

core::Status Env::sync() const noexcept {
  return status("sync the store", mdb_env_sync(env_, 1));
}

core::Status Env::copy_to(const std::string& dir, bool compact) const noexcept {
  return status("copy the store", mdb_env_copy2(env_, dir.c_str(), compact ? MDB_CP_COMPACT : 0));
}

Env::Usage Env::usage() const noexcept {
  MDB_envinfo info{};
  MDB_stat stat{};
  CHECK(mdb_env_info(env_, &info) == MDB_SUCCESS && mdb_env_stat(env_, &stat) == MDB_SUCCESS);
  return {.bytes_used = (info.me_last_pgno + 1) * stat.ms_psize,
          .map_bytes = info.me_mapsize,
          .last_txn = info.me_last_txnid,
          .readers = info.me_numreaders};
}

}  // namespace storage
