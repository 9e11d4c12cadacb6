#include "core/domain/quota.h"

#include <algorithm>

#include "core/base/civil_date.h"

namespace core {
namespace {

constexpr int kDayAt = 41;
constexpr int kMonthAt = 63;
constexpr std::uint64_t kUsedMask = (std::uint64_t{1} << kDayAt) - 1;
constexpr std::uint64_t kDayMask = (std::uint64_t{1} << (kMonthAt - kDayAt)) - 1;
static_assert(kLastDayNumber <= kDayMask && kQuotaLimitMax <= kUsedMask);

struct Period {
  QuotaPeriod kind = QuotaPeriod::kDay;
  DayNumber first = 0;  // Its first day.
};

// The day behind its last.
DayNumber end_of(const Period& period) noexcept {
  if (period.kind == QuotaPeriod::kDay) return period.first + 1;
  const CivilDate date = civil_from_days(period.first);
  return period.first + days_in_month(date.year, date.month);
}

Period period_at(QuotaPeriod kind, WallMicros now) noexcept {
  const auto day = static_cast<DayNumber>(now / (kSecondsPerDay * kMicrosPerSecond));
  if (kind == QuotaPeriod::kDay) return {kind, day};
  return {kind, day - (civil_from_days(day).day - 1)};
}

// What a word holds, as it counts at some moment.
struct Count {
  Period period;
  std::uint64_t used = 0;
};

Count read(std::uint64_t word) noexcept {
  return {{word >> kMonthAt != 0 ? QuotaPeriod::kMonth : QuotaPeriod::kDay,
           static_cast<DayNumber>(word >> kDayAt & kDayMask)},
          word & kUsedMask};
}

std::uint64_t pack(const Count& count) noexcept {
  const std::uint64_t is_month = count.period.kind == QuotaPeriod::kMonth ? 1 : 0;
  return is_month << kMonthAt | static_cast<std::uint64_t>(count.period.first) << kDayAt |
         count.used;
}

Count count_at(std::uint64_t word, const Quota& quota, WallMicros now) noexcept {
  const Period present = period_at(quota.period, now);
  if (word == 0) return {present, 0};
  const Count stored = read(word);
  if (stored.period.kind == present.kind && stored.period.first >= present.first) return stored;
  return {present, end_of(stored.period) > present.first ? stored.used : 0};
}

QuotaTake state_of(const Count& count, const Quota& quota) noexcept {
  return {.admitted = count.used < quota.limit,
          .remaining = quota.limit - std::min(quota.limit, count.used),
          .resets_at = end_of(count.period) * kSecondsPerDay * kMicrosPerSecond,
          .retry_after_us = 0};
}

QuotaTake refused(const Count& count, const Quota& quota, WallMicros now) noexcept {
  QuotaTake take = state_of(count, quota);
  take.retry_after_us = std::max<std::int64_t>(take.resets_at - now, 1);
  return take;
}

}  // namespace

QuotaTake quota_take(QuotaWord& word, const Quota& quota, WallMicros now) noexcept {
  // Relaxed: the word is all that is shared by it, and its own order is total.
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  for (;;) {
    Count count = count_at(seen, quota, now);
    if (count.used >= quota.limit) return refused(count, quota, now);
    ++count.used;
    if (word.compare_exchange_weak(seen, pack(count), std::memory_order_relaxed)) {
      QuotaTake take = state_of(count, quota);
      take.admitted = true;
      return take;
    }
  }
}

QuotaTake quota_peek(const QuotaWord& word, const Quota& quota, WallMicros now) noexcept {
  const Count count = count_at(word.load(std::memory_order_relaxed), quota, now);
  return count.used < quota.limit ? state_of(count, quota) : refused(count, quota, now);
}

void quota_charge(QuotaWord& word, const Quota& quota, WallMicros at) noexcept {
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  for (;;) {
    Count count = count_at(seen, quota, at);
    if (count.period.first > period_at(quota.period, at).first || count.used == kUsedMask) return;
    ++count.used;
    if (word.compare_exchange_weak(seen, pack(count), std::memory_order_relaxed)) return;
  }
}

}  // namespace core
