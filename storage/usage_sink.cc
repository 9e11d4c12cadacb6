#include "storage/usage_sink.h"

#include "core/base/check.h"
#include "storage/usage_record.h"

namespace storage {

bool UsageRingSink::reserve() noexcept {
  const std::uint64_t wanted = (reserved_ + 1) * kUsageRecordBytesMax;
  if (tail_ - head_seen_ + wanted > ring_.capacity()) {
    head_seen_ = ring_.head();
    if (tail_ - head_seen_ + wanted > ring_.capacity()) return false;
  }
  ++reserved_;
  return true;
}

void UsageRingSink::cancel() noexcept {
  CHECK(reserved_ > 0);
  --reserved_;
}

std::uint64_t UsageRingSink::publish(const core::UsageEvent& event) noexcept {
  CHECK(reserved_ > 0);
  --reserved_;
  tail_ += write_usage_record(ring_.at(tail_), event, {ring_.epoch(), tail_});
  ring_.set_tail(tail_);
  doorbell_.record_published();
  if (tail_ - head_seen_ > ring_.capacity() / 2) {
    head_seen_ = ring_.head();
    if (tail_ - head_seen_ > ring_.capacity() / 2) doorbell_.ring();
  }
  return tail_;
}

}  // namespace storage
