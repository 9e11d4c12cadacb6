// The allowance of one key, drawn down by every shard: GCRA (ITU-T I.371) in one 64-bit word.
//
// The word holds the generation of the limit that it is counted in, and the theoretical arrival
// time (TAT): the moment at which the bucket is full again. Taking a token moves TAT on by one
// interval; it is refused if TAT would lie more than burst intervals ahead of now.
//
// Changing a limit. The record that a shard judges by carries its limit's generation. The first
// request under a newer generation than the word's converts what was used, in tokens, from the old
// interval (the record names it) to the new one, by one CAS: 500 used of 1000 stay 500 used. A
// shard whose record is older than the word must reload its record before judging.
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
inline constexpr std::uint16_t kBucketGenerations = 1024;  // The 10 bits above; counted modulo.

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
};

// Interval of a limit in bucket units, rounded up: against the caller, never over the rate. Nothing
// if the limit does not fit (faster than one token a unit, or burst x interval beyond the span).
// 0 for an unlimited or blocked limit.
std::optional<std::uint64_t> bucket_interval(const RateLimit& limit) noexcept;

// Shared:    all functions may be called from any shard on one word at once; there is no lock.
// Time:      limiter time of the caller's turn; a turn's stale time grants nothing extra.
// Invariant: tokens granted in any window w never exceed burst + rate * w.
// Proven by: tests/unit/core/domain/token_bucket_test.cc, against a sequential model and under
// TSan.
using BucketWord = std::atomic<std::uint64_t>;

// Takes one token if it is there at `now`. Requires: the record is limited (not kUnlimited).
// A record with rate_limit 0 is always refused, with the longest retry (its window is not known
// here: retry_after_ns is one minute).
Take bucket_take(BucketWord& word, const AuthRecord& record, LimiterNanos now) noexcept;

// What take() would answer, without taking: for showing the state.
Take bucket_peek(const BucketWord& word, const AuthRecord& record, LimiterNanos now) noexcept;

// Gives back one token taken under `record` (a later check of the same request refused it).
void bucket_give_back(BucketWord& word, const AuthRecord& record) noexcept;

// Brings the word to the record's generation if it is older. The store's writer calls it before it
// changes the limit again, so that a word is never two generations behind.
void bucket_convert(BucketWord& word, const AuthRecord& record, LimiterNanos now) noexcept;

// Counts an admission of the past again, whatever the state: for replay after a power loss.
void bucket_charge(BucketWord& word, const AuthRecord& record, LimiterNanos at) noexcept;

}  // namespace core
