// Rows of a defined resource, few and many: what a page costs at the start and at the end, filtered
// and sorted, one row, and their count.
//   micro_bench --benchmark_filter=Resource
#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <string>

#include "core/service/record_form.h"
#include "tests/support/store_rig.h"

namespace {

constexpr std::size_t kOwner = 1;
constexpr std::uint64_t kRowsOfAnOwner = 10;

core::ResourceSchema assets() {
  core::ResourceSchema schema;
  schema.name = "Asset";
  schema.path = "assets";
  schema.fields.resize(3);
  schema.fields[0].name = "code";
  schema.fields[0].unique = true;
  schema.fields[1].name = "owner";
  schema.fields[1].indexed = true;
  schema.fields[2].name = "note";
  return schema;
}

// A tenant with so many rows, ten of each owner; kept to the end of the process.
class LoadedResource {
 public:
  explicit LoadedResource(std::uint64_t rows) : rows_(rows) {
    const core::TenantId tenant = rig_.make_tenant().id;
    const core::Caller caller{rig_.make_key(tenant, 1).id, tenant};
    const auto made = rig_.run(core::CreateResource{assets()});
    resource_ = std::get<core::Resource>(made.row);
    rig_.run_many(rows, [&](std::uint64_t i) {
      const std::string code = "\"code-" + std::to_string(i) + '"';
      return core::CreateRow{caller, resource_.id, {code, owner(i / kRowsOfAnOwner), "null"}};
    });
  }

  static LoadedResource& of(benchmark::State& state) {
    static std::map<std::int64_t, std::unique_ptr<LoadedResource>> kept;
    auto& loaded = kept[state.range(0)];
    if (loaded == nullptr) {
      loaded = std::make_unique<LoadedResource>(static_cast<std::uint64_t>(state.range(0)));
    }
    return *loaded;
  }

  static std::string owner(std::uint64_t number) {
    return "\"owner-" + std::to_string(number) + '"';
  }
  core::CatalogReader& catalog() { return rig_.reader->catalog(); }
  core::RowsOf rows() const { return {1, resource_}; }
  std::uint64_t size() const { return rows_; }
  core::RowQuery of_owner(std::uint64_t number) const {
    core::RowQuery query;
    query.filters = {{kOwner, core::index_bytes(resource_.schema.fields[kOwner], owner(number))}};
    return query;
  }

 private:
  static void enlarge(storage::StoreOptions& options) { options.map_bytes = std::size_t{1} << 30; }

  test::StoreRig rig_{enlarge};
  const std::uint64_t rows_;
  core::Resource resource_;
};

// First: the one that pays for loading.
void BM_ResourceCount(benchmark::State& state) {
  LoadedResource& loaded = LoadedResource::of(state);
  for (auto _ : state) CHECK(loaded.catalog().count_rows(loaded.rows()) == loaded.size());
}
BENCHMARK(BM_ResourceCount)->Arg(100)->Arg(100'000);

void BM_ResourcePageAtTheStart(benchmark::State& state) {
  LoadedResource& loaded = LoadedResource::of(state);
  // Not the limit at which first pages are cached: it is read each time.
  for (auto _ : state) benchmark::DoNotOptimize(loaded.catalog().rows(loaded.rows(), 0, 99));
}
BENCHMARK(BM_ResourcePageAtTheStart)->Arg(100)->Arg(100'000);

void BM_ResourcePageAtTheEnd(benchmark::State& state) {
  LoadedResource& loaded = LoadedResource::of(state);
  const core::RowId after = loaded.size() - 99;
  for (auto _ : state) benchmark::DoNotOptimize(loaded.catalog().rows(loaded.rows(), after, 99));
}
BENCHMARK(BM_ResourcePageAtTheEnd)->Arg(100)->Arg(100'000);

void BM_ResourceFilteredPage(benchmark::State& state) {
  LoadedResource& loaded = LoadedResource::of(state);
  const core::RowQuery query = loaded.of_owner(loaded.size() / kRowsOfAnOwner / 2);
  for (auto _ : state) {
    const auto page = loaded.catalog().find_rows(loaded.rows(), query);
    CHECK(page.count == kRowsOfAnOwner);
  }
}
BENCHMARK(BM_ResourceFilteredPage)->Arg(100)->Arg(100'000);

void BM_ResourceSortedPage(benchmark::State& state) {
  LoadedResource& loaded = LoadedResource::of(state);
  core::RowQuery query;
  query.sort_field = kOwner;
  query.descending = true;
  for (auto _ : state) {
    const auto page = loaded.catalog().find_rows(loaded.rows(), query);
    CHECK(page.count == query.limit);
  }
}
BENCHMARK(BM_ResourceSortedPage)->Arg(100)->Arg(100'000);

void BM_ResourceRowById(benchmark::State& state) {
  LoadedResource& loaded = LoadedResource::of(state);
  core::RowId id = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(loaded.catalog().row(loaded.rows(), 1 + id));
    id = (id + 7919) % loaded.size();
  }
}
BENCHMARK(BM_ResourceRowById)->Arg(100)->Arg(100'000);

}  // namespace
