// One whole request in process: parsed, key hashed and found, token taken, rows listed, usage
// recorded, answer written. Everything but the socket, on the real storage.
#include <benchmark/benchmark.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/random.h"
#include "core/runtime/clock.h"
#include "net/api.h"
#include "net/http_parser.h"
#include "storage/bulk_load.h"
#include "storage/limiter_table.h"
#include "storage/store.h"
#include "storage/usage_log.h"
#include "tests/support/temp_folder.h"

namespace {

constexpr std::uint64_t kKeys = 1000;

class NoReplies final : public core::ReplyPost {
 public:
  void post(core::Reply&&) noexcept override {}
};

class NoProcess final : public net::ProcessView {
 public:
  std::span<const net::ShardMetrics* const> shards() const override { return {}; }
  net::ProcessNumbers numbers() const override { return {}; }
  bool ready() const override { return true; }
};

// A shard's API over a store of kKeys keys, and a request for each of them.
class Shard {
 public:
  Shard() {
    storage::LimiterOptions limiter_options;
    limiter_options.dir = folder_.path();
    limiter_ = std::move(storage::LimiterTable::open(limiter_options, clock_).value());
    load_keys();
    storage::StoreOptions store_options;
    store_options.dir = folder_.file("store");
    store_ = std::move(
        storage::Store::open(store_options, {.slots = *limiter_, .clock = clock_, .log = log_})
            .value());
    reader_ = std::move(store_->open_reader().value());
    storage::UsageOptions usage_options;
    usage_options.dir = folder_.path();
    usage_ = std::move(storage::UsageLog::open(usage_options, clock_, random_).value());
    usage_->start();
    api_ =
        std::make_unique<net::Api>(net::ApiConfig{}, net::ApiParts{.index = reader_->auth(),
                                                                   .reader = reader_->catalog(),
                                                                   .admins = reader_->admin(),
                                                                   .commands = store_->commands(),
                                                                   .counter = store_->counter(),
                                                                   .desk = usage_->desk(),
                                                                   .words = *limiter_,
                                                                   .usage = usage_->sink(0),
                                                                   .replies = replies_,
                                                                   .random = random_,
                                                                   .secrets = secrets_,
                                                                   .log = log_,
                                                                   .clock = clock_,
                                                                   .process = process_,
                                                                   .metrics = *metrics_});
  }
  ~Shard() {
    usage_->stop();
    reader_.reset();
  }

  // Answers one request of the n-th key; the answer is in `out`.
  void serve(std::size_t n, net::OutBuffer& out) {
    const core::TurnTime time = clock_.now();
    api_->begin_turn(time);
    const auto parsed = parser_.parse(requests_[n % kKeys], *head_);
    CHECK(parsed == net::ParseOutcome::kComplete);
    api_->handle({.head = *head_, .body = {}, .time = time}, out);
  }

 private:
  void load_keys() {
    constexpr std::uint32_t kMost = std::numeric_limits<std::int32_t>::max();
    storage::BulkLoad load;
    load.rows_per_tenant = 10;
    load.limit = {.rate_limit = kMost, .window_s = 3600, .burst = kMost};
    load.next_key = [this](storage::BulkKey& key) {
      if (requests_.size() == kKeys) return false;
      const core::KeySecret secret(random_);
      key = {core::Hasher().sha256(secret.text()), secret.display()};
      requests_.push_back("GET /api/data HTTP/1.1\r\nHost: localhost:8000\r\nX-API-Key: " +
                          std::string(secret.text()) + "\r\nAccept: */*\r\n\r\n");
      return true;
    };
    storage::EnvOptions env;
    env.dir = folder_.file("store");
    CHECK(storage::bulk_load(env, *limiter_, load).has_value());
  }

  core::TempFolder folder_;
  core::SystemClock clock_;
  core::KernelRandom random_;
  core::SecretBox secrets_{std::array<std::byte, core::SecretBox::kKeyBytes>{}};
  core::NullLog log_;
  NoReplies replies_;
  NoProcess process_;
  net::ParserLimits limits_;
  net::RequestParser parser_{limits_};
  std::unique_ptr<net::RequestHead> head_ = std::make_unique<net::RequestHead>();
  std::unique_ptr<net::ShardMetrics> metrics_ = std::make_unique<net::ShardMetrics>();
  std::vector<std::string> requests_;
  std::unique_ptr<storage::LimiterTable> limiter_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::StoreReader> reader_;
  std::unique_ptr<storage::UsageLog> usage_;
  std::unique_ptr<net::Api> api_;
};

void BM_WholeRequest(benchmark::State& state) {
  Shard shard;
  net::OutBuffer out;
  std::size_t n = 0;
  for (auto _ : state) {
    out.clear();
    shard.serve(n++, out);
  }
  CHECK(out.text().starts_with("HTTP/1.1 200"));
  state.SetBytesProcessed(static_cast<std::int64_t>(n * out.size()));
}
BENCHMARK(BM_WholeRequest);

}  // namespace
