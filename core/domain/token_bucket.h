// The allowance of one key, drawn down by every shard: GCRA (ITU-T I.371) in one 64-bit word.
//
// The word holds the generation of the limit that it is counted in, and the theoretical arrival
// time (TAT): the moment at which the bucket is full again. Taking a token moves TAT on by one
// interval; it is refused if TAT would lie more than burst intervals ahead of now.
//
// Changing a limit. The record that a shard judges by carries its limit's generation. The first
// request under a newer generation than the word's converts what was used, in tokens, from the old
// interval (the record names it) to the new one, by one CAS: 500 used of 1000 stay 500 used. A
// shard whose record is older than the word must reload its record before judging. Under an
// unlimited or blocked record requests leave the word alone: it stays in the last interval that
// counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "core/base/time.h"
#include "core/domain/api_key.h"

namespace core {

// Units of TAT. 54 bits of 16 ns are 9.1 years of limiter time; the limiter table rebases its words
// when it is opened beyond half of that.
inline constexpr std::int64_t kBucketUnitNanos = 16;
inline constexpr int kBucketTatBits = 54;
inline constexpr std::uint64_t kBucketTatMask = (std::uint64_t{1} << kBucketTatBits) - 1;

// The 10 bits above; counted modulo, compared by signed distance: a record must not be older than
// 511 changes when a word is judged by it. Shards judge by records of their turn.
inline constexpr std::uint16_t kBucketGenerations = 1024;

// Tokens may lie at most this far ahead: burst x interval <= 2^51 units = 417 days. A limit that
// does not fit is refused when it is defined.
inline constexpr std::uint64_t kBucketSpanMax = std::uint64_t{1} << 51;

enum class TakeOutcome : std::uint8_t {
  kAdmitted,
  kRefused,
  kStaleRecord,  // The word is of a newer limit than the record: reload the record, then ask again.
};

struct Take {
  TakeOutcome outcome = TakeOutcome::kRefused;
  std::uint32_t remaining = 0;      // Whole tokens left after this request.
  std::int64_t full_after_ns = 0;   // Until the bucket is full again.
  std::int64_t retry_after_ns = 0;  // If refused: until one token is there.
  std::uint64_t tat = 0;            // If admitted: the word's TAT since; for bucket_give_back.
};

// A refusal by rate_limit 0 lasts until the limit is changed: this is what it tells the caller.
inline constexpr std::int64_t kBlockedRetryNanos = 60 * kNanosPerSecond;

// Interval of a limit in bucket units, rounded up: against the caller, never over the rate. Nothing
// if the limit does not fit (faster than one token a unit, or burst x interval beyond the span).
// 0 for an unlimited or blocked limit.
std::optional<std::uint64_t> bucket_interval(const RateLimit& limit) noexcept;

// Shared:    all functions may be called from any shard on one word at once; there is no lock.
// Time:      limiter time of the caller's turn, counted in whole units; never negative. Turns may
//            come in any order: a stale time grants nothing extra.
// Invariant: tokens granted with times of any window of w never exceed burst + rate * w.
//            (Take the grants of the window in the order of their CAS: the first leaves a TAT of at
//            least window start + T, each adds T or more, and the last leaves at most window end +
//            burst * T.)
// Untouched: a word of 0 is a full bucket under any generation.
// Proven by: tests/unit/core/domain/token_bucket_test.cc, against a sequential model and under
//            TSan.
using BucketWord = std::atomic<std::uint64_t>;

// Takes one token if it is there at `now`. Requires: the record is limited (not kUnlimited).
// A record with rate_limit 0 is always refused, without a look at the word; its window is not known
// here, so both times are kBlockedRetryNanos.
Take bucket_take(BucketWord& word, const AuthRecord& record, LimiterNanos now) noexcept;

// What take() would answer, without taking, for showing the state: `remaining` are the whole tokens
// there now, `full_after_ns` is 0 for a full bucket. Never changes the word.
Take bucket_peek(const BucketWord& word, const AuthRecord& record, LimiterNanos now) noexcept;

// Gives back the token of an admitted take under `record` (a later check of the same request
// refused it). Only if nobody has taken since, for only then is it known that the bucket was not
// full in between: never over the limit, for a moment under. Returns whether it was given back.
bool bucket_give_back(BucketWord& word, const AuthRecord& record, const Take& take) noexcept;

// Brings the word to the record's generation if it is older. The store's writer calls it before it
// changes the limit again, so that a word is never two generations behind. For an unlimited or
// blocked record what the word holds stays in the interval it is in (record.previous_interval).
void bucket_convert(BucketWord& word, const AuthRecord& record, LimiterNanos now) noexcept;

// An admission of the past, `at`, seen again at `now`. One of the future counts as of now.
struct PastAdmission {
  LimiterNanos at = 0;
  LimiterNanos now = 0;
};

// Counts it again, whatever the state: for replay after a power loss. In order of `at` this is
// exact; in any other order, or twice, it errs against the caller, but never beyond an empty bucket
// at `now`. Nothing for an unlimited or blocked record, or one older than the word.
void bucket_charge(BucketWord& word, const AuthRecord& record, PastAdmission past) noexcept;

// The word in a limiter time that starts `units` later: for rebasing. A TAT before that is full.
std::uint64_t bucket_rebased(std::uint64_t word, std::uint64_t units) noexcept;

}  // namespace core
