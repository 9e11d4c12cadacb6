// A usage log in a folder of its own, driven turn by turn, and the ends that a test holds.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/base/random.h"
#include "core/service/ports.h"
#include "storage/usage_log.h"
#include "tests/support/faulty_disk.h"
#include "tests/support/sim_clock.h"
#include "tests/support/temp_folder.h"

namespace test {

class SeededRandom final : public core::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(core::MutableBytes out) noexcept override {
    for (std::byte& each : out) each = static_cast<std::byte>(engine_());
  }
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

 private:
  std::mt19937_64 engine_;
};

// Keeps replies. Any thread.
class UsageReplies final : public core::ReplyPost {
 public:
  void post(core::Reply&& reply) noexcept override {
    const std::lock_guard lock(mutex_);
    replies_.push_back(std::move(reply));
    came_.notify_all();
  }
  // Waits for the next one.
  core::Reply take() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return !replies_.empty(); });
    core::Reply reply = std::move(replies_.front());
    replies_.pop_front();
    return reply;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return replies_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<core::Reply> replies_;
};

// A record as a test compares it.
struct SeenEvent {
  core::UsageEvent event;
  std::string endpoint;

  auto tie() const {
    return std::tie(event.time_us, event.limiter_ns, event.key_id, event.tenant_id,
                    event.latency_us, event.status, event.method, event.charged, event.address,
                    endpoint);
  }
  bool operator==(const SeenEvent& other) const { return tie() == other.tie(); }
};

class UsageRig {
 public:
  explicit UsageRig(std::uint64_t seed = 1) : random(seed) {
    options.dir = folder.file("data");
    options.ring_bytes = std::size_t{256} << 10;
    options.segment_bytes = std::size_t{1} << 20;
    options.rollup_map_bytes = std::size_t{256} << 20;
    options.report = [this](std::string_view line) { reports.emplace_back(line); };
  }

  // Opens what is there; a log that is open is stopped first.
  storage::UsageLog& open() {
    log.reset();
    auto opened = storage::UsageLog::open(options, clock, random, disk);
    CHECK(opened.has_value());
    log = std::move(*opened);
    return *log;
  }

  // As kill -9 does: the log's files as they are now are what open() finds next. (They are copied
  // first, because the log that is open can't be kept from tidying up at its end.)
  void crash() {
    const std::string copy = folder.file("data-" + std::to_string(++crashes_));
    std::filesystem::copy(options.dir, copy, std::filesystem::copy_options::recursive);
    log.reset();
    std::filesystem::remove_all(options.dir);
    options.dir = copy;
  }

  core::UsageEvent event(core::KeyId key = 1) const {
    core::UsageEvent event;
    event.time_us = clock.now().wall_us;
    event.limiter_ns = clock.now().boot_ns;
    event.key_id = key;
    event.tenant_id = key / 10 + 1;
    event.latency_us = 100;
    event.status = 200;
    event.charged = true;
    event.endpoint = "/api/data";
    return event;
  }

  bool publish(const core::UsageEvent& event, std::uint32_t shard = 0) {
    if (!log->sink(shard).reserve()) return false;
    last_sequence = log->sink(shard).publish(event);
    return true;
  }

  // Turns until there is nothing to do, past every sync interval.
  void settle() {
    for (int idle = 0; idle < 3;) {
      idle = log->turn() ? 0 : idle + 1;
      clock.advance(10'000'000);
    }
  }

  template <typename Body, typename Question>
  Body ask(Question question) {
    CHECK(log->desk().ask(std::move(question), replies, 7));
    for (int i = 0; replies.size() == 0; ++i) {
      CHECK(i < 100'000);
      log->turn();
    }
    core::Reply reply = replies.take();
    CHECK(reply.token == 7 && std::holds_alternative<Body>(reply.body));
    return std::get<Body>(std::move(reply.body));
  }

  core::UsageAnswer usage(const core::UsageQuestion& question) {
    return ask<core::UsageAnswer>(question);
  }

  // All of a key's use, in one row.
  core::UsageAnswer all_of(core::KeyId key) {
    core::UsageQuestion question;
    question.key_id = key;
    question.from = 0;
    question.to = clock.now().wall_us / 60'000'000 * 60'000'000 + 3'600'000'000;
    question.window = core::UsageWindow::kNone;
    return usage(question);
  }

  // The whole raw log, by pages.
  std::vector<core::UsageLogRow> raw_log(core::UsageLogQuestion question = {}) {
    std::vector<core::UsageLogRow> rows;
    for (;;) {
      auto page = ask<core::UsageLogPage>(question);
      for (core::UsageLogRow& row : page.rows) {
        rows.push_back(std::move(row));
        rows.back().event.endpoint = {};
      }
      if (page.next_after_id == 0) return rows;
      CHECK(page.next_after_id > question.after_id);
      question.after_id = page.next_after_id;
    }
  }

  std::vector<SeenEvent> log_after(std::uint64_t id = 0) {
    std::vector<SeenEvent> seen;
    const core::Status done = log->for_each_after({id}, [&](const core::UsageEvent& event) {
      seen.push_back({event, std::string(event.endpoint)});
      seen.back().event.endpoint = {};
      return true;
    });
    CHECK(done.has_value());
    return seen;
  }

  bool was_reported(std::string_view text) const {
    return std::ranges::any_of(
        reports, [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }

  std::string segment_dir() const { return options.dir + "/usage/segments"; }
  std::vector<std::string> files(const std::string& dir) const {
    auto names = storage::kernel_disk().list(dir);
    CHECK(names.has_value());
    std::ranges::sort(*names);
    return *names;
  }

  core::TempFolder folder;
  sim::SimClock clock;
  SeededRandom random;
  FaultyDisk disk;
  storage::UsageOptions options;
  std::vector<std::string> reports;
  UsageReplies replies;
  std::uint64_t last_sequence = 0;
  std::unique_ptr<storage::UsageLog> log;

 private:
  int crashes_ = 0;
};

}  // namespace test
