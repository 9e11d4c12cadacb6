#include "storage/store.h"

#include <utility>

#include "storage/admin_view.h"
#include "storage/catalog_view.h"
#include "storage/key_index.h"
#include "storage/records.h"
#include "storage/store_writer.h"

namespace storage {

namespace {

// A limiter table that is new beside an old store has no room yet for the slots that rows name.
core::Status cover_slots(Environment& environment, LimiterSlots& slots) {
  const auto txn = environment.env().read();
  if (!txn) return std::unexpected(txn.error());
  Records records(*txn, environment.tables(), environment.damage());
  const Counters counters = records.counters();
  if (records.damaged()) return std::unexpected(core::Error{"the store's counters are damaged", 0});
  return slots.ensure(counters.next_slot);
}

}  // namespace

StoreReader::StoreReader(std::unique_ptr<Snapshot> snapshot, const StoreOptions& options)
    : snapshot_(std::move(snapshot)),
      keys_(std::make_unique<KeyIndex>(
          *snapshot_, KeyIndexOptions{.key_entries = options.auth_cache_entries,
                                      .tenant_entries = options.tenant_cache_entries})),
      catalog_(std::make_unique<CatalogView>(
          *snapshot_, PageCache::Bounds{.entries = options.page_cache_entries,
                                        .bytes = options.page_cache_bytes})),
      admin_(std::make_unique<AdminView>(*snapshot_)) {}

StoreReader::~StoreReader() = default;

core::AuthIndex& StoreReader::auth() noexcept {
  return *keys_;
}

core::CatalogReader& StoreReader::catalog() noexcept {
  return *catalog_;
}

core::AdminReader& StoreReader::admin() noexcept {
  return *admin_;
}

Store::Store(const StoreOptions& options, const StoreOutside& outside,
             std::unique_ptr<Environment> environment)
    : options_(options),
      environment_(std::move(environment)),
      writer_(std::make_unique<StoreWriter>(options_, outside, *environment_)) {}

Store::~Store() = default;

core::Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options,
                                                 const StoreOutside& outside) {
  EnvOptions env{.dir = options.dir, .map_bytes = options.map_bytes, .sync = options.sync};
  auto environment = Environment::open(env, outside.log);
  if (!environment) return std::unexpected(environment.error());
  if (auto covered = cover_slots(**environment, outside.slots); !covered) {
    return std::unexpected(covered.error());
  }
  return std::unique_ptr<Store>(new Store(options, outside, std::move(*environment)));
}

void Store::start() {
  writer_->start();
}

void Store::stop() {
  writer_->stop();
}

core::CommandSink& Store::commands() noexcept {
  return *writer_;
}

core::Result<std::unique_ptr<StoreReader>> Store::open_reader() {
  auto snapshot = Snapshot::open(*environment_);
  if (!snapshot) return std::unexpected(snapshot.error());
  return std::unique_ptr<StoreReader>(new StoreReader(std::move(*snapshot), options_));
}

core::StoreStats Store::stats() const noexcept {
  return writer_->stats();
}

}  // namespace storage
