// A named pipe as the disk that a test holds still.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "core/base/check.h"

namespace core {

// A named pipe whose reader reads only when told: writers block once the pipe is full.
class PipeReader {
 public:
  explicit PipeReader(const std::string& path) {
    CHECK(mkfifo(path.c_str(), 0600) == 0);
    fd_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CHECK(fd_ >= 0);
    CHECK(fcntl(fd_, F_SETFL, 0) == 0);  // Non-blocking for the open only.
  }
  ~PipeReader() { ::close(fd_); }
  PipeReader(const PipeReader&) = delete;
  PipeReader& operator=(const PipeReader&) = delete;

  // All that is written until the last writer closes. Requires: there is a writer.
  std::string read_to_end() {
    std::string all;
    char part[65536];
    for (;;) {
      const ssize_t count = ::read(fd_, part, sizeof part);
      CHECK(count >= 0);
      if (count == 0) return all;
      all.append(part, static_cast<std::size_t>(count));
    }
  }

 private:
  int fd_;
};

}  // namespace core
