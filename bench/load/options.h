// The flags of tollgate-load.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/key_picker.h"
#include "bench/load/request_builder.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace bench {

// How a run goes on and when it ends.
struct Pace {
  int connections = 64;
  int pipeline = 1;              // Requests written together; the next ones when all are answered.
  double rate = 0;               // Requests a second, open loop; 0: as fast as the answers come.
  std::int64_t duration_ns = 0;  // After the warm-up. Never 0 in a run: there is always a bound.
  std::int64_t warmup_ns = 0;
  std::uint64_t requests = 0;  // Sent after the warm-up at most; 0: no such bound.
  int expect = 0;              // The status that every answer must have; 0: any.
  bool reconnect = false;      // A connection that ended is opened again, not stopped.
};

struct Options {
  sockaddr_in server{};
  RequestShape shape;
  Pace pace;
  int cpu = -1;           // To pin the thread to; -1: none.
  std::string keys_file;  // Empty: no keys.
  KeyOrder key_order;
  std::string record_file;  // Empty: no record.
  bool json = false;
};

// Reads the command line. When there is nothing to run (--help, or a mistake, told on stderr), the
// result is the exit status.
std::expected<Options, int> parse_options(int argc, char** argv);

// "http://127.0.0.1:8000/api/data?limit=10": the host is an IPv4 address or localhost, the port may
// be left out (80), so may the path (/). Fills the server's address, and the shape's host and path.
core::Status parse_url(std::string_view url, Options& options);

// "5s", "250ms", "20us", "2m", "1.5s"; a bare number is seconds. In nanoseconds, at most a day.
core::Result<std::int64_t> parse_duration(std::string_view text);

}  // namespace bench
