// Views of bytes, and loads and stores of fixed-width little-endian integers in them.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace core {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

static_assert(std::endian::native == std::endian::little,
              "file formats and keys are little-endian as stored; a port must swap here");

inline Bytes as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

inline std::string_view as_text(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Unaligned load and store. Requires: sizeof(T) bytes at `at`.
template <std::integral T>
T load(const void* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <std::integral T>
void store(void* at, T value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

// Big-endian, so that the byte order of keys is their numeric order.
inline void store_be64(void* at, std::uint64_t value) noexcept {
  store(at, __builtin_bswap64(value));
}
inline std::uint64_t load_be64(const void* at) noexcept {
  return __builtin_bswap64(load<std::uint64_t>(at));
}
inline void store_be32(void* at, std::uint32_t value) noexcept {
  store(at, __builtin_bswap32(value));
}
inline std::uint32_t load_be32(const void* at) noexcept {
  return __builtin_bswap32(load<std::uint32_t>(at));
}
inline void store_be16(void* at, std::uint16_t value) noexcept {
  store(at, __builtin_bswap16(value));
}
inline std::uint16_t load_be16(const void* at) noexcept {
  return __builtin_bswap16(load<std::uint16_t>(at));
}

}  // namespace core
