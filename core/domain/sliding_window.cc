#include "core/domain/sliding_window.h"

#include <algorithm>
#include <optional>

#include "core/base/check.h"

namespace core {
namespace {

constexpr int kNumberAt = 32;
constexpr int kGenerationAt = 54;
constexpr std::int64_t kNumbers = std::int64_t{1} << (kGenerationAt - kNumberAt);

// A part whose number looks at most so far ahead is of the future: of a turn later than the
// caller's. All others are of the past. In marks: 9 hours for windows of a second, and an old
// number looks new only after 4 years of nothing.
constexpr std::int64_t kAheadMax = std::int64_t{1} << 20;

// The same for a word whose mark is missing, and for marks that other shards are writing now.
constexpr std::int64_t kAheadUnmarkedMax = 4 * kWindowParts;

// Beyond, a replay counts no more: room for the count's modulus.
constexpr std::uint32_t kUsedMax = std::uint32_t{1} << 31;

std::uint32_t count_of(std::uint64_t cell) noexcept {
  return static_cast<std::uint32_t>(cell);
}

std::uint32_t mark_number(std::uint64_t mark) noexcept {
  return static_cast<std::uint32_t>(mark >> kNumberAt);
}

std::uint64_t with_generation(std::uint64_t word, std::uint16_t generation) noexcept {
  constexpr std::uint64_t kRest = (std::uint64_t{1} << kGenerationAt) - 1;
  return std::uint64_t{generation} << kGenerationAt | (word & kRest);
}

std::uint64_t pack(std::uint16_t generation, std::int64_t part, std::uint32_t count) noexcept {
  const auto number = static_cast<std::uint64_t>(part) % kNumbers;
  const std::uint64_t word =
      std::uint64_t{generation} << kGenerationAt | number << kNumberAt | count;
  return word != 0 ? word : 1;  // 0 is an untouched word: rather one too many.
}

bool is_current(std::uint64_t word, const WindowTerms& terms) noexcept {
  return word == 0 ? terms.used == 0 : word >> kGenerationAt == terms.generation;
}

// By signed distance modulo kBucketGenerations, as for a bucket.
bool is_newer(std::uint64_t word, const WindowTerms& terms) noexcept {
  if (word == 0) return false;
  const std::uint64_t ahead =
      ((word >> kGenerationAt) + kBucketGenerations - terms.generation) % kBucketGenerations;
  return ahead != 0 && ahead < kBucketGenerations / 2;
}

std::int64_t part_at(LimiterNanos now, std::uint64_t part) noexcept {
  CHECK(now >= 0);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(now) / kBucketUnitNanos / part);
}

LimiterNanos begin_of(std::int64_t number, std::uint64_t part) noexcept {
  return number * static_cast<std::int64_t>(part) * kBucketUnitNanos;
}

std::atomic<std::uint64_t>& mark_at(WindowMarks& marks, std::int64_t part) noexcept {
  return marks[static_cast<std::uint64_t>(part) % kWindowMarks];
}

bool is_of(std::uint64_t mark, std::int64_t part) noexcept {
  return mark_number(mark) == static_cast<std::uint32_t>(part);
}

bool is_ahead_of(std::uint64_t mark, std::int64_t part) noexcept {
  const std::uint32_t ahead = mark_number(mark) - static_cast<std::uint32_t>(part);
  return mark != 0 && ahead != 0 && ahead <= kAheadUnmarkedMax;
}

// The part of the word, whole, as seen from part `now`. Its mark tells the upper bits; without it
// (another shard is about to move the word, or a power loss took it) it is the latest that it can
// be.
std::int64_t part_of(std::uint64_t word, WindowMarks& marks, std::int64_t now) noexcept {
  if (word == 0) return now - std::int64_t{kWindowMarks};
  const auto number = static_cast<std::int64_t>(word >> kNumberAt) & (kNumbers - 1);
  const std::int64_t back = (now - number) & (kNumbers - 1);
  const std::uint32_t whole = mark_number(mark_at(marks, number).load(std::memory_order_relaxed));
  if ((whole & (kNumbers - 1)) == number) {
    const std::uint32_t ahead = whole - static_cast<std::uint32_t>(now);
    return ahead <= kAheadMax ? now + ahead : now - (std::uint32_t{0} - ahead);
  }
  return kNumbers - back <= kAheadUnmarkedMax ? now + (kNumbers - back) : now - back;
}

// What becomes of a mark that is of a later part.
enum class Later : std::uint8_t {
  kStays,    // Who wrote it is about to move the word there, or has.
  kReplaced  // It is of another length of part.
};

// Makes the mark of that part at most `count`.
void lower_mark(WindowMarks& marks, std::int64_t part, std::uint32_t count, Later later) noexcept {
  std::atomic<std::uint64_t>& mark = mark_at(marks, part);
  const std::uint64_t wanted = std::uint64_t{static_cast<std::uint32_t>(part)} << kNumberAt | count;
  std::uint64_t seen = mark.load(std::memory_order_relaxed);
  do {
    if (is_of(seen, part)) {
      if (static_cast<std::int32_t>(count_of(seen) - count) <= 0) return;
    } else if (later == Later::kStays && is_ahead_of(seen, part)) {
      return;
    }
  } while (!mark.compare_exchange_weak(seen, wanted, std::memory_order_relaxed));
}

// A word as a request at part `now` sees it.
struct Sight {
  std::uint64_t word = 0;
  std::int64_t now = 0;
  std::int64_t last = 0;              // The word's part; later than `now` for a late turn.
  std::optional<std::uint32_t> used;  // Nothing: marks are missing, it may be everything.
};

Sight look(std::uint64_t word, WindowMarks& marks, std::int64_t now) noexcept {
  Sight sight{.word = word, .now = now, .last = part_of(word, marks, now), .used = std::nullopt};
  const std::int64_t first = now - std::int64_t{kWindowParts};
  if (first > sight.last) {
    sight.used = 0;
    return sight;
  }
  for (std::int64_t part = first; part > sight.last - std::int64_t{kWindowMarks}; --part) {
    const std::uint64_t mark = mark_at(marks, part).load(std::memory_order_relaxed);
    if (!is_of(mark, part)) continue;
    sight.used = count_of(word) - count_of(mark);
    break;
  }
  return sight;
}

// The word with one admission more, its marks written.
std::uint64_t admitted(const Sight& sight, WindowMarks& marks, std::uint16_t generation) noexcept {
  const std::uint32_t count = count_of(sight.word);
  if (sight.now <= sight.last) return pack(generation, sight.last, count + 1);
  const std::int64_t oldest = sight.now - std::int64_t{kWindowMarks} + 1;
  for (std::int64_t part = std::max(sight.last + 1, oldest); part <= sight.now; ++part) {
    lower_mark(marks, part, count, Later::kStays);
  }
  return pack(generation, sight.now, count + 1);
}

// When a window is empty whose last admission is of that part.
std::int64_t empty_after(std::int64_t last, std::uint64_t part, LimiterNanos now) noexcept {
  return begin_of(last + kWindowParts + 1, part) - now;
}

Take refused(const Sight& sight, WindowMarks& marks, const WindowTerms& terms,
             LimiterNanos now) noexcept {
  // The first part to begin a window that has room.
  std::int64_t first = sight.now - std::int64_t{kWindowParts} + 1;
  for (; first <= sight.last; ++first) {
    const std::uint64_t mark = mark_at(marks, first).load(std::memory_order_relaxed);
    if (is_of(mark, first) && count_of(sight.word) - count_of(mark) < terms.limit) break;
  }
  return {.outcome = TakeOutcome::kRefused,
          .full_after_ns = empty_after(sight.last, terms.part, now),
          .retry_after_ns = begin_of(first + kWindowParts, terms.part) - now};
}

// An older word under the generation of the terms; its marks are written if they change.
std::uint64_t converted(std::uint64_t word, WindowMarks& marks, const WindowTerms& terms,
                        LimiterNanos now) noexcept {
  if (terms.part == 0 || terms.previous_part == terms.part) {
    const std::uint64_t same = with_generation(word, terms.generation);
    return same != 0 ? same : 1;
  }
  std::uint32_t start = count_of(word);
  std::uint32_t count = start + terms.used;
  if (terms.previous_part != 0) {
    const Sight sight = look(word, marks, part_at(now, terms.previous_part));
    count = start;
    start -= sight.used.value_or(terms.limit);
    now = std::max(now, begin_of(sight.last, terms.previous_part));  // Of a late turn.
  }
  const std::int64_t last = part_at(now, terms.part);
  for (std::int64_t part = last - std::int64_t{kWindowMarks} + 1; part <= last; ++part) {
    lower_mark(marks, part, start, Later::kReplaced);
  }
  return pack(terms.generation, last, count);
}

}  // namespace

Take window_take(const WindowCells& cells, const WindowTerms& terms, LimiterNanos now) noexcept {
  CHECK(terms.part != 0);
  const std::int64_t part = part_at(now, terms.part);
  // Acquire, and release where the word moves: who sees it there sees its marks.
  std::uint64_t seen = cells.word.load(std::memory_order_acquire);
  for (;;) {
    if (!is_current(seen, terms)) [[unlikely]] {
      if (is_newer(seen, terms)) return {.outcome = TakeOutcome::kStaleRecord};
      window_convert(cells, terms, now);
      seen = cells.word.load(std::memory_order_acquire);
      continue;
    }
    const Sight sight = look(seen, cells.marks, part);
    if (!sight.used || *sight.used >= terms.limit) return refused(sight, cells.marks, terms, now);
    const std::uint64_t next = admitted(sight, cells.marks, terms.generation);
    if (cells.word.compare_exchange_weak(seen, next, std::memory_order_acq_rel,
                                         std::memory_order_acquire)) {
      return {.outcome = TakeOutcome::kAdmitted,
              .remaining = terms.limit - *sight.used - 1,
              .full_after_ns = empty_after(std::max(sight.last, part), terms.part, now),
              .retry_after_ns = 0,
              .tat = next};
    }
  }
}

Take window_peek(const WindowCells& cells, const WindowTerms& terms, LimiterNanos now) noexcept {
  CHECK(terms.part != 0);
  window_convert(cells, terms, now);
  const std::uint64_t seen = cells.word.load(std::memory_order_acquire);
  if (!is_current(seen, terms)) return {.outcome = TakeOutcome::kStaleRecord};
  const Sight sight = look(seen, cells.marks, part_at(now, terms.part));
  if (!sight.used || *sight.used >= terms.limit) return refused(sight, cells.marks, terms, now);
  return {.outcome = TakeOutcome::kAdmitted,
          .remaining = terms.limit - *sight.used,
          .full_after_ns = *sight.used == 0 ? 0 : empty_after(sight.last, terms.part, now)};
}

bool window_give_back(WindowWord& word, const Take& take) noexcept {
  CHECK(take.outcome == TakeOutcome::kAdmitted && take.tat != 0);
  constexpr std::uint64_t kCountMask = (std::uint64_t{1} << kNumberAt) - 1;
  std::uint64_t taken = take.tat;
  const std::uint64_t before = (taken & ~kCountMask) | ((taken - 1) & kCountMask);
  return word.compare_exchange_strong(taken, before, std::memory_order_acq_rel);
}

std::uint32_t window_used(const WindowCells& cells, std::uint64_t part, LimiterNanos now,
                          std::uint32_t unknown) noexcept {
  const std::uint64_t seen = cells.word.load(std::memory_order_acquire);
  return look(seen, cells.marks, part_at(now, part)).used.value_or(unknown);
}

void window_convert(const WindowCells& cells, const WindowTerms& terms, LimiterNanos now) noexcept {
  std::uint64_t seen = cells.word.load(std::memory_order_acquire);
  while (!is_current(seen, terms) && !is_newer(seen, terms)) {
    const std::uint64_t next = converted(seen, cells.marks, terms, now);
    if (cells.word.compare_exchange_weak(seen, next, std::memory_order_acq_rel,
                                         std::memory_order_acquire)) {
      return;
    }
  }
}

void window_charge(const WindowCells& cells, const WindowTerms& terms,
                   PastAdmission past) noexcept {
  if (terms.part == 0) return;
  const LimiterNanos when = std::min(past.at, past.now);
  window_convert(cells, terms, when);
  const std::int64_t part = part_at(when, terms.part);
  std::uint64_t seen = cells.word.load(std::memory_order_acquire);
  while (is_current(seen, terms)) {
    const Sight sight = look(seen, cells.marks, part);
    if (sight.used.value_or(0) >= kUsedMax) return;
    if (cells.word.compare_exchange_weak(seen, admitted(sight, cells.marks, terms.generation),
                                         std::memory_order_acq_rel, std::memory_order_acquire)) {
      return;
    }
  }
}

}  // namespace core
