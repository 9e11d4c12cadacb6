// The allowance of one key as a trailing window, drawn down by every shard: never more than `limit`
// admissions in any window, of which at least 96 % can be used under a steady load.
//
// Time is cut into parts, kWindowParts to a window, numbered from the beginning of time on. The
// word holds the part of the last admission and how many there have been, ever. Beside it lie the
// marks: for each of the last kWindowMarks parts, how many there had been when it began. What a
// request at part m finds used is the count less the mark of part m - kWindowParts: that oldest
// part is counted whole although the window covers only some of it, which costs one part in
// kWindowParts + 1 under a steady load and makes the bound hold without a stamp per request.
//
// A mark may be too low, never too high: it is written before the word moves beyond it, by whoever
// moves it, and only ever lowered after. One that is missing reads as the nearest older one, and as
// a full window if there is none: it refuses, never admits.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/base/time.h"
#include "core/domain/token_bucket.h"

namespace core {

inline constexpr std::uint32_t kWindowParts = 32;
inline constexpr std::uint32_t kWindowMarks = 64;

// Bits 54 to 63: generation of the limit. 32 to 53: the part's number, modulo. 0 to 31: admissions,
// modulo. 0: untouched, under any generation.
//
// A number comes round after 2^22 parts, 131 072 windows: the mark of the word's part, which has
// ten bits more, tells which round it is.
using WindowWord = std::atomic<std::uint64_t>;

// Bits 32 to 63: the part's number, modulo; 0 to 31: admissions before it, modulo. Of part m at
// m % kWindowMarks. All 0 at first.
using WindowMarks = std::array<std::atomic<std::uint64_t>, kWindowMarks>;

// What a window is judged by.
struct WindowTerms {
  std::uint32_t limit = 0;  // Admissions in any window.
  std::uint64_t part = 0;   // A part's length in bucket units; 0: blocked or unlimited.
  std::uint16_t generation = 0;
  // How the word is to be read if it is of an older generation: as a window of that part's length,
  // which keeps its admissions' times if the length is the same; 0: it counted nothing, and `used`
  // were admitted by another kind of limit.
  std::uint64_t previous_part = 0;
  std::uint32_t used = 0;
};

// A part of a window of so many seconds, exactly: a second is 62 500 000 units, 32 x 1 953 125.
constexpr std::uint64_t window_part(std::uint32_t window_s) noexcept {
  constexpr std::uint64_t kUnitsPerSecond = kNanosPerSecond / kBucketUnitNanos;
  static_assert(kUnitsPerSecond % kWindowParts == 0);
  return window_s * (kUnitsPerSecond / kWindowParts);
}

// A window's cells, side by side in memory that all shards share.
struct WindowCells {
  WindowWord& word;
  WindowMarks& marks;
};

// Shared:    all functions may be called from any shard on the same cells at once; no lock.
// Time:      nanoseconds that are never set back (limiter time that is not rebased), of the
// caller's
//            turn. Turns may come in any order: a late one is judged by all that its own window
//            holds and all since, and never moves the word back.
// Invariant: of the admissions with times of any window there are at most `limit`. (Take the last
//            one of them by its CAS, of part m: the others are of parts from m - kWindowParts on,
//            were counted there or later, and so are in the count less that part's mark.)
// Proven by: tests/unit/core/domain/sliding_window_test.cc, against a sequential model and under
//            TSan.

// Admits one if there is room at `now`. Requires: terms.part is not 0.
Take window_take(const WindowCells& cells, const WindowTerms& terms, LimiterNanos now) noexcept;

// What window_take() would answer, without taking: `remaining` is what is left now, and
// `full_after_ns` 0 where nothing is used. A word of an older generation is converted by it.
Take window_peek(const WindowCells& cells, const WindowTerms& terms, LimiterNanos now) noexcept;

// Gives back what window_take() admitted, if nobody has been admitted since. Whether it was.
bool window_give_back(WindowWord& word, const Take& take) noexcept;

// What the word says is used at `now`, as a window of that part's length; `unknown` if marks are
// missing.
std::uint32_t window_used(const WindowCells& cells, std::uint64_t part, LimiterNanos now,
                          std::uint32_t unknown) noexcept;

// Brings the word to the generation of the terms if it is older, keeping what is used. With another
// length of part, or after another kind of limit, all that is used counts as of now: it errs
// against the caller, for at most a window.
void window_convert(const WindowCells& cells, const WindowTerms& terms, LimiterNanos now) noexcept;

// Counts an admission again, whatever the state: for replay after a power loss. In order of `at`
// this is exact; in any other order, or twice, it errs against the caller. Nothing if the terms are
// older than the word.
void window_charge(const WindowCells& cells, const WindowTerms& terms, PastAdmission past) noexcept;

}  // namespace core
