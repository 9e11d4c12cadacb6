#include "core/base/line_ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/check.h"

namespace core {

LineRing::LineRing(std::size_t bytes)
    : size_(bytes), bytes_(std::make_unique_for_overwrite<char[]>(bytes)) {
  CHECK(std::has_single_bit(bytes));
}

LineRing::Push LineRing::push(std::string_view line) noexcept {
  const std::uint64_t at = pushed_.load(std::memory_order_relaxed);
  const std::uint64_t end = at + line.size() + 1;
  if (end - taken_seen_ > size_ / 2) {
    // Acquire: the consumer has copied out what is overwritten below.
    taken_seen_ = taken_.load(std::memory_order_acquire);
    if (end - taken_seen_ > size_) return Push::kFull;
  }
  copy_in(at, line);
  bytes_[(end - 1) & (size_ - 1)] = '\n';
  pushed_.store(end, std::memory_order_release);
  return end - taken_seen_ > size_ / 2 ? Push::kDoneAboveHalf : Push::kDone;
}

void LineRing::copy_in(std::uint64_t at, std::string_view bytes) noexcept {
  if (bytes.empty()) return;
  const std::size_t begin = at & (size_ - 1);
  const std::size_t first = std::min(bytes.size(), size_ - begin);
  std::memcpy(bytes_.get() + begin, bytes.data(), first);
  std::memcpy(bytes_.get(), bytes.data() + first, bytes.size() - first);
}

void LineRing::take(std::string& out) {
  const std::uint64_t at = taken_.load(std::memory_order_relaxed);
  const std::uint64_t end = pushed_.load(std::memory_order_acquire);
  const std::size_t count = end - at;
  const std::size_t begin = at & (size_ - 1);
  const std::size_t first = std::min(count, size_ - begin);
  out.append(bytes_.get() + begin, first);
  out.append(bytes_.get(), count - first);
  // Release: the bytes have been read before the producer may write there.
  taken_.store(end, std::memory_order_release);
}

}  // namespace core
