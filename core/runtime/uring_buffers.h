// The receive buffers of a ring: the kernel takes one per message, the owner gives it back.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/runtime/ring.h"

namespace core {

struct BufferShape {
  std::uint32_t count;  // A power of two, at most 32768.
  std::uint32_t bytes;  // Of each.
};

// Memory comes from the kernel as buffers are first used, page by page: a ring that was never busy
// holds a few pages. One thread.
class UringBuffers {
 public:
  // Registers the buffers with the ring as group `group`. The ring must be closed first.
  static Result<std::unique_ptr<UringBuffers>> open(io_uring& ring, BufferShape shape,
                                                    std::uint16_t group);
  ~UringBuffers();
  UringBuffers(const UringBuffers&) = delete;
  UringBuffers& operator=(const UringBuffers&) = delete;

  Bytes received(std::uint16_t buffer, std::size_t bytes) const noexcept;

  // The kernel sees returned buffers after publish().
  void give_back(std::uint16_t buffer) noexcept;
  void publish() noexcept;

 private:
  struct Unmap {
    std::size_t bytes;
    void operator()(std::byte* at) const noexcept;
  };
  using Mapping = std::unique_ptr<std::byte, Unmap>;

  UringBuffers(Mapping entries, Mapping memory, BufferShape shape);
  static Mapping map(std::size_t bytes) noexcept;
  std::size_t stride() const noexcept { return shape_.bytes + kReadSlack; }

  const Mapping entries_;  // The ring of free buffers, shared with the kernel.
  const Mapping memory_;
  const BufferShape shape_;
  int unpublished_ = 0;
};

}  // namespace core
