// What a key's holder may do per time, as it is defined and stored.
#pragma once

#include <cstdint>
#include <optional>

namespace core {

inline constexpr std::uint32_t kRateLimitDefault = 1000;
inline constexpr std::uint32_t kRateWindowSecondsDefault = 3600;
inline constexpr std::uint32_t kRateWindowSecondsMax = 31'536'000;  // A year of 365 days.
inline constexpr std::uint32_t kRateLimitMax = 2'147'483'647;       // 2^31 - 1
inline constexpr std::uint32_t kTokensPerSecondMax = 10'000'000;

// `rate_limit` tokens flow in per `window_s`, at most `burst` are kept. No value: unlimited, the
// other fields are kept for later. 0: every request is refused.
struct RateLimit {
  std::optional<std::uint32_t> rate_limit = kRateLimitDefault;
  std::uint32_t window_s = kRateWindowSecondsDefault;
  std::uint32_t burst = kRateLimitDefault;

  bool operator==(const RateLimit&) const = default;
};

struct RateLimitFault {
  const char* field;   // "rate_limit", "rate_window" or "burst", as in the API.
  const char* reason;  // For the message of a 422.
};

// The first thing that is wrong with a limit, nothing if it can be defined: rate_limit at most
// kRateLimitMax, a window of 1 to kRateWindowSecondsMax, a burst of at least 1 (of any size where
// nothing is admitted or all is), at most kTokensPerSecondMax, and burst x interval within
// kBucketSpanMax (token_bucket.h). Then bucket_interval() has a value.
std::optional<RateLimitFault> check_rate_limit(const RateLimit& limit) noexcept;

// The same as one text: null if the limit can be defined.
const char* validate_rate_limit(const RateLimit& limit) noexcept;

}  // namespace core
