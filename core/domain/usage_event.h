// One recorded use of a key: what the usage log keeps of a request.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/time.h"
#include "core/domain/api_key.h"
#include "core/domain/ip_network.h"

namespace core {

// NOTE: the values are part of the usage log's format: do not change or reuse them.
enum class Method : std::uint8_t {
  kGet = 1,
  kHead = 2,
  kPost = 3,
  kPut = 4,
  kPatch = 5,
  kDelete = 6,
  kOptions = 7,
  kOther = 8,
};
std::string_view method_name(Method method) noexcept;  // "GET"; "OTHER" for kOther.

inline constexpr std::size_t kEndpointBytesMax = 200;

struct UsageEvent {
  WallMicros time_us = 0;       // The turn in which the request was in hand.
  LimiterNanos limiter_ns = 0;  // The same moment in limiter time.
  KeyId key_id = 0;
  TenantId tenant_id = 0;
  std::uint32_t latency_us = 0;  // From that turn's start to the publication of the answer.
  std::uint16_t status = 0;
  Method method = Method::kGet;
  bool charged = false;  // A token was taken.
  Address address{};
  std::string_view endpoint;  // The path without the query, at most kEndpointBytesMax bytes.
};

// A template's longest: "1/1/...": of 200 bytes every second one becomes the four of "{id}".
inline constexpr std::size_t kEndpointTemplateBytesMax = kEndpointBytesMax / 2 * 5;

// Writes the route template of a path: segments of digits only, and UUIDs, become "{id}". Requires:
// at most kEndpointBytesMax bytes; "out" holds kEndpointTemplateBytesMax and is apart from the
// path. Returns the template's length.
std::size_t endpoint_template(std::string_view path, char* out) noexcept;

}  // namespace core
