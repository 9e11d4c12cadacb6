// The receive buffers of a ring: the kernel takes one per message, the owner gives it back.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/runtime/ring.h"

namespace core {

struct BufferShape {
  std::uint32_t count;  // A power of two, at most 32768.
  std::uint32_t bytes;  // Of each.
};

// The kernel takes its buffers in turn, so that all of them would be touched sooner or later. It is
// therefore given some only, those that were used last, and twice as many whenever it ran out:
// after a load of 64 connections a ring holds 0.8 MiB instead of 8.5. Memory comes page by page as
// buffers are first used. One thread.
class UringBuffers {
 public:
  // Registers the buffers with the ring as group `group`. The ring must be closed first.
  static Result<std::unique_ptr<UringBuffers>> open(io_uring& ring, BufferShape shape,
                                                    std::uint16_t group);
  ~UringBuffers();
  UringBuffers(const UringBuffers&) = delete;
  UringBuffers& operator=(const UringBuffers&) = delete;

  Bytes received(std::uint16_t buffer, std::size_t bytes) const noexcept;

  // The kernel has taken a buffer: as said by the completion.
  void take(std::uint16_t buffer) noexcept;
  // The kernel had none left: publish() will double the set, once for any number of calls.
  void grow() noexcept { is_starved_ = true; }
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
  std::vector<std::uint16_t> free_;  // Not with the kernel and not lent; the last returned last.
  std::uint32_t published_ = 0;      // With the kernel.
  std::uint32_t published_max_;
  bool is_starved_ = false;
};

}  // namespace core
