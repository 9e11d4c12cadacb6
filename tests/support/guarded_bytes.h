// Bytes that touch memory which may not be read, so that reading one byte too far is a crash.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string_view>

#include "core/base/check.h"

namespace net {

// A stretch of memory between two inaccessible pages. Holds one input at a time: placing another
// overwrites it, so that a test can also show that nothing depends on where the bytes were before.
class GuardedBytes {
 public:
  explicit GuardedBytes(std::size_t bytes_max)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
        room_((bytes_max + page_ - 1) / page_ * page_) {
    void* mapped = mmap(nullptr, room_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mapped != MAP_FAILED);
    begin_ = placed_at_ = static_cast<char*>(mapped) + page_;
    CHECK(room_ == 0 || mprotect(begin_, room_, PROT_READ | PROT_WRITE) == 0);
  }
  ~GuardedBytes() { munmap(begin_ - page_, room_ + 2 * page_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  // The byte behind the last one may not be read.
  std::string_view place_at_end(std::string_view bytes) {
    return place(begin_ + room_ - bytes.size(), bytes);
  }

  // The byte before the first one may not be read.
  std::string_view place_at_begin(std::string_view bytes) { return place(begin_, bytes); }

 private:
  std::string_view place(char* at, std::string_view bytes) {
    CHECK(bytes.size() <= room_);
    // What was there is gone, and looks like line ends.
    std::memset(placed_at_, '\n', placed_bytes_);
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    placed_at_ = at;
    placed_bytes_ = bytes.size();
    return {at, bytes.size()};
  }

  std::size_t page_;
  std::size_t room_;
  char* begin_ = nullptr;
  char* placed_at_ = nullptr;
  std::size_t placed_bytes_ = 0;
};

}  // namespace net
