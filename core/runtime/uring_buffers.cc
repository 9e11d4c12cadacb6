#include "core/runtime/uring_buffers.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace core {
namespace {

// At first, and hence 0.5 MiB: what a wave of 128 requests needs.
constexpr std::uint32_t kPublishedAtFirst = 128;

io_uring_buf_ring* ring_at(std::byte* at) noexcept {
  return reinterpret_cast<io_uring_buf_ring*>(at);
}

}  // namespace

void UringBuffers::Unmap::operator()(std::byte* at) const noexcept {
  munmap(at, bytes);
}

UringBuffers::Mapping UringBuffers::map(std::size_t bytes) noexcept {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return {nullptr, Unmap{bytes}};
  // One touched buffer must not bring in two megabytes. May fail where huge pages are not built in.
  static_cast<void>(madvise(at, bytes, MADV_NOHUGEPAGE));
  return {static_cast<std::byte*>(at), Unmap{bytes}};
}

UringBuffers::UringBuffers(Mapping entries, Mapping memory, BufferShape shape)
    : entries_(std::move(entries)),
      memory_(std::move(memory)),
      shape_(shape),
      published_max_(std::min(shape.count, kPublishedAtFirst)) {
  free_.reserve(shape.count);
  for (std::uint32_t i = shape.count; i > 0; --i)
    free_.push_back(static_cast<std::uint16_t>(i - 1));
}

UringBuffers::~UringBuffers() = default;

Result<std::unique_ptr<UringBuffers>> UringBuffers::open(io_uring& ring, BufferShape shape,
                                                         std::uint16_t group) {
  CHECK(shape.count >= 1 && shape.count <= 32768 && (shape.count & (shape.count - 1)) == 0);
  CHECK(shape.bytes % kReadSlack == 0);
  Mapping entries = map(shape.count * sizeof(io_uring_buf));
  Mapping memory = map(shape.count * (shape.bytes + kReadSlack));
  if (!entries || !memory) return std::unexpected(errno_error("map receive buffers"));
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(entries.get());
  registration.ring_entries = shape.count;
  registration.bgid = group;
  const int code = io_uring_register_buf_ring(&ring, &registration, 0);
  if (code < 0) return std::unexpected(Error{"register io_uring receive buffers", -code});
  std::unique_ptr<UringBuffers> buffers(
      new UringBuffers(std::move(entries), std::move(memory), shape));
  buffers->publish();
  return buffers;
}

Bytes UringBuffers::received(std::uint16_t buffer, std::size_t bytes) const noexcept {
  return {memory_.get() + buffer * stride(), bytes};
}

void UringBuffers::take(std::uint16_t buffer) noexcept {
  CHECK(buffer < shape_.count && published_ > 0);
  --published_;
}

void UringBuffers::give_back(std::uint16_t buffer) noexcept {
  CHECK(buffer < shape_.count && free_.size() < shape_.count);
  free_.push_back(buffer);
}

void UringBuffers::publish() noexcept {
  if (std::exchange(is_starved_, false)) {
    published_max_ = std::min(shape_.count, published_max_ * 2);
  }
  io_uring_buf_ring* ring = ring_at(entries_.get());
  const int mask = io_uring_buf_ring_mask(shape_.count);
  int added = 0;
  for (; published_ < published_max_ && !free_.empty(); ++published_, ++added) {
    const std::uint16_t buffer = free_.back();
    free_.pop_back();
    std::byte* at = memory_.get() + buffer * stride();
    io_uring_buf_ring_add(ring, at, shape_.bytes, buffer, mask, added);
  }
  if (added > 0) io_uring_buf_ring_advance(ring, added);
}

}  // namespace core
