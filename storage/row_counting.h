// Counts rows by filters, on a thread of its own.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "core/runtime/event_count.h"
#include "core/runtime/mailbox.h"
#include "core/service/ports.h"
#include "storage/environment.h"

namespace storage {

// One question after the other, each on the newest snapshot, which is given up behind it.
//
// Shared:    ask() from any thread, start() and stop() from the owner.
// Bound:     kWaitingMax questions.
// Proven by: tests/unit/storage/row_counting_test.cc.
class RowCounting final : public core::RowCounter {
 public:
  static constexpr std::size_t kWaitingMax = 256;

  // The environment must outlive it.
  explicit RowCounting(Environment& environment);
  ~RowCounting() override;

  // Begins to answer, on a thread named tg-counter. Until then questions wait.
  void start();

  // Answers what waits, then ends the thread. Questions after that are refused.
  void stop();

  [[nodiscard]] bool ask(core::CountQuestion&& question, core::ReplyPost& reply,
                         std::uint64_t token) noexcept override;

 private:
  struct Waiting {
    core::CountQuestion question;
    core::ReplyPost* reply = nullptr;
    std::uint64_t token = 0;
  };

  void run();
  core::ReplyBody answer(const core::CountQuestion& question, Snapshot& snapshot);

  Environment& environment_;
  core::Mailbox<Waiting> waiting_;
  core::EventCount arrived_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace storage
