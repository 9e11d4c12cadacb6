// One client connection of the load generator: plain state, moved on by the Generator.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/response_parser.h"

namespace bench {

//   kAbsent -> kConnecting -> kOpen -> kClosing -> kAbsent (to be opened again) or kStopped
struct Connection {
  enum class State : std::uint8_t { kAbsent, kConnecting, kOpen, kClosing, kStopped };

  Connection(std::uint32_t number, Bodies bodies) : index(number), parser(bodies) {}

  bool has_operations() const { return connecting || receiving || sending; }

  const std::uint32_t index;
  State state = State::kAbsent;
  int socket = -1;

  // Operations that the ring holds. The socket is closed when there is none.
  bool connecting = false;
  bool receiving = false;
  bool sending = false;

  int in_flight = 0;              // Requests written and not answered.
  std::uint64_t numbered = 0;     // Requests ever written: the number of the next one.
  std::int64_t started_ns = 0;    // When those in flight were written, or were due.
  std::int64_t reopen_at_ns = 0;  // In kAbsent.
  std::string out;                // The requests in flight.
  std::string_view unsent;        // What of `out` the socket did not take at once.
  ResponseParser parser;
};

}  // namespace bench
