#include "core/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace core {

std::uint64_t xxhash64(Bytes bytes, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace core
