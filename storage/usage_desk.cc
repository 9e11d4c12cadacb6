#include "storage/usage_desk.h"

#include <utility>

namespace storage {

bool UsageQuestions::ask(const core::UsageQuestion& question, core::ReplyPost& reply,
                         std::uint64_t token) noexcept {
  return put({question, &reply, token});
}

bool UsageQuestions::ask(const core::UsageLogQuestion& question, core::ReplyPost& reply,
                         std::uint64_t token) noexcept {
  return put({question, &reply, token});
}

bool UsageQuestions::ask(std::vector<core::KeyId>&& keys, core::ReplyPost& reply,
                         std::uint64_t token) noexcept {
  return put({std::move(keys), &reply, token});
}

bool UsageQuestions::put(UsageInquiry&& inquiry) noexcept {
  if (is_closed_.load(std::memory_order_relaxed)) return false;
  const std::uint32_t before = outstanding_.fetch_add(1, std::memory_order_relaxed);
  if (before >= kOutstandingMax || !box_.push(std::move(inquiry))) {
    outstanding_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  doorbell_.ring();
  return true;
}

}  // namespace storage
