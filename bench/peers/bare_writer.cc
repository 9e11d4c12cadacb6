// What LMDB itself takes for the records that a creation writes: the same tables, keys of the same
// order, values of the same size, so many creations a commit, each commit flushed. No parsing, no
// checks, no answers.
//
// bare_writer STORE KIND BATCH SECONDS
//   STORE    a store of tollgate; it is of no use to a server afterwards
//   KIND     keys or rows
//   BATCH    creations a commit
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "storage/catalog_codec.h"
#include "storage/catalog_tables.h"
#include "storage/record_writer.h"

namespace {

using Clock = std::chrono::steady_clock;

// Bytes of the values, with their checksums: what a creation of the benchmark stores.
constexpr std::size_t kKeyBytes = 161;
constexpr std::size_t kDigestEntryBytes = 96;
constexpr std::size_t kAuditBytes = 466;
constexpr std::size_t kRowBytes = 210;
constexpr std::size_t kCountersBytes = 88;

struct Writer {
  storage::WriteTxn& txn;
  const storage::CatalogTables& tables;
  std::mt19937_64& random;

  void key(std::uint64_t number) {
    put(tables.keys, storage::integer_key(number), kKeyBytes);
    put(tables.keys_by_tenant, storage::TenantScopedKey(1, number).bytes(), 8);
    put(tables.keys_by_digest, storage::integer_key(random()), kDigestEntryBytes);
    put(tables.audit_log, storage::integer_key(number), kAuditBytes);
    put(tables.audit_by_tenant, storage::TenantScopedKey(1, number).bytes(), 8);
  }
  void row(std::uint64_t number) {
    const storage::RowSpace space{1, core::kDataResource};
    put(tables.rows, storage::RowKey(space, number).bytes(), kRowBytes);
    put(tables.row_meta, storage::RowSpaceKey(space).bytes(), 24);
  }
  void end() { put(tables.meta, core::as_bytes("counters"), kCountersBytes); }

  void put(storage::Table table, core::Bytes key, std::size_t bytes) {
    static const std::string kValue(1024, 'v');
    CHECK(txn.put(table, key, core::as_bytes(std::string_view(kValue).substr(0, bytes))));
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::fputs("usage: bare_writer STORE keys|rows BATCH SECONDS\n", stderr);
    return 2;
  }
  const bool of_keys = std::string_view(arguments[2]) == "keys";
  const int batch = std::atoi(arguments[3]);
  const auto span = std::chrono::seconds(std::atoi(arguments[4]));
  auto env = storage::Env::open(
      {.dir = arguments[1], .map_bytes = std::size_t{64} << 30, .sync = storage::SyncMode::kFull});
  CHECK(env);
  const auto tables = storage::open_tables(*env, storage::store_formats());
  CHECK(tables && batch > 0);
  std::mt19937_64 random(1);
  // Behind all that is there.
  std::uint64_t number = std::uint64_t{1} << 40;
  std::uint64_t commits = 0;
  const auto begin = Clock::now();
  while (Clock::now() - begin < span) {
    auto txn = env->write();
    CHECK(txn);
    Writer writer{*txn, *tables, random};
    for (int i = 0; i < batch; ++i, ++number) of_keys ? writer.key(number) : writer.row(number);
    writer.end();
    CHECK(txn->commit());
    ++commits;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  fmt::print("{{\"commits\":{},\"created\":{},\"per_second\":{:.0f}}}\n", commits,
             commits * static_cast<std::uint64_t>(batch),
             static_cast<double>(commits * static_cast<std::uint64_t>(batch)) / seconds);
  return 0;
}
