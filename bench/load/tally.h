// What a run counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>

#include "bench/load/histogram.h"

namespace bench {

// Why a connection ended, or a request got no answer.
enum class Failure : std::uint8_t {
  kConnect,     // No connection within the limit, or refused.
  kClosed,      // The server ended the stream.
  kReset,       // Receiving failed.
  kSend,        // Sending failed.
  kMalformed,   // The answer is not HTTP/1.x, or its head too long, or its length no number.
  kUnframed,    // The answer is chunked or has no length.
  kUnasked,     // An answer that no request was waiting for.
  kUnanswered,  // No answer by the end of the run.
};

inline constexpr std::array<std::string_view, 8> kFailureNames = {
    "connect", "closed", "reset", "send", "malformed", "unframed", "unasked", "unanswered"};

// Of the time after the warm-up.
struct Tally {
  static constexpr int kStatusEnd = 600;

  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t lost = 0;        // Sent and never answered.
  std::uint64_t overdue = 0;     // At a fixed rate: due, and never sent for want of a connection.
  std::uint64_t unexpected = 0;  // Answered with another status than the expected one.
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t reconnects = 0;
  std::uint64_t stopped_connections = 0;
  std::array<std::uint64_t, kFailureNames.size()> failures{};  // Of connections, by Failure.
  std::array<std::uint64_t, kStatusEnd> statuses{};            // Answers, by status.
  Histogram latency_ns;
  std::int64_t elapsed_ns = 0;     // From the first request to the last answer.
  std::int64_t client_cpu_ns = 0;  // Of this program's one thread.

  std::uint64_t warmup_answered = 0;  // Not in any figure above.

  std::uint64_t& of(Failure failure) { return failures[static_cast<std::size_t>(failure)]; }
  bool is_clean() const {
    return answered != 0 && unexpected == 0 && lost == 0 && overdue == 0 &&
           std::accumulate(failures.begin(), failures.end(), std::uint64_t{0}) == 0;
  }
};

inline std::string_view name_of(Failure failure) {
  return kFailureNames[static_cast<std::size_t>(failure)];
}

}  // namespace bench
