#include "core/domain/token_bucket.h"

#include <algorithm>

#include "core/base/check.h"

namespace core {
namespace {

using Wide = unsigned __int128;

// Later times leave no room in the word for a TAT ahead of them. 8.0 years of limiter time: only a
// process that runs for 3.4 years without opening its table (which rebases at 4.6) gets there.
constexpr std::uint64_t kTickMax = kBucketTatMask - kBucketSpanMax;

std::uint64_t tick_of(LimiterNanos now) noexcept {
  // A negative time is beyond kTickMax, too.
  const std::uint64_t tick = static_cast<std::uint64_t>(now) / kBucketUnitNanos;
  CHECK(tick <= kTickMax);
  return tick;
}

LimiterNanos time_of(std::uint64_t tick) noexcept {
  return static_cast<LimiterNanos>(tick) * kBucketUnitNanos;
}

std::uint64_t tat_of(std::uint64_t word) noexcept {
  return word & kBucketTatMask;
}

std::uint64_t generation_of(std::uint64_t word) noexcept {
  return word >> kBucketTatBits;
}

std::uint64_t pack(std::uint64_t generation, std::uint64_t tat) noexcept {
  return generation << kBucketTatBits | tat;
}

std::uint64_t span_of(const AuthRecord& record) noexcept {
  return record.burst * record.interval;
}

bool is_current(std::uint64_t word, const AuthRecord& record) noexcept {
  return generation_of(word) == record.generation || word == 0;
}

// By signed distance modulo kBucketGenerations: a word up to 511 generations ahead is newer.
bool is_newer(std::uint64_t word, const AuthRecord& record) noexcept {
  const std::uint64_t ahead =
      (generation_of(word) + kBucketGenerations - record.generation) % kBucketGenerations;
  return ahead != 0 && ahead < kBucketGenerations / 2;
}

// An older word under the record's generation: the tokens used, whole and parts, are the same.
std::uint64_t converted(std::uint64_t word, const AuthRecord& record, std::uint64_t tick) noexcept {
  const std::uint64_t tat = tat_of(word);
  if (record.interval == 0) return pack(record.generation, tat);
  if (tat <= tick) return pack(record.generation, tat);
  // Without an interval to convert from, the time until full is kept instead of the tokens.
  const std::uint64_t from =
      record.previous_interval != 0 ? record.previous_interval : record.interval;
  const Wide ahead = (static_cast<Wide>(tat - tick) * record.interval + from - 1) / from;
  return pack(record.generation,
              tick + static_cast<std::uint64_t>(std::min<Wide>(ahead, span_of(record))));
}

std::uint32_t whole_tokens(std::uint64_t units, std::uint64_t interval) noexcept {
  return static_cast<std::uint32_t>(units / interval);
}

Take blocked() noexcept {
  return {.outcome = TakeOutcome::kRefused,
          .full_after_ns = kBlockedRetryNanos,
          .retry_after_ns = kBlockedRetryNanos};
}

// `next`: the TAT that one more token would need.
Take refused(std::uint64_t next, const AuthRecord& record, LimiterNanos now) noexcept {
  return {.outcome = TakeOutcome::kRefused,
          .full_after_ns = time_of(next - record.interval) - now,
          .retry_after_ns = time_of(next - span_of(record)) - now};
}

}  // namespace

std::optional<std::uint64_t> bucket_interval(const RateLimit& limit) noexcept {
  if (!limit.rate_limit || *limit.rate_limit == 0) return 0;
  const std::uint64_t window =
      limit.window_s * static_cast<std::uint64_t>(kNanosPerSecond / kBucketUnitNanos);
  static_assert(kNanosPerSecond % kBucketUnitNanos == 0);
  const std::uint64_t rate = *limit.rate_limit;
  if (rate > window) return std::nullopt;
  const std::uint64_t interval = (window + rate - 1) / rate;
  if (static_cast<Wide>(interval) * limit.burst > kBucketSpanMax) return std::nullopt;
  return interval;
}

Take bucket_take(BucketWord& word, const AuthRecord& record, LimiterNanos now) noexcept {
  CHECK(!record.has(AuthRecord::kUnlimited));
  if (record.interval == 0) return blocked();
  const std::uint64_t tick = tick_of(now);
  const std::uint64_t span = span_of(record);
  // Relaxed: the word is all that is shared by it, and its own order is total.
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  for (;;) {
    if (!is_current(seen, record)) [[unlikely]] {
      if (is_newer(seen, record)) return {.outcome = TakeOutcome::kStaleRecord};
      bucket_convert(word, record, now);
      seen = word.load(std::memory_order_relaxed);
      continue;
    }
    const std::uint64_t next = std::max(tat_of(seen), tick) + record.interval;
    if (next - tick > span) return refused(next, record, now);
    if (word.compare_exchange_weak(seen, pack(record.generation, next),
                                   std::memory_order_relaxed)) {
      return {.outcome = TakeOutcome::kAdmitted,
              .remaining = whole_tokens(span - (next - tick), record.interval),
              .full_after_ns = time_of(next) - now,
              .retry_after_ns = 0,
              .tat = next};
    }
  }
}

Take bucket_peek(const BucketWord& word, const AuthRecord& record, LimiterNanos now) noexcept {
  CHECK(!record.has(AuthRecord::kUnlimited));
  if (record.interval == 0) return blocked();
  const std::uint64_t tick = tick_of(now);
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  if (!is_current(seen, record)) {
    if (is_newer(seen, record)) return {.outcome = TakeOutcome::kStaleRecord};
    seen = converted(seen, record, tick);
  }
  const std::uint64_t tat = std::max(tat_of(seen), tick);
  const std::uint64_t span = span_of(record);
  if (tat + record.interval - tick > span) return refused(tat + record.interval, record, now);
  return {.outcome = TakeOutcome::kAdmitted,
          .remaining = whole_tokens(span - (tat - tick), record.interval),
          .full_after_ns = std::max<std::int64_t>(time_of(tat) - now, 0)};
}

bool bucket_give_back(BucketWord& word, const AuthRecord& record, const Take& take) noexcept {
  CHECK(take.outcome == TakeOutcome::kAdmitted && take.tat >= record.interval);
  std::uint64_t taken = pack(record.generation, take.tat);
  return word.compare_exchange_strong(taken, pack(record.generation, take.tat - record.interval),
                                      std::memory_order_relaxed);
}

void bucket_convert(BucketWord& word, const AuthRecord& record, LimiterNanos now) noexcept {
  const std::uint64_t tick = tick_of(now);
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  while (!is_current(seen, record) && !is_newer(seen, record)) {
    if (word.compare_exchange_weak(seen, converted(seen, record, tick),
                                   std::memory_order_relaxed)) {
      return;
    }
  }
}

void bucket_charge(BucketWord& word, const AuthRecord& record, PastAdmission past) noexcept {
  if (record.interval == 0) return;
  const LimiterNanos when = std::min(past.at, past.now);
  const std::uint64_t at = tick_of(when);
  const std::uint64_t latest = tick_of(past.now) + span_of(record);
  bucket_convert(word, record, when);
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  while (is_current(seen, record)) {
    const std::uint64_t next = std::min(std::max(tat_of(seen), at) + record.interval, latest);
    if (word.compare_exchange_weak(seen, pack(record.generation, next),
                                   std::memory_order_relaxed)) {
      return;
    }
  }
}

std::uint64_t bucket_rebased(std::uint64_t word, std::uint64_t units) noexcept {
  const std::uint64_t tat = tat_of(word);
  return pack(generation_of(word), tat > units ? tat - units : 0);
}

}  // namespace core
