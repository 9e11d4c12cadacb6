// The usage log with its threads: exactness under concurrent publishing, waking, and real kills.
#include <gtest/gtest.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/support/usage_rig.h"

namespace {

// Moves on whenever it is told to, from any thread.
class SteppedClock final : public core::Clock {
 public:
  core::TurnTime now() const noexcept override {
    const core::BootNanos boot = boot_now();
    return {.wall_us = 1'767'225'600'000'000 + boot / 1000, .boot_ns = boot};
  }
  core::BootNanos boot_now() const noexcept override { return boot_ns_.load(); }
  void advance(core::BootNanos span) noexcept { boot_ns_.fetch_add(span); }

 private:
  std::atomic<core::BootNanos> boot_ns_{core::kNanosPerSecond};
};

class CountingWaker final : public core::Waker {
 public:
  void wake() noexcept override { ++wakes; }
  std::atomic<int> wakes{0};
};

core::UsageEvent event_at(const core::Clock& clock, core::KeyId key) {
  core::UsageEvent event;
  event.time_us = clock.now().wall_us;
  event.key_id = key;
  event.tenant_id = 1;
  event.status = 200;
  event.endpoint = "/api/data";
  return event;
}

class UsageLogThreads : public testing::Test {
 protected:
  void open(storage::UsageSync sync, std::uint32_t shards) {
    options_.dir = folder_.file("data");
    options_.shards = shards;
    options_.sync = sync;
    options_.ring_bytes = std::size_t{128} << 10;
    options_.segment_bytes = std::size_t{1} << 20;
    options_.rollup_map_bytes = std::size_t{64} << 20;
    auto opened = storage::UsageLog::open(options_, clock_, random_);
    ASSERT_TRUE(opened.has_value());
    log_ = std::move(*opened);
  }

  void publish(std::uint32_t shard, core::KeyId key) {
    core::UsageSink& sink = log_->sink(shard);
    while (!sink.reserve()) std::this_thread::yield();
    last_sequence_ = sink.publish(event_at(clock_, key));
  }

  core::TempFolder folder_;
  SteppedClock clock_;
  test::SeededRandom random_{3};
  storage::UsageOptions options_;
  std::unique_ptr<storage::UsageLog> log_;
  std::uint64_t last_sequence_ = 0;
};

// Shard n uses key n + 1. What was published before a question must be in its answer, and nothing
// that was not published before the answer came.
TEST_F(UsageLogThreads, AnswersExactlyWhileShardsPublish) {
  constexpr std::uint32_t kShards = 3;
  constexpr std::uint64_t kRecords = 6000;
  open(storage::UsageSync::kInterval, kShards);
  log_->start();
  std::array<std::atomic<std::uint64_t>, kShards> published{};
  std::array<std::atomic<std::uint64_t>, kShards> begun{};
  std::vector<std::thread> shards;
  for (std::uint32_t shard = 0; shard < kShards; ++shard) {
    shards.emplace_back([&, shard] {
      core::UsageSink& sink = log_->sink(shard);
      for (std::uint64_t i = 0; i < kRecords; ++i) {
        while (!sink.reserve()) {
          clock_.advance(1'000'000);
          std::this_thread::yield();
        }
        ++begun[shard];
        sink.publish(event_at(clock_, shard + 1));
        ++published[shard];
        clock_.advance(10'000'000);  // Minutes close within the run.
      }
    });
  }
  test::UsageReplies replies;
  for (int round = 0; round < 200; ++round) {
    const auto shard = static_cast<std::uint32_t>(round) % kShards;
    const std::uint64_t at_least = published[shard];
    std::uint64_t total = 0;
    if (round % 2 == 0) {
      core::UsageQuestion question;
      question.key_id = shard + 1;
      question.to = clock_.now().wall_us + 3'600'000'000;
      question.window = core::UsageWindow::kHour;
      ASSERT_TRUE(log_->desk().ask(question, replies, 1));
      const auto answer = std::get<core::UsageAnswer>(replies.take().body);
      ASSERT_EQ(answer.count, answer.total);
      total = answer.total;
    } else {
      ASSERT_TRUE(log_->desk().ask(std::vector<core::KeyId>{shard + 1}, replies, 1));
      total = std::get<std::vector<core::KeyTotals>>(replies.take().body)[0].total;
    }
    const std::uint64_t at_most = begun[shard];
    ASSERT_GE(total, at_least) << "round " << round;
    ASSERT_LE(total, at_most) << "round " << round;
  }
  for (std::thread& shard : shards) shard.join();
  core::UsageQuestion question;
  question.key_id = 2;
  question.to = clock_.now().wall_us + 60'000'000;
  question.window = core::UsageWindow::kNone;
  ASSERT_TRUE(log_->desk().ask(question, replies, 1));
  EXPECT_EQ(std::get<core::UsageAnswer>(replies.take().body).count, kRecords);
  log_->stop();
  EXPECT_EQ(log_->stats().records_pending, 0u);
  EXPECT_EQ(log_->stats().records_drained, kShards * kRecords);
  EXPECT_GT(log_->stats().folds, 0u);
}

TEST_F(UsageLogThreads, ReadsPagesWhileShardsPublish) {
  open(storage::UsageSync::kInterval, 1);
  log_->start();
  constexpr std::uint64_t kRecords = 20'000;
  std::thread shard([&] {
    for (std::uint64_t i = 1; i <= kRecords; ++i) {
      while (!log_->sink(0).reserve()) {
        clock_.advance(1'000'000);
        std::this_thread::yield();
      }
      log_->sink(0).publish(event_at(clock_, i));
      clock_.advance(10'000);
    }
  });
  test::UsageReplies replies;
  std::uint64_t seen = 0;
  while (seen < kRecords) {
    ASSERT_TRUE(
        log_->desk().ask(core::UsageLogQuestion{.after_id = seen, .limit = 1000}, replies, 1));
    const auto page = std::get<core::UsageLogPage>(replies.take().body);
    for (const core::UsageLogRow& row : page.rows) {
      ASSERT_EQ(row.id, seen + 1);
      ASSERT_EQ(row.event.key_id, row.id);
      seen = row.id;
    }
  }
  shard.join();
}

TEST_F(UsageLogThreads, WakesAnIdleWriterByARecord) {
  open(storage::UsageSync::kInterval, 2);
  log_->start();
  for (int i = 0; i < 5; ++i) {
    clock_.advance(10 * core::kNanosPerSecond);  // No traffic for long: the writer sleeps.
    publish(1, 1);
    while (log_->sink(1).synced() < last_sequence_) std::this_thread::yield();
  }
}

TEST_F(UsageLogThreads, FlushesEachRecordAndWakesTheShardsWhenSyncIsAlways) {
  open(storage::UsageSync::kAlways, 2);
  CountingWaker first;
  CountingWaker second;
  log_->set_wakers({&first, &second});
  log_->start();
  for (int i = 0; i < 50; ++i) {
    const int wakes = second.wakes;
    publish(0, 1);
    while (log_->sink(0).synced() < last_sequence_ || second.wakes == wakes) {
      std::this_thread::yield();
    }
  }
  EXPECT_GT(first.wakes, 0);
}

TEST_F(UsageLogThreads, StopsWithEverythingOnDisk) {
  open(storage::UsageSync::kInterval, 2);
  log_->start();
  for (int i = 0; i < 1000; ++i) publish(static_cast<std::uint32_t>(i) % 2, 1);
  log_->stop();
  log_->stop();
  EXPECT_EQ(log_->stats().records_pending, 0u);
  std::uint64_t records = 0;
  ASSERT_TRUE(log_->for_each_after({}, [&](const core::UsageEvent&) { return ++records != 0; }));
  EXPECT_EQ(records, 1000u);
}

// What a child process that is killed tells its parent, through memory that both map.
struct Told {
  static constexpr std::uint32_t kShardsMax = 3;
  std::atomic<std::uint64_t> begun[kShardsMax];
  std::atomic<std::uint64_t> published[kShardsMax];
};

// Publishes for ever on all shards; dies by a signal.
[[noreturn]] void run_child(const storage::UsageOptions& options, Told& told, std::uint64_t seed) {
  SteppedClock clock;
  clock.advance(static_cast<core::BootNanos>(seed) * 100 * core::kNanosPerSecond);
  test::SeededRandom random(seed);
  auto opened = storage::UsageLog::open(options, clock, random);
  if (!opened) _exit(1);
  (*opened)->start();
  std::vector<std::thread> shards;
  for (std::uint32_t shard = 0; shard < options.shards; ++shard) {
    shards.emplace_back([&, shard] {
      core::UsageSink& sink = (*opened)->sink(shard);
      for (;;) {
        clock.advance(100'000'000);
        if (!sink.reserve()) {
          std::this_thread::yield();
          continue;
        }
        core::UsageEvent event = event_at(clock, shard + 1);
        event.limiter_ns = static_cast<core::LimiterNanos>(++told.begun[shard]);
        sink.publish(event);
        ++told.published[shard];
      }
    });
  }
  for (std::thread& shard : shards) shard.join();
  _exit(2);
}

class UsageLogKills : public UsageLogThreads {
 protected:
  void SetUp() override {
    void* const shared =
        ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    told_ = new (shared) Told{};
    options_.dir = folder_.file("data");
    options_.ring_bytes = std::size_t{128} << 10;
    options_.segment_bytes = std::size_t{1} << 20;
    options_.rollup_map_bytes = std::size_t{64} << 20;
  }
  void TearDown() override { ::munmap(told_, sizeof(Told)); }

  // Lets a child run until it has published some hundred records or kills itself.
  void run_and_kill(std::uint64_t seed, std::uint32_t shards) {
    options_.shards = shards;
    const std::uint64_t before = sum(told_->published);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) run_child(options_, *told_, seed);
    int status = 0;
    const std::uint64_t enough = before + 200 + random_.below(3000);
    while (options_.failpoint.empty() && sum(told_->published) < enough) {
      ASSERT_EQ(::waitpid(child, &status, WNOHANG), 0) << "it ended by itself";
      std::this_thread::yield();
    }
    if (options_.failpoint.empty()) ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  }

  static std::uint64_t sum(const std::atomic<std::uint64_t> (&counts)[Told::kShardsMax]) {
    return counts[0] + counts[1] + counts[2];
  }

  // Each shard's records are 1, 2, 3 and so on: those that were published, each once, and at most
  // one a life that was being published.
  void expect_each_once(std::uint64_t lives) {
    options_.shards = 1;
    options_.failpoint.clear();
    auto opened = storage::UsageLog::open(options_, clock_, random_);
    ASSERT_TRUE(opened.has_value());
    std::array<std::vector<bool>, Told::kShardsMax> seen;
    for (std::uint32_t i = 0; i < Told::kShardsMax; ++i) seen[i].resize(told_->begun[i] + 1);
    const auto done = (*opened)->for_each_after({}, [&](const core::UsageEvent& event) {
      const auto number = static_cast<std::size_t>(event.limiter_ns);
      std::vector<bool>& of_shard = seen[event.key_id - 1];
      EXPECT_LT(number, of_shard.size());
      EXPECT_FALSE(of_shard[number]) << "twice: " << number << " of shard " << event.key_id - 1;
      of_shard[number] = true;
      return !HasFailure();
    });
    ASSERT_TRUE(done.has_value());
    test::UsageReplies replies;
    for (std::uint32_t i = 0; i < Told::kShardsMax; ++i) {
      const auto found = static_cast<std::uint64_t>(std::ranges::count(seen[i], true));
      EXPECT_LE(found, told_->begun[i]);
      EXPECT_GE(found + lives, told_->begun[i].load());
      EXPECT_GE(found, told_->published[i].load());
      ASSERT_TRUE((*opened)->desk().ask(std::vector<core::KeyId>{i + 1}, replies, 1));
      while (replies.size() == 0) (*opened)->turn();
      const auto totals = std::get<std::vector<core::KeyTotals>>(replies.take().body);
      EXPECT_EQ(totals[0].total, found) << "raw log and counts differ";
    }
    EXPECT_EQ((*opened)->stats().lost_bytes_at_start, 0u);
  }

  Told* told_ = nullptr;
};

TEST_F(UsageLogKills, LoseAndDoubleNothingWheneverTheyCome) {
  for (std::uint64_t life = 1; life <= 12; ++life) {
    run_and_kill(life, 1 + static_cast<std::uint32_t>(random_.below(Told::kShardsMax)));
    if (HasFatalFailure()) return;
    if (life % 3 == 0) expect_each_once(life);
    if (HasFailure()) return;
  }
}

TEST_F(UsageLogKills, LoseAndDoubleNothingAtTheWorstPlaces) {
  std::uint64_t life = 0;
  for (const std::string place :
       {"usage.after_write", "usage.after_sync:3", "usage.after_fold_commit", "usage.after_write:7",
        "usage.after_fold_commit:2"}) {
    options_.failpoint = place;
    run_and_kill(++life, 2);
    if (HasFatalFailure()) return;
    expect_each_once(life);
    if (HasFailure()) FAIL() << place;
  }
}

}  // namespace
