// Where questions wait for the usage writer.
#pragma once

#include <atomic>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/runtime/mailbox.h"
#include "core/service/ports.h"
#include "storage/usage_doorbell.h"

namespace storage {

// A question and where its answer goes.
struct UsageInquiry {
  std::variant<std::monostate, core::UsageQuestion, core::UsageLogQuestion,
               std::vector<core::KeyId>>
      ask;
  core::ReplyPost* reply = nullptr;
  std::uint64_t token = 0;
};

// Shared: ask() and answered() from any thread; take() from the usage writer.
// Bound:  kOutstandingMax questions between ask() and answered().
class UsageQuestions final : public core::UsageDesk {
 public:
  static constexpr std::uint32_t kOutstandingMax = 1024;

  explicit UsageQuestions(UsageDoorbell& doorbell) : doorbell_(doorbell), box_(kOutstandingMax) {}

  [[nodiscard]] bool ask(const core::UsageQuestion& question, core::ReplyPost& reply,
                         std::uint64_t token) noexcept override;
  [[nodiscard]] bool ask(const core::UsageLogQuestion& question, core::ReplyPost& reply,
                         std::uint64_t token) noexcept override;
  [[nodiscard]] bool ask(std::vector<core::KeyId>&& keys, core::ReplyPost& reply,
                         std::uint64_t token) noexcept override;

  bool take(UsageInquiry& out) noexcept { return box_.pop(out); }
  bool is_empty() const noexcept { return box_.empty(); }

  // A taken inquiry's reply was posted.
  void answered() noexcept { outstanding_.fetch_sub(1, std::memory_order_relaxed); }

  // From here on every question is refused.
  void close() noexcept { is_closed_.store(true, std::memory_order_relaxed); }

 private:
  bool put(UsageInquiry&& inquiry) noexcept;

  UsageDoorbell& doorbell_;
  core::Mailbox<UsageInquiry> box_;
  std::atomic<std::uint32_t> outstanding_{0};
  std::atomic<bool> is_closed_{false};
};

}  // namespace storage
