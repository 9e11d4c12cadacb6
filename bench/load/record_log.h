// A text file of what was sent and what was answered, for tests that kill the server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/tally.h"
#include "core/base/result.h"

namespace bench {

// One line an event, in the order in which this process saw them:
//
//   sent /crash/7 5            written, with the key on line 5 (from 0), or "-" without a key
//   answered /crash/7 200      its whole answer was parsed
//   lost /crash/7 reset        its connection ended first: whether the server did it is unknown
//
// Every request sent has one `answered` or one `lost` line, unless this process was killed: then
// the lines of its last turn may be missing. One thread.
class RecordLog {
 public:
  // Creates the file or empties it.
  static core::Result<RecordLog> create(const std::string& path);
  ~RecordLog();
  RecordLog(RecordLog&& other) noexcept;
  RecordLog& operator=(RecordLog&&) = delete;

  // `key_line` below 0 means that the request had no key.
  void sent(std::string_view path, std::int64_t key_line);
  void answered(std::string_view path, int status);
  void lost(std::string_view path, Failure why);

  // Hands all lines to the kernel. Called once a turn. What a failure didn't write is gone.
  core::Status flush();

 private:
  explicit RecordLog(int file) noexcept : file_(file) {}

  int file_;
  std::string lines_;
};

}  // namespace bench
