#include "storage/rollup_store.h"

#include <array>
#include <cerrno>
#include <utility>

#include "core/base/hash.h"

namespace storage {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kVersionKey = "version";
constexpr std::string_view kCursorKey = "cursor";

constexpr std::size_t kTenantTemplateKeyBytes = 4 + 8 + 4;
constexpr std::size_t kChecksumBytes = 8;

// Days whose pairs of tenant and template are over go in small pieces.
constexpr int kOldPairsPerFold = 1000;

using PairKey = std::array<std::byte, kTenantTemplateKeyBytes>;

PairKey write_pair_key(const TenantTemplate& pair) noexcept {
  PairKey key;
  core::store(key.data(), __builtin_bswap32(pair.day));
  core::store_be64(key.data() + 4, pair.tenant);
  core::store(key.data() + 12, __builtin_bswap32(pair.id));
  return key;
}

TenantTemplate read_pair_key(core::Bytes key) noexcept {
  return {__builtin_bswap32(core::load<std::uint32_t>(key.data())), core::load_be64(key.data() + 4),
          __builtin_bswap32(core::load<std::uint32_t>(key.data() + 12))};
}

std::uint64_t text_checksum(std::uint64_t id, core::Bytes text) noexcept {
  return core::xxhash64(text, id);
}

core::Status check_version(RollupStore& store, WriteTxn& txn) {
  const auto stored = txn.get(store.meta, core::as_bytes(kVersionKey));
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) {
    return txn.put(store.meta, core::as_bytes(kVersionKey), std::as_bytes(std::span(&kVersion, 1)));
  }
  const bool is_ours = (*stored)->size() == sizeof kVersion &&
                       core::load<std::uint32_t>((*stored)->data()) == kVersion;
  if (!is_ours) return std::unexpected(core::Error{"usage rollups: made by a newer version", 0});
  return {};
}

core::Status open_tables(RollupStore& store, WriteTxn& txn) {
  const std::array<std::pair<Table*, std::pair<const char*, TableKind>>, 6> tables{{
      {&store.meta, {"meta", TableKind::kBytes}},
      {&store.minutes, {"minutes", TableKind::kBytes}},
      {&store.hours, {"hours", TableKind::kBytes}},
      {&store.totals, {"totals", TableKind::kInteger}},
      {&store.templates, {"templates", TableKind::kInteger}},
      {&store.tenant_templates, {"tenant_templates", TableKind::kBytes}},
  }};
  for (const auto& [table, named] : tables) {
    const auto opened = txn.open_table(named.first, named.second);
    if (!opened) return std::unexpected(opened.error());
    *table = *opened;
  }
  return {};
}

}  // namespace

void report_damaged_row(const UsageReport& report, const char* table) {
  if (report) report(std::string("usage rollups: a damaged row in ") + table + " is left out");
}

core::Result<std::unique_ptr<RollupStore>> RollupStore::open(const std::string& dir,
                                                             std::size_t map_bytes) {
  EnvOptions options;
  options.dir = dir;
  options.map_bytes = map_bytes;
  options.tables_max = 8;
  options.readers_max = 16;
  auto env = Env::open(options);
  if (!env) return std::unexpected(env.error());
  auto store = std::make_unique<RollupStore>(std::move(*env));
  auto txn = store->env.write();
  if (!txn) return std::unexpected(txn.error());
  core::Status done = open_tables(*store, *txn);
  if (done) done = check_version(*store, *txn);
  if (!done) return std::unexpected(done.error());
  const auto cursor = store->read_cursor(*txn);
  if (!cursor) return std::unexpected(cursor.error());
  store->cursor = *cursor;
  if (done = txn->commit(); !done) return std::unexpected(done.error());
  return store;
}

core::Result<FoldCursor> RollupStore::read_cursor(const Txn& txn) const {
  const auto value = txn.get(meta, core::as_bytes(kCursorKey));
  if (!value) return std::unexpected(value.error());
  if (!*value) return FoldCursor{};
  const auto stored = read_fold_cursor(**value);
  if (!stored) return std::unexpected(core::Error{"usage rollups: the cursor is damaged", EBADMSG});
  return *stored;
}

core::Status RollupStore::write_cursor(WriteTxn& txn, const FoldCursor& value) const {
  return txn.put(meta, core::as_bytes(kCursorKey), write_fold_cursor(value));
}

core::Result<KeyUse> RollupStore::read_use(const Txn& txn, core::KeyId key,
                                           const UsageReport& report) const {
  const auto value = txn.get(totals, integer_key(key));
  if (!value) return std::unexpected(value.error());
  if (!*value) return KeyUse{};
  const auto use = read_key_use(key, **value);
  if (!use) report_damaged_row(report, "totals");
  return use.value_or(KeyUse{});
}

core::Status RollupStore::write_use(WriteTxn& txn, core::KeyId key, const KeyUse& use) const {
  return txn.put(totals, integer_key(key), write_key_use(key, use));
}

core::Status RollupStore::write_templates(WriteTxn& txn, const UsageTemplates::Added& added) const {
  core::Status done;
  for (const NamedTemplate& each : added.named) {
    const std::uint64_t id = each.id;
    std::vector<std::byte> value(kChecksumBytes);
    const core::Bytes text = core::as_bytes(each.text);
    core::store(value.data(), text_checksum(id, text));
    value.insert(value.end(), text.begin(), text.end());
    if (done) done = txn.put(templates, integer_key(id), value);
  }
  DayNumber32 newest = 0;
  for (const TenantTemplate& each : added.used) {
    newest = std::max(newest, each.day);
    const PairKey key = write_pair_key(each);
    const std::uint64_t checksum = core::xxhash64(key);
    if (done) done = txn.put(tenant_templates, key, std::as_bytes(std::span(&checksum, 1)));
  }
  if (!done || newest == 0) return done;
  auto oldest = txn.cursor(tenant_templates);
  if (!oldest) return std::unexpected(oldest.error());
  auto found = oldest->first();
  for (int i = 0; i < kOldPairsPerFold && found && *found; ++i) {
    if (read_pair_key(oldest->key()).day >= newest) return {};
    if (done = oldest->erase(); !done) return done;
    found = oldest->first();
  }
  if (!found) return std::unexpected(found.error());
  return {};
}

core::Status RollupStore::read_templates(UsageTemplates& into, const UsageReport& report) const {
  const auto txn = env.read();
  if (!txn) return std::unexpected(txn.error());
  std::vector<NamedTemplate> named;
  std::vector<TenantTemplate> used;
  auto row = txn->cursor(templates);
  if (!row) return std::unexpected(row.error());
  auto found = row->first();
  for (; found && *found; found = row->next()) {
    const std::uint64_t id = row->integer_key();
    const core::Bytes value = row->value();
    const bool is_good =
        id < kTemplatesMax && value.size() >= kChecksumBytes &&
        core::load<std::uint64_t>(value.data()) == text_checksum(id, value.subspan(kChecksumBytes));
    if (!is_good) {
      report_damaged_row(report, "templates");
      continue;
    }
    named.push_back(
        {static_cast<TemplateId>(id), std::string(core::as_text(value.subspan(kChecksumBytes)))});
  }
  if (!found) return std::unexpected(found.error());
  auto pair = txn->cursor(tenant_templates);
  if (!pair) return std::unexpected(pair.error());
  for (found = pair->first(); found && *found; found = pair->next()) {
    const bool is_good =
        pair->key().size() == kTenantTemplateKeyBytes && pair->value().size() == kChecksumBytes &&
        core::load<std::uint64_t>(pair->value().data()) == core::xxhash64(pair->key());
    if (is_good) {
      used.push_back(read_pair_key(pair->key()));
    } else {
      report_damaged_row(report, "tenant_templates");
    }
  }
  if (!found) return std::unexpected(found.error());
  into.restore(std::move(named), used);
  return {};
}

}  // namespace storage
