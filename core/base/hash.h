// xxHash, for checksums of stored values and for hash tables. Not for secrets.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"

namespace core {

// XXH3 64-bit of `bytes`; `seed` chains checksums (the seed of the next is the one before).
std::uint64_t xxhash64(Bytes bytes, std::uint64_t seed = 0) noexcept;

}  // namespace core
