// Look-ups of keys and pages of rows, and the store's bytes per key.
//   micro_bench --benchmark_filter=Store
// A million keys are loaded once per size, into the folder for temporary files.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "core/base/check.h"
#include "core/base/log.h"
#include "core/runtime/clock.h"
#include "storage/bulk_load.h"
#include "storage/store.h"

namespace {

constexpr std::uint64_t kKeysPerTenant = 10;
constexpr std::uint32_t kRowsPerTenant = 10;
constexpr std::uint64_t kRowsLoadedMax = 10'000;  // Tenants beyond have no rows of data.

// Words that nobody counts in.
class NoSlots final : public storage::LimiterSlots {
 public:
  core::Status ensure(std::uint32_t) noexcept override { return {}; }
  void reset_slot(std::uint32_t, core::KeyId) noexcept override {}
  core::BucketWord& word(std::uint32_t) noexcept override { return word_; }
  core::LimiterNanos now() const noexcept override { return 0; }

 private:
  core::BucketWord word_{0};
};

// Digests as good as any: what SHA-256 gives is as uniform.
std::vector<core::Digest> make_digests(std::uint64_t count) {
  std::mt19937_64 random(count);
  std::vector<core::Digest> digests(count);
  for (core::Digest& digest : digests) {
    for (std::size_t at = 0; at < digest.bytes.size(); at += 8) {
      core::store<std::uint64_t>(digest.bytes.data() + at, random());
    }
  }
  return digests;
}

class LoadedStore {
 public:
  explicit LoadedStore(std::uint64_t keys) : digests_(make_digests(keys)) {
    std::string dir = (std::filesystem::temp_directory_path() / "store-bench-XXXXXX").string();
    CHECK(mkdtemp(dir.data()) != nullptr);
    dir_ = dir;
    load();
    storage::StoreOptions options;
    options.dir = dir_;
    options.auth_cache_entries = 1 << 20;
    store_ = std::move(*storage::Store::open(options, {slots_, clock_, log_}));
  }
  ~LoadedStore() {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }

  const std::vector<core::Digest>& digests() const { return digests_; }
  std::unique_ptr<storage::StoreReader> reader() { return std::move(*store_->open_reader()); }
  double bytes_per_key() const {
    return static_cast<double>(store_->stats().map_bytes_used) /
           static_cast<double>(digests_.size());
  }

  // One of each size, kept to the end of the process.
  static LoadedStore& of(std::uint64_t keys) {
    static std::map<std::uint64_t, std::unique_ptr<LoadedStore>> stores;
    auto& store = stores[keys];
    if (store == nullptr) store = std::make_unique<LoadedStore>(keys);
    return *store;
  }

 private:
  void load() {
    storage::BulkLoad load;
    load.tenants = std::max<std::uint64_t>(digests_.size() / kKeysPerTenant, 1);
    if (load.tenants * kRowsPerTenant <= kRowsLoadedMax) load.rows_per_tenant = kRowsPerTenant;
    load.row_value = R"({"kind":"example","count":1})";
    load.when = 1'767'225'600'000'000;
    load.next_key = [this, next = std::size_t{0}](storage::BulkKey& key) mutable {
      if (next == digests_.size()) return false;
      key.digest = digests_[next++];
      key.display = "fp_AbCd...wXyZ";
      return true;
    };
    CHECK(storage::bulk_load({.dir = dir_}, slots_, load).has_value());
  }

  std::vector<core::Digest> digests_;
  std::string dir_;
  NoSlots slots_;
  core::SystemClock clock_;
  core::NullLog log_;
  std::unique_ptr<storage::Store> store_;
};

// Keys to ask for, uniformly random over `digests`, copied together so that fetching the question
// costs no cache miss of its own.
std::vector<core::Digest> questions(const std::vector<core::Digest>& digests, std::size_t count) {
  std::mt19937_64 random(1);
  std::vector<core::Digest> asked(count);
  for (core::Digest& digest : asked) digest = digests[random() % digests.size()];
  return asked;
}

void BM_StoreFindCached(benchmark::State& state) {
  LoadedStore& store = LoadedStore::of(1000);
  const auto reader = store.reader();
  const auto asked = questions(store.digests(), 64);
  core::AuthRecord record;
  std::size_t next = 0;
  for (auto _ : state) {
    CHECK(reader->auth().find(asked[next], record));
    benchmark::DoNotOptimize(record);
    next = (next + 1) % asked.size();
  }
}
BENCHMARK(BM_StoreFindCached);

void BM_StoreTenantCached(benchmark::State& state) {
  const auto reader = LoadedStore::of(1000).reader();
  for (auto _ : state) benchmark::DoNotOptimize(reader->auth().tenant(7));
}
BENCHMARK(BM_StoreTenantCached);

void BM_StoreFindMiss(benchmark::State& state) {
  LoadedStore& store = LoadedStore::of(static_cast<std::uint64_t>(state.range(0)));
  const auto reader = store.reader();
  const auto asked = questions(store.digests(), 1 << 20);
  core::AuthRecord record;
  std::size_t next = 0;
  for (auto _ : state) {
    CHECK(reader->auth().reload(asked[next], record));
    benchmark::DoNotOptimize(record);
    next = (next + 1) % asked.size();
  }
  state.counters["bytes_per_key"] = store.bytes_per_key();
}
BENCHMARK(BM_StoreFindMiss)->Arg(1000)->Arg(1'000'000);

// What a shard sees once it has met the keys: as many of them as its cache has entries, or fewer.
void BM_StoreFindUniform(benchmark::State& state) {
  LoadedStore& store = LoadedStore::of(static_cast<std::uint64_t>(state.range(0)));
  const auto reader = store.reader();
  const auto asked = questions(store.digests(), 1 << 20);
  core::AuthRecord record;
  for (const core::Digest& digest : asked) CHECK(reader->auth().find(digest, record));
  std::size_t next = 0;
  for (auto _ : state) {
    CHECK(reader->auth().find(asked[next], record));
    benchmark::DoNotOptimize(record);
    next = (next + 1) % asked.size();
  }
}
BENCHMARK(BM_StoreFindUniform)->Arg(1000)->Arg(1'000'000);

void BM_StoreRowsFirstPageCached(benchmark::State& state) {
  const auto reader = LoadedStore::of(1000).reader();
  std::vector<char> response(64 << 10);
  for (auto _ : state) {
    const auto page = reader->catalog().rows({7, core::data_resource()}, 0, 100);
    page.json.copy(response.data(), response.size());
    benchmark::DoNotOptimize(response.data());
    state.counters["page_bytes"] = static_cast<double>(page.json.size());
  }
}
BENCHMARK(BM_StoreRowsFirstPageCached);

void BM_StoreRowsPageRead(benchmark::State& state) {
  const auto reader = LoadedStore::of(1000).reader();
  for (auto _ : state) {
    reader->catalog().begin_turn();
    benchmark::DoNotOptimize(reader->catalog().rows({7, core::data_resource()}, 0, 99));
  }
}
BENCHMARK(BM_StoreRowsPageRead);

}  // namespace
