#include "tools/cli/line_reader.h"

#include <cstring>

namespace tollgate {

LineReader::LineReader(std::FILE* file) : file_(file), buffer_(2 * kLineBytesMax, '\0') {}

// Reads more behind what is left, which moves to the front. False at the end.
bool LineReader::fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t got = std::fread(buffer_.data() + end_, 1, buffer_.size() - end_, file_);
  end_ += got;
  return got > 0;
}

// Gives the next `size` bytes out, and passes by their end.
LineReader::Line LineReader::take(std::size_t size, std::size_t with_end, bool too_long) {
  Line line{.text = {buffer_.data() + begin_, size}, .number = ++lines_, .too_long = too_long};
  line.too_long = line.too_long || size > kLineBytesMax;
  if (line.too_long) line.text = {};
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  skip(with_end);
  return line;
}

void LineReader::skip(std::size_t bytes) noexcept {
  begin_ += bytes;
  bytes_ += bytes;
}

std::optional<LineReader::Line> LineReader::next() {
  std::size_t looked = 0;
  bool too_long = false;
  do {
    const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
    const std::size_t size = rest.find('\n', looked);
    if (size != std::string_view::npos) return take(size, size + 1, too_long);
    looked = rest.size();
    if (looked <= kLineBytesMax) continue;
    skip(looked);
    looked = 0;
    too_long = true;
  } while (fill());
  if (begin_ == end_ && !too_long) return std::nullopt;
  return take(end_ - begin_, end_ - begin_, too_long);
}

}  // namespace tollgate
