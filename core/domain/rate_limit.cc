#include "core/domain/rate_limit.h"

#include "core/domain/token_bucket.h"

namespace core {

std::optional<RateLimitFault> check_rate_limit(const RateLimit& limit) noexcept {
  if (limit.window_s < 1 || limit.window_s > kRateWindowSecondsMax) {
    return RateLimitFault{"rate_window", "must be between 1 and 31536000 seconds"};
  }
  if (!limit.rate_limit || *limit.rate_limit == 0) return std::nullopt;
  if (*limit.rate_limit > kRateLimitMax) {
    return RateLimitFault{"rate_limit", "must be between 0 and 2147483647"};
  }
  if (*limit.rate_limit > std::uint64_t{limit.window_s} * kTokensPerSecondMax) {
    return RateLimitFault{"rate_limit", "is more than 10000000 a second: say null for unlimited"};
  }
  if (limit.burst < 1) return RateLimitFault{"burst", "must be at least 1"};
  if (!bucket_interval(limit)) {
    return RateLimitFault{"burst", "is too large: it would take more than 416 days to fill"};
  }
  return std::nullopt;
}

const char* validate_rate_limit(const RateLimit& limit) noexcept {
  const std::optional<RateLimitFault> fault = check_rate_limit(limit);
  return fault ? fault->reason : nullptr;
}

}  // namespace core
