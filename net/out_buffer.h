// Bytes on their way to a client, and the pool that they come from and go back to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/digest.h"

namespace net {

// A growing run of bytes, written through a pointer: response heads are put together by a dozen
// small copies, which this makes a dozen small copies.
class OutBuffer {
 public:
  OutBuffer() = default;
  ~OutBuffer() { clear(); }
  OutBuffer(OutBuffer&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)),
        secret_(std::exchange(other.secret_, false)) {}
  OutBuffer& operator=(OutBuffer&& other) noexcept {
    clear();
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    secret_ = std::exchange(other.secret_, false);
    return *this;
  }

  // Room for `bytes` more at the end; the caller writes there and then calls advance_to().
  char* reserve(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow(bytes);
    return data_.get() + size_;
  }
  void advance_to(const char* end) noexcept { size_ = static_cast<std::size_t>(end - data_.get()); }

  void append(std::string_view text) {
    char* at = reserve(text.size());
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    size_ += text.size();
  }

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  core::Bytes bytes() const noexcept {
    return {reinterpret_cast<const std::byte*>(data_.get()), size_};
  }
  std::string_view text() const noexcept { return {data_.get(), size_}; }
  void clear() noexcept {
    if (secret_) core::wipe(data_.get(), size_);
    secret_ = false;
    size_ = 0;
  }

  // The bytes hold a secret: they are wiped when the buffer is cleared, grows or goes.
  void mark_secret() noexcept { secret_ = true; }

 private:
  void grow(std::size_t bytes) {
    const std::size_t wanted = std::max({size_ + bytes, capacity_ * 2, std::size_t{4096}});
    auto larger = std::make_unique_for_overwrite<char[]>(wanted);
    if (size_ != 0) std::memcpy(larger.get(), data_.get(), size_);
    if (secret_) core::wipe(data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = wanted;
  }

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  bool secret_ = false;
};

// Buffers of one shard that nobody uses at the moment. An idle connection holds none.
//
// Bound: kIdleMax buffers of at most kKeepBytesMax each: 64 x 64 KiB = 4 MiB a shard.
class BufferPool {
 public:
  static constexpr std::size_t kIdleMax = 64;
  static constexpr std::size_t kKeepBytesMax = 64 * 1024;

  OutBuffer take() {
    if (idle_.empty()) return {};
    OutBuffer buffer = std::move(idle_.back());
    idle_.pop_back();
    return buffer;
  }

  void give(OutBuffer&& buffer) {
    buffer.clear();
    if (buffer.capacity() == 0 || buffer.capacity() > kKeepBytesMax) return;
    if (idle_.size() >= kIdleMax) return;
    idle_.push_back(std::move(buffer));
  }

 private:
  std::vector<OutBuffer> idle_;
};

}  // namespace net
