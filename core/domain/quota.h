// A calendar budget of one key beside its rate: so many admissions a UTC day or month, drawn down
// by every shard.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/time.h"

namespace core {

enum class QuotaPeriod : std::uint8_t { kDay, kMonth };

inline constexpr std::uint64_t kQuotaLimitMax = std::uint64_t{1} << 40;

struct Quota {
  std::uint64_t limit = 1;  // 1 to kQuotaLimitMax.
  QuotaPeriod period = QuotaPeriod::kDay;

  bool operator==(const Quota&) const = default;
};

// Bit 63: 1 for a month. 41 to 62: the day on which the period begins, since 1970. 0 to 40: what
// was admitted in it. 0: nothing yet, in any period.
using QuotaWord = std::atomic<std::uint64_t>;

struct QuotaTake {
  bool admitted = false;
  std::uint64_t remaining = 0;      // After this request.
  WallMicros resets_at = 0;         // The period's end.
  std::int64_t retry_after_us = 0;  // If refused: until then; at least 1.
};

// Shared:    all functions may be called from any shard on one word at once; there is no lock.
// Time:      the wall clock's, years 1970 to 9999. A period only moves forward: while the clock
// shows
//            an earlier one, requests count in that of the word.
// Invariant: at most `limit` are admitted in a period, however often the clock comes by it.
// Changing:  the limit, and nothing has to be converted. The kind of period: the first request in
//            the new one carries over what was used if the old one has not ended before it begins.
// Proven by: tests/unit/core/domain/quota_test.cc, under TSan, too.
QuotaTake quota_take(QuotaWord& word, const Quota& quota, WallMicros now) noexcept;

// What there is at `now`, without taking.
QuotaTake quota_peek(const QuotaWord& word, const Quota& quota, WallMicros now) noexcept;

// Counts an admission again, for replay after a power loss. One of a period that has passed counts
// for nothing; one counted twice errs against the caller.
void quota_charge(QuotaWord& word, const Quota& quota, WallMicros at) noexcept;

}  // namespace core
