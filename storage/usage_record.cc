#include "storage/usage_record.h"

#include <algorithm>
#include <cstring>

#include "core/base/hash.h"

namespace storage {
namespace {

// NOTE: offsets are part of the formats of ring and segment.
constexpr std::size_t kChecksumAt = 0;
constexpr std::size_t kSequenceAt = 8;
constexpr std::size_t kTimeAt = 16;
constexpr std::size_t kLimiterTimeAt = 24;
constexpr std::size_t kKeyAt = 32;
constexpr std::size_t kTenantAt = 40;
constexpr std::size_t kAddressAt = 48;
constexpr std::size_t kLatencyAt = 64;
constexpr std::size_t kStatusAt = 68;
constexpr std::size_t kMethodAt = 70;
constexpr std::size_t kFlagsAt = 71;
constexpr std::size_t kEndpointAt = kUsageRecordHead;

constexpr std::uint8_t kFlagCharged = 1;

std::uint64_t checksum(const std::byte* at, std::size_t bytes, std::uint64_t epoch) noexcept {
  return core::xxhash64({at + kSequenceAt, bytes - kSequenceAt}, epoch);
}

}  // namespace

std::size_t write_usage_record(std::byte* at, const core::UsageEvent& event,
                               UsagePlace place) noexcept {
  const std::size_t endpoint_bytes = std::min(event.endpoint.size(), core::kEndpointBytesMax);
  const std::size_t bytes = usage_record_bytes(endpoint_bytes);
  core::store<std::uint64_t>(at + bytes - 8, 0);  // The padding; the rest is written over below.
  core::store<std::uint64_t>(at + kSequenceAt, place.start + bytes);
  core::store<std::int64_t>(at + kTimeAt, event.time_us);
  core::store<std::int64_t>(at + kLimiterTimeAt, event.limiter_ns);
  core::store<std::uint64_t>(at + kKeyAt, event.key_id);
  core::store<std::uint64_t>(at + kTenantAt, event.tenant_id);
  std::memcpy(at + kAddressAt, event.address.data(), event.address.size());
  core::store<std::uint32_t>(at + kLatencyAt, event.latency_us);
  core::store<std::uint16_t>(at + kStatusAt, event.status);
  at[kMethodAt] = static_cast<std::byte>(event.method);
  at[kFlagsAt] = static_cast<std::byte>(event.charged ? kFlagCharged : 0);
  at[kUsageEndpointLengthAt] = static_cast<std::byte>(endpoint_bytes);
  if (endpoint_bytes != 0) std::memcpy(at + kEndpointAt, event.endpoint.data(), endpoint_bytes);
  core::store<std::uint64_t>(at + kChecksumAt, checksum(at, bytes, place.epoch));
  return bytes;
}

std::optional<std::size_t> check_usage_record(core::Bytes bytes, UsagePlace place) noexcept {
  if (bytes.size() < kUsageRecordHead) return std::nullopt;
  const auto endpoint_bytes = std::to_integer<std::size_t>(bytes[kUsageEndpointLengthAt]);
  const std::size_t size = usage_record_bytes(endpoint_bytes);
  if (endpoint_bytes > core::kEndpointBytesMax || size > bytes.size()) return std::nullopt;
  const std::byte* const at = bytes.data();
  if (usage_record_sequence(at) != place.start + size) return std::nullopt;
  if (core::load<std::uint64_t>(at + kChecksumAt) != checksum(at, size, place.epoch)) {
    return std::nullopt;
  }
  return size;
}

std::uint64_t usage_record_sequence(const std::byte* at) noexcept {
  return core::load<std::uint64_t>(at + kSequenceAt);
}

core::UsageEvent read_usage_record(const std::byte* at) noexcept {
  core::UsageEvent event;
  event.time_us = core::load<std::int64_t>(at + kTimeAt);
  event.limiter_ns = core::load<std::int64_t>(at + kLimiterTimeAt);
  event.key_id = core::load<std::uint64_t>(at + kKeyAt);
  event.tenant_id = core::load<std::uint64_t>(at + kTenantAt);
  std::memcpy(event.address.data(), at + kAddressAt, event.address.size());
  event.latency_us = core::load<std::uint32_t>(at + kLatencyAt);
  event.status = core::load<std::uint16_t>(at + kStatusAt);
  event.method = static_cast<core::Method>(at[kMethodAt]);
  event.charged = (std::to_integer<std::uint8_t>(at[kFlagsAt]) & kFlagCharged) != 0;
  event.endpoint = {reinterpret_cast<const char*>(at + kEndpointAt),
                    std::to_integer<std::size_t>(at[kUsageEndpointLengthAt])};
  return event;
}

}  // namespace storage
