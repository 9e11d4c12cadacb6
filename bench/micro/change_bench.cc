// What changes cost the store's writer: creations of rows with and without an Idempotency-Key, and
// taking old records away.
//   micro_bench --benchmark_filter=Change
// In a folder for temporary files; /1 at the end: with every commit flushed.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <semaphore>
#include <string>

#include "core/base/check.h"
#include "core/base/log.h"
#include "core/runtime/clock.h"
#include "storage/store.h"

namespace {

constexpr std::size_t kBatch = 256;  // Commands that wait together.
constexpr core::WallMicros kBegin = 1'767'225'600'000'000;

class NoSlots final : public storage::LimiterSlots {
 public:
  core::Status ensure(std::uint32_t) noexcept override { return {}; }
  void reset_slot(std::uint32_t, core::KeyId) noexcept override {}
  core::BucketWord& word(std::uint32_t) noexcept override { return word_; }
  core::LimiterNanos now() const noexcept override { return 0; }

 private:
  core::BucketWord word_{0};
};

// Keeps the last outcome; wakes whoever waits for a number of them.
class Replies final : public core::ReplyPost {
 public:
  void post(core::Reply&& reply) noexcept override {
    last_ = std::get<core::Outcome>(std::move(reply.body));
    CHECK(last_.code == core::OutcomeCode::kDone);
    arrived_.release();
  }
  const core::Outcome& wait(std::size_t count) {
    for (; count > 0; --count) arrived_.acquire();
    return last_;
  }

 private:
  core::Outcome last_;
  std::counting_semaphore<> arrived_{0};
};

// A new store with one tenant and its key.
class ChangedStore {
 public:
  explicit ChangedStore(bool flushes) {
    std::string dir = (std::filesystem::temp_directory_path() / "change-bench-XXXXXX").string();
    CHECK(mkdtemp(dir.data()) != nullptr);
    dir_ = dir;
    storage::StoreOptions options;
    options.dir = dir_;
    options.sync = flushes ? storage::SyncMode::kFull : storage::SyncMode::kNone;
    store_ = std::move(*storage::Store::open(options, {slots_, clock_, log_}));
    store_->start();
    core::CreateTenant tenant;
    tenant.name = "one";
    run(tenant);
    core::CreateKey key;
    key.tenant_id = 1;
    run(key);
  }
  ~ChangedStore() {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }

  const core::Outcome& run(decltype(core::Command::change) change) {
    submit({.when = kBegin, .change = std::move(change)});
    return replies_.wait(1);
  }
  void submit(core::Command&& command) {
    CHECK(store_->commands().submit(std::move(command), replies_, 0));
  }
  void wait(std::size_t count) { replies_.wait(count); }

  core::Command new_row(bool with_key) {
    core::Command command{
        .when = kBegin,
        .change = core::CreateRow{.caller = {.key_id = 1, .tenant_id = 1},
                                  .values = {R"("a row")", R"({"kind":"example","count":1})"}}};
    if (with_key) command.idempotency = {.key = random_digest(), .request = random_digest()};
    return command;
  }

 private:
  core::Digest random_digest() {
    core::Digest digest;
    for (std::size_t at = 0; at < digest.bytes.size(); at += 8) {
      core::store<std::uint64_t>(digest.bytes.data() + at, random_());
    }
    return digest;
  }

  std::mt19937_64 random_;
  std::string dir_;
  NoSlots slots_;
  core::SystemClock clock_;
  core::NullLog log_;
  Replies replies_;
  std::unique_ptr<storage::Store> store_;
};

void create_rows(benchmark::State& state, bool with_key) {
  ChangedStore store(state.range(0) != 0);
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBatch; ++i) store.submit(store.new_row(with_key));
    store.wait(kBatch);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

void BM_ChangeCreateRow(benchmark::State& state) {
  create_rows(state, false);
}
BENCHMARK(BM_ChangeCreateRow)->Arg(0)->Arg(1)->Iterations(1000)->UseRealTime();

void BM_ChangeCreateRowOnce(benchmark::State& state) {
  create_rows(state, true);
}
BENCHMARK(BM_ChangeCreateRowOnce)->Arg(0)->Arg(1)->Iterations(1000)->UseRealTime();

// A command that takes away as many first answers as it may: each lies at a random place.
void BM_ChangePurgeAnswers(benchmark::State& state) {
  ChangedStore store(state.range(0) != 0);
  constexpr std::int64_t kCommands = 200;
  for (std::int64_t i = 0; i < kCommands + 1; ++i) {
    for (std::size_t k = 0; k < kBatch; ++k) store.submit(store.new_row(true));
    store.wait(kBatch);
  }
  for (auto _ : state) {
    const core::Outcome& outcome = store.run(core::Purge{.answers_before = kBegin + 1});
    CHECK(std::get<core::PurgeTally>(outcome.row).answers == kBatch);
  }
}
BENCHMARK(BM_ChangePurgeAnswers)->Arg(0)->Arg(1)->Iterations(200)->UseRealTime();

}  // namespace
