// Lines of a file or pipe of any size, in bounded memory.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

// Owner: one thread. The file is the caller's to open and to close.
class LineReader {
 public:
  static constexpr std::size_t kLineBytesMax = 64 * 1024;

  explicit LineReader(std::FILE* file);

  struct Line {
    std::string_view text;     // Without its end; valid until the next call.
    std::uint64_t number = 0;  // From 1.
    bool too_long = false;     // Beyond kLineBytesMax: `text` is empty.
  };
  // Nothing at the end, and where reading failed (ferror).
  std::optional<Line> next();

  // Of the lines so far, with their ends.
  std::uint64_t bytes_read() const noexcept { return bytes_; }

 private:
  bool fill();
  Line take(std::size_t size, std::size_t with_end, bool too_long);
  void skip(std::size_t bytes) noexcept;

  std::FILE* file_;
  std::string buffer_;
  std::size_t begin_ = 0;  // Of what was not given out yet.
  std::size_t end_ = 0;
  std::uint64_t lines_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace tollgate
