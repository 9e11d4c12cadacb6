#include "core/runtime/shard.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/runtime/uring_ring.h"
#include "tests/support/sim_clock.h"

namespace core {
namespace {

using sim::SimClock;
using Log = std::vector<std::string>;

// Plays back batches of completions, and writes down how it was asked for them.
class ScriptedRing final : public Ring {
 public:
  ScriptedRing(Log& log, SimClock& clock) : log_(log), clock_(clock) {}

  void accept_multishot(int, OpTag) noexcept override {}
  void recv_multishot(int, OpTag) noexcept override {}
  void send(int, Bytes, OpTag) noexcept override {}
  void cancel(OpTag) noexcept override {}
  void shutdown_both(int) noexcept override {}
  void shutdown_write(int) noexcept override {}
  void close(int) noexcept override {}
  void return_buffer(std::uint16_t) noexcept override {}

  std::span<const Completion> reap(BootNanos deadline) noexcept override {
    const bool is_poll = deadline <= clock_.boot_now();
    if (is_poll) clock_.advance(poll_cost);
    log_.push_back(is_poll ? "poll" : asleep_ ? "wait" : "wait while awake");
    waited_until = deadline;
    if (batches.empty()) return {};
    batch_ = std::move(batches.front());
    batches.pop_front();
    return batch_;
  }
  Waker& waker() noexcept override { return waker_; }
  void set_asleep(bool asleep) noexcept override {
    asleep_ = asleep;
    log_.push_back(asleep ? "asleep" : "awake");
    if (asleep && on_asleep) on_asleep();
  }

  struct CountingWaker final : Waker {
    void wake() noexcept override { ++wakes; }
    int wakes = 0;
  };

  std::deque<std::vector<Completion>> batches;
  std::function<void()> on_asleep;
  BootNanos poll_cost = 0;
  BootNanos waited_until = -1;
  CountingWaker waker_;

 private:
  Log& log_;
  SimClock& clock_;
  std::vector<Completion> batch_;
  bool asleep_ = false;
};

class LoggingHandler final : public TurnHandler {
 public:
  LoggingHandler(Log& log, SimClock& clock) : log_(log), clock_(clock) {}

  void begin_turn(const TurnTime& time) override {
    EXPECT_EQ(time.boot_ns, clock_.boot_now());
    log_.push_back("begin");
  }
  void on_mail() override {
    log_.push_back(mail > 0 ? "mail" : "no mail");
    mail = 0;
  }
  bool has_mail() const override { return mail > 0; }
  void on_completion(const Completion& completion) override {
    log_.push_back("completion " + std::to_string(completion.tag.slot));
    if (on_each) on_each();
  }
  void on_timer(Timer&) override { log_.push_back("timer"); }
  void end_turn() override { log_.push_back("end"); }
  void before_block() override { log_.push_back("before block"); }

  int mail = 0;
  std::function<void()> on_each;

 private:
  Log& log_;
  SimClock& clock_;
};

Completion completion_of(std::uint32_t slot) {
  Completion completion;
  completion.tag = {OpKind::kRecv, 1, slot};
  return completion;
}

class ShardTest : public testing::Test {
 protected:
  Log take_log() { return std::exchange(log_, {}); }

  Log log_;
  SimClock clock_;
  ScriptedRing ring_{log_, clock_};
  LoggingHandler handler_{log_, clock_};
};

TEST_F(ShardTest, ATurnComesInTheOrderThatItsHandlerIsPromised) {
  Shard shard({}, ring_, clock_, handler_);
  Timer timer;
  shard.timers().schedule(timer, clock_.boot_now());
  clock_.advance(2 * TimerWheel::kTick);
  ring_.batches.push_back({completion_of(1), completion_of(2)});
  handler_.mail = 1;
  EXPECT_TRUE(shard.run_turn(false));
  EXPECT_EQ(take_log(),
            (Log{"poll", "begin", "mail", "completion 1", "completion 2", "timer", "end"}));
}

TEST_F(ShardTest, APollingTurnNeverWaits) {
  Shard shard({}, ring_, clock_, handler_);
  EXPECT_FALSE(shard.run_turn(false));
  EXPECT_EQ(take_log(), (Log{"poll", "begin", "no mail", "end"}));
}

TEST_F(ShardTest, AWaitingTurnGivesUpTheSnapshotAndWaitsForTheNextTimer) {
  Shard shard({}, ring_, clock_, handler_);
  Timer timer;
  shard.timers().schedule(timer, clock_.boot_now() + 5 * kNanosPerSecond);
  EXPECT_FALSE(shard.run_turn(true));
  EXPECT_EQ(take_log(),
            (Log{"asleep", "before block", "wait", "awake", "begin", "no mail", "end"}));
  EXPECT_EQ(ring_.waited_until, shard.timers().next_tick());
  shard.timers().cancel(timer);
}

TEST_F(ShardTest, MailFromBeforeTheSleepIsNotSleptOn) {
  Shard shard({}, ring_, clock_, handler_);
  ring_.on_asleep = [&] { handler_.mail = 1; };  // Its sender saw an awake shard, and woke nobody.
  EXPECT_TRUE(shard.run_turn(true));
  EXPECT_EQ(take_log(), (Log{"asleep", "poll", "awake", "begin", "mail", "end"}));
}

TEST_F(ShardTest, AStopFromBeforeTheSleepIsNotSleptOn) {
  Shard shard({}, ring_, clock_, handler_);
  ring_.on_asleep = [&] { shard.stop(); };
  EXPECT_FALSE(shard.run_turn(true));
  EXPECT_EQ(take_log(), (Log{"asleep", "poll", "awake", "begin", "no mail", "end"}));
  EXPECT_EQ(ring_.waker_.wakes, 1);
}

TEST_F(ShardTest, ItSpinsForAsLongAsItIsToldAfterABusyTurnAndThenWaits) {
  Shard shard({.busy_poll_us = 50}, ring_, clock_, handler_);
  ring_.poll_cost = 20'000;
  EXPECT_FALSE(shard.run_turn(true));
  EXPECT_EQ(take_log(), (Log{"poll", "poll", "poll", "asleep", "before block", "wait", "awake",
                             "begin", "no mail", "end"}));
  ring_.batches.push_back({completion_of(1)});
  EXPECT_TRUE(shard.run_turn(true));
  EXPECT_EQ(take_log(), (Log{"poll", "begin", "no mail", "completion 1", "end"}));
  ring_.batches.push_back({});
  ring_.batches.push_back({completion_of(2)});
  EXPECT_TRUE(shard.run_turn(true));
  EXPECT_EQ(take_log(), (Log{"poll", "poll", "begin", "no mail", "completion 2", "end"}));
}

TEST_F(ShardTest, ASpinEndsForMailForATimerAndForAStop) {
  Shard shard({.busy_poll_us = 1'000'000}, ring_, clock_, handler_);
  const Log one_poll{"poll", "begin", "mail", "end"};
  handler_.mail = 1;
  EXPECT_TRUE(shard.run_turn(true));
  EXPECT_EQ(take_log(), one_poll);
  Timer timer;
  shard.timers().schedule(timer, clock_.boot_now());
  clock_.advance(2 * TimerWheel::kTick);
  EXPECT_FALSE(shard.run_turn(true));
  EXPECT_EQ(take_log(), (Log{"poll", "begin", "no mail", "timer", "end"}));
  shard.stop();
  EXPECT_FALSE(shard.run_turn(true));
  EXPECT_EQ(take_log(), (Log{"poll", "begin", "no mail", "end"}));
}

TEST_F(ShardTest, RunBeginsWithATurnThatReapsNothingAndEndsAfterAStop) {
  Shard shard({}, ring_, clock_, handler_);
  handler_.on_each = [&] { shard.stop(); };
  ring_.batches.push_back({completion_of(1)});
  shard.run();
  EXPECT_EQ(take_log(), (Log{"begin", "no mail", "end", "asleep", "before block", "wait", "awake",
                             "begin", "no mail", "completion 1", "end"}));
}

class IdleHandler final : public TurnHandler {
 public:
  void begin_turn(const TurnTime&) override {}
  void on_mail() override {}
  bool has_mail() const override { return false; }
  void on_completion(const Completion&) override {}
  void on_timer(Timer&) override {}
  void end_turn() override {}
  void before_block() override {}
};

// Over and over, for the stop may fall before, into or after the shard's going to sleep.
TEST(Shard, AStopFromAnotherThreadEndsARealRingsWait) {
  const SystemClock clock;
  IdleHandler handler;
  for (int i = 0; i < 300; ++i) {
    std::atomic<Shard*> running{nullptr};
    std::thread thread([&] {
      auto ring = UringRing::open({.submissions = 8, .completions = 16});
      ASSERT_TRUE(ring.has_value());
      Shard shard({}, **ring, clock, handler);
      running.store(&shard);
      running.notify_one();
      shard.run();
      while (running.load() != nullptr) std::this_thread::yield();  // stop() still uses the shard.
    });
    running.wait(nullptr);
    running.load()->stop();
    running.store(nullptr);
    thread.join();
  }
}

}  // namespace
}  // namespace core
